//! The settings of providers: one list for each capability, in the order in which they are tried.
//!
//! As JSON, or in a short form `PROVIDER[:MODEL][@BASE_URL]`, separated by commas:
//!
//! ```text
//! [{"provider": "anthropic", "model": "claude-haiku-5-5"}, {"provider": "embedded"}]
//! anthropic:claude-haiku-5-5,embedded
//! openai-compatible:llama3.3:70b@http://127.0.0.1:11434/v1,embedded
//! ```
//!
//! A key is never a setting. `key` names where it is kept: a secret in Secrets Manager, or `ssm:/` and the path of a parameter;
//! either lies below `lectern/` and the word of the capability, since a function may read nothing else.

use crate::Secret;
use crate::http::{Endpoint, InvalidEndpoint};
use crate::image::ImageProvider;
use domain::Capability;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::Duration;

/// The provider that is always there, where we have our own, without a vendor: a writer, a voice, a pen.
pub const EMBEDDED: &str = "embedded";

/// The longest timeout that can be set; functions do not live longer.
const LONGEST_TIMEOUT_S: u64 = 600;

/// One provider in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderSettings {
    /// The word of its adapter, such as `anthropic`, or `embedded`.
    pub provider: String,
    /// What it is called in records, where a list names an adapter twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The model, as the vendor names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Where its key is kept, such as `lectern/script/anthropic` or `ssm:/lectern/script/anthropic`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The base address with its version path; the vendor's own where not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// The voice for jobs that do not name one. Speech only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voice: Option<String>,
    /// The time for one question, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_s: Option<u64>,
    /// What only this adapter knows; it refuses what it does not know.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub with: Map<String, Value>,
}

/// What an adapter knows of its server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Server<'a> {
    /// Who it is, in messages.
    pub(crate) service: &'static str,
    /// Its base address, where there is one for everybody.
    pub(crate) own_address: Option<&'a str>,
    /// The time for one question where the settings say nothing.
    pub(crate) timeout: Duration,
}

/// Settings of providers that cannot be used. No message holds a key, not even one that stands in the wrong place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSettings {
    /// The list has another form.
    #[error("the {capability} providers are not a list as documented: {reason}")]
    Malformed {
        /// Whose list.
        capability: Capability,
        /// What was seen.
        reason: String,
    },
    /// There is no such adapter.
    #[error("there is no {capability} provider `{provider}`: expected {known}")]
    Unknown {
        /// For what.
        capability: Capability,
        /// The word.
        provider: String,
        /// Those that there are.
        known: String,
    },
    /// A setting of a provider is missing or wrong.
    #[error("`{setting}` of the {capability} provider `{provider}` {fault}")]
    Setting {
        /// For what.
        capability: Capability,
        /// Which provider.
        provider: String,
        /// Which setting.
        setting: String,
        /// What is wrong with it.
        fault: String,
    },
    /// Its address cannot be used.
    #[error(transparent)]
    Endpoint(#[from] InvalidEndpoint),
}

impl InvalidSettings {
    /// That there is no such adapter among those that there are.
    pub(crate) fn unknown(capability: Capability, provider: &str, known: &[&str]) -> Self {
        Self::Unknown { capability, provider: provider.to_owned(), known: known.join(", ") }
    }
}

impl ProviderSettings {
    /// A provider with all else at its defaults.
    pub fn new(provider: impl Into<String>) -> Self {
        Self {
            provider: provider.into(),
            name: None,
            model: None,
            key: None,
            base_url: None,
            voice: None,
            timeout_s: None,
            with: Map::new(),
        }
    }

    /// What it is called in records and to its circuit breaker.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.provider)
    }

    /// Whether it is our own.
    pub fn is_embedded(&self) -> bool {
        self.provider == EMBEDDED
    }

    /// The time for one question.
    pub fn timeout(&self, default: Duration) -> Duration {
        self.timeout_s.map_or(default, Duration::from_secs)
    }

    /// A setting that this provider cannot do without.
    pub fn required<'a>(
        &self,
        capability: Capability,
        setting: &str,
        value: Option<&'a String>,
    ) -> Result<&'a str, InvalidSettings> {
        value.map(String::as_str).ok_or_else(|| self.fault(capability, setting, "is missing"))
    }

    /// What only this adapter knows, as its own strict type.
    pub fn with<T: DeserializeOwned>(&self, capability: Capability) -> Result<T, InvalidSettings> {
        serde_json::from_value(Value::Object(self.with.clone()))
            .map_err(|error| self.fault(capability, "with", &format!("is not as documented: {}", redacted(&error))))
    }

    /// The model, which the provider cannot do without.
    pub(crate) fn model(&self, capability: Capability) -> Result<String, InvalidSettings> {
        self.required(capability, "model", self.model.as_ref()).map(str::to_owned)
    }

    /// The voice, which the provider cannot do without.
    pub(crate) fn voice(&self) -> Result<String, InvalidSettings> {
        self.required(Capability::Speech, "voice", self.voice.as_ref()).map(str::to_owned)
    }

    /// Checks that a number, if it is given, lies in its range.
    pub(crate) fn check_number(
        &self,
        capability: Capability,
        setting: &str,
        value: Option<f64>,
        range: RangeInclusive<f64>,
    ) -> Result<(), InvalidSettings> {
        match value {
            Some(value) if !range.contains(&value) => {
                let fault = format!("is not {} to {}", range.start(), range.end());
                Err(self.fault(capability, setting, &fault))
            }
            _ => Ok(()),
        }
    }

    /// The server: at the base address that is set, or else at its own.
    pub(crate) fn endpoint(
        &self,
        capability: Capability,
        server: Server<'_>,
        key: Option<Secret>,
    ) -> Result<Endpoint, InvalidSettings> {
        let own = server.own_address.map(str::to_owned);
        let base_url = self.base_url.clone().or(own);
        let base_url = self.required(capability, "base_url", base_url.as_ref())?;
        Ok(Endpoint::new(server.service, base_url, key, self.timeout(server.timeout))?)
    }

    /// Where a key is kept that the provider cannot do without: where the settings say, else under its own word.
    pub(crate) fn key_or_own(&self, capability: Capability) -> String {
        self.key.clone().unwrap_or_else(|| format!("lectern/{capability}/{}", self.provider))
    }

    /// That a setting of this provider is wrong, and how.
    pub fn fault(&self, capability: Capability, setting: &str, fault: &str) -> InvalidSettings {
        InvalidSettings::Setting {
            capability,
            provider: self.name().to_owned(),
            setting: setting.to_owned(),
            fault: fault.to_owned(),
        }
    }

    fn check(&self, capability: Capability) -> Result<(), InvalidSettings> {
        if self.is_embedded() && *self != Self::new(EMBEDDED) {
            return Err(self.fault(capability, "provider", "is our own and takes no settings"));
        }
        if !is_word(self.name()) {
            return Err(self.fault(capability, "name", "is not 1 to 40 of a-z, 0-9, `-`"));
        }
        if self.key.as_deref().is_some_and(|key| !is_reference(key, capability)) {
            let fault = format!(
                "is not `lectern/{capability}/NAME` or `ssm:/lectern/{capability}/NAME`, which says where the key is kept"
            );
            return Err(self.fault(capability, "key", &fault));
        }
        if self.timeout_s.is_some_and(|seconds| !(1..=LONGEST_TIMEOUT_S).contains(&seconds)) {
            return Err(self.fault(capability, "timeout_s", &format!("is not 1 to {LONGEST_TIMEOUT_S}")));
        }
        Ok(())
    }
}

/// Reads the list of a capability from its setting, which is called like `LECTERN_SCRIPT_PROVIDERS`; `setting` looks one up. Where there
/// is none, the embedded provider is the only one, and of transcribers there is none. Behind vendors of pictures our own stands in any
/// case: it costs nothing, and no scene is left without a picture.
///
/// # Errors
/// What is wrong with the list.
pub fn read(capability: Capability, setting: impl Fn(&str) -> Option<String>) -> Result<Vec<ProviderSettings>, InvalidSettings> {
    let name = format!("LECTERN_{}_PROVIDERS", capability.word().to_uppercase());
    parse(capability, setting(&name).as_deref())
}

fn parse(capability: Capability, text: Option<&str>) -> Result<Vec<ProviderSettings>, InvalidSettings> {
    let malformed = |reason: String| InvalidSettings::Malformed { capability, reason };
    let own = (capability != Capability::Transcript).then_some(EMBEDDED);
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()).or(own) else { return Ok(Vec::new()) };
    let mut list: Vec<ProviderSettings> = if text.starts_with('[') {
        // The place says enough: what stands there may be a key that somebody put into the wrong field.
        serde_json::from_str(text).map_err(|error| malformed(redacted(&error)))?
    } else {
        text.split(',').map(|entry| short_form(entry.trim())).collect()
    };
    if list.is_empty() {
        return Err(malformed("it is empty; `embedded` is the least".to_owned()));
    }
    let mut names = BTreeSet::new();
    for settings in &list {
        settings.check(capability)?;
        if !names.insert(settings.name()) {
            return Err(malformed(format!("`{}` stands in it twice; give each a `name`", settings.name())));
        }
    }
    if capability == Capability::Image {
        if !list.iter().any(ProviderSettings::is_embedded) {
            list.push(ProviderSettings::new(EMBEDDED));
        }
        // Prices are found by the model, so that it is known before the adapter is made.
        for settings in list.iter_mut().filter(|settings| settings.model.is_none()) {
            settings.model = ImageProvider::usual_model(&settings.provider).map(str::to_owned);
        }
    }
    Ok(list)
}

/// `PROVIDER[:MODEL][@BASE_URL]`. Names of models may hold colons, and an at sign that begins no address.
fn short_form(entry: &str) -> ProviderSettings {
    let at = entry.find("@http://").or_else(|| entry.find("@https://"));
    let (entry, base_url) = at.map_or((entry, None), |at| (&entry[..at], Some(entry[at + 1..].to_owned())));
    let (provider, model) = entry.split_once(':').map_or((entry, None), |(provider, model)| (provider, Some(model.to_owned())));
    ProviderSettings { model, base_url, ..ProviderSettings::new(provider) }
}

/// What is wrong with JSON and where, with the name of a field that is not known or missing; never a value.
fn redacted(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let named = ["unknown field", "missing field", "duplicate field"].into_iter().find_map(|what| {
        let (field, _) = text.strip_prefix(what)?.strip_prefix(" `")?.split_once('`')?;
        // As fields are called, and no key is.
        let is_field = field.len() <= 24 && field.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        is_field.then(|| format!("{what} `{field}`"))
    });
    let what = named.unwrap_or_else(|| format!("{:?} error", error.classify()).to_lowercase());
    if error.line() == 0 { what } else { format!("{what} at line {}, column {}", error.line(), error.column()) }
}

fn is_word(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html> has the characters of a name.
fn is_reference(key: &str, capability: Capability) -> bool {
    let name = key.strip_prefix("ssm:/").unwrap_or(key);
    name.strip_prefix(&format!("lectern/{capability}/")).is_some_and(|name| {
        (1..=200).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+=.@-".contains(&b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(text: &str) -> Result<Vec<ProviderSettings>, InvalidSettings> {
        parse(Capability::Script, Some(text))
    }

    #[test]
    fn a_list_is_found_by_its_capability() {
        let setting = |name: &str| (name == "LECTERN_SPEECH_PROVIDERS").then(|| "polly".to_owned());
        let names = |capability| read(capability, setting).map(|list| list.iter().map(|one| one.provider.clone()).collect());
        assert_eq!(names(Capability::Speech), Ok(vec!["polly".to_owned()]));
        assert_eq!(names(Capability::Script), Ok(vec!["embedded".to_owned()]));
    }

    #[test]
    fn nothing_leaves_the_machine_unless_somebody_asks_for_it() {
        for text in [None, Some(""), Some(" embedded ")] {
            assert_eq!(parse(Capability::Speech, text), Ok(vec![ProviderSettings::new("embedded")]));
        }
    }

    #[test]
    fn nobody_listens_unless_somebody_asks_for_it() {
        assert_eq!(parse(Capability::Transcript, Some(" ")), Ok(vec![]));
        let listed = parse(Capability::Transcript, Some("openai:gpt-transcribe")).expect("it is a list");
        assert_eq!(listed[0].model.as_deref(), Some("gpt-transcribe"));
    }

    #[test]
    fn the_short_form_and_json_say_the_same() {
        let json = r#"[{"provider":"anthropic","model":"m-1"},
            {"provider":"openai-compatible","model":"llama3.3:70b","base_url":"http://127.0.0.1:11434/v1"},{"provider":"embedded"}]"#;
        let short = "anthropic:m-1, openai-compatible:llama3.3:70b@http://127.0.0.1:11434/v1, embedded";
        assert_eq!(script(json), script(short));
        assert_eq!(script(short).expect("it is a list")[1].model.as_deref(), Some("llama3.3:70b"));
    }

    #[test]
    fn pictures_have_our_own_behind_them_and_a_model_that_has_a_price() {
        let list = |text: &str| parse(Capability::Image, Some(text)).expect("it is a list");
        assert_eq!(list("replicate"), list("replicate:black-forest-labs/flux-schnell,embedded"));
        assert_eq!(list("embedded,openai"), list("embedded,openai:gpt-image-1-mini"));
        assert_eq!(list(""), [ProviderSettings::new("embedded")]);
    }

    #[test]
    fn a_wrong_setting_is_named() {
        for (text, named) in [
            ("[]", "empty"),
            ("[{]", "line 1"),
            (r#"[{"provider":"openai","modle":"x"}]"#, "`modle`"),
            (r#"[{"provider":"openai","timeout_s":0}]"#, "`timeout_s`"),
            (r#"[{"provider":"embedded","model":"x"}]"#, "`embedded`"),
            ("openai:a,openai:b", "give each a `name`"),
            ("Open AI", "`name`"),
        ] {
            let error = script(text).expect_err("it cannot be used").to_string();
            assert!(error.contains(named), "{text}: {error}");
        }
    }

    #[test]
    fn a_key_is_kept_elsewhere_and_never_repeated() {
        let with_key = |key: &str| script(&format!(r#"[{{"provider":"openai","key":"{key}"}}]"#));
        for key in ["lectern/script/openai", "ssm:/lectern/script/team/openai"] {
            assert!(with_key(key).is_ok(), "{key}");
        }
        for key in [
            "sk-proj-canary",
            "lectern/speech/canary",
            "lectern/script/",
            "ssm:lectern/script/canary",
            "lectern/script/a b canary",
        ] {
            let error = with_key(key).expect_err("it is no reference").to_string();
            assert!(!error.contains("canary") && error.contains("lectern/script/NAME"), "{error}");
        }
        for misplaced in [r#"[{"provider":"openai","timeout_s":"sk-canary"}]"#, r#"[{"provider":"openai","sk-canary":1}]"#] {
            let error = script(misplaced).expect_err("it is refused").to_string();
            assert!(!error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn what_an_adapter_does_not_know_is_refused() {
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Extras {
            #[expect(dead_code, reason = "only read")]
            effort: Option<String>,
        }
        let list = script(r#"[{"provider":"openai","with":{"efort":"low"}}]"#).expect("the list itself is sound");
        let error = list[0].with::<Extras>(Capability::Script).expect_err("it is not known").to_string();
        assert!(error.contains("`with`") && error.contains("efort"), "{error}");
    }
}
