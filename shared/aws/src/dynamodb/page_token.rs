//! Where a page of a list ends, in a form that means nothing to whoever carries it.

use super::item::{Item, text};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::OwnerId;
use domain::ports::PortError;
use std::collections::BTreeMap;

/// Makes a token from the place of the last job of a page among those of its owner.
pub(crate) fn encode(owner: &OwnerId, created: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{owner}\n{created}"))
}

/// Reads the place back. Fails for a token that was not made here or belongs to somebody else.
pub(crate) fn decode(owner: &OwnerId, token: &str) -> Result<String, PortError> {
    read(token).filter(|(whose, _)| whose == owner.as_str()).map(|(_, created)| created).ok_or_else(refused)
}

/// Makes a token from any place in the table, whose keys are all text. Nobody outside is given it.
pub(crate) fn of_place(place: &Item) -> String {
    let keys: BTreeMap<&String, &String> = place.iter().filter_map(|(name, value)| Some((name, value.as_s().ok()?))).collect();
    serde_json::json!(keys).to_string()
}

/// Reads the place back.
pub(crate) fn place(token: &str) -> Result<Item, PortError> {
    let keys: BTreeMap<String, String> = serde_json::from_str(token).map_err(|_| refused())?;
    Ok(keys.into_iter().map(|(name, value)| (name, text(value))).collect())
}

fn refused() -> PortError {
    PortError::Misused { service: super::SERVICE, message: "this is not a page token of this list".to_owned() }
}

fn read(token: &str) -> Option<(String, String)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let (owner, created) = text.split_once('\n')?;
    let (time, id) = created.split_once('#')?;
    time.parse::<jiff::Timestamp>().ok()?;
    domain::JobId::new(id).ok()?;
    Some((owner.to_owned(), created.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: &str = "2026-11-20T12:00:00.000000000Z#j1";

    fn owner(id: &str) -> OwnerId {
        OwnerId::new(id).expect("valid")
    }

    #[test]
    fn a_token_leads_back_to_its_place() {
        let token = encode(&owner("a"), PLACE);
        assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
        assert_eq!(decode(&owner("a"), &token).expect("it is ours"), PLACE);
    }

    #[test]
    fn a_place_in_the_table_leads_back_to_itself() {
        let keys = [("pk", "JOB#j1"), ("updated", "2026-11-20T12:00:00.000000000Z")];
        let there: Item = keys.into_iter().map(|(name, value)| (name.to_owned(), text(value.to_owned()))).collect();
        assert_eq!(place(&of_place(&there)).expect("it is ours"), there);
        assert!(place("%%%").is_err());
    }

    #[test]
    fn foreign_and_forged_tokens_are_refused() {
        let forged = |text: &str| URL_SAFE_NO_PAD.encode(text);
        for token in [
            encode(&owner("b"), PLACE),
            forged("a\n"),
            forged("a\nyesterday#j1"),
            forged("a\n2026-11-20T12:00:00Z#../x"),
            forged("a"),
            String::new(),
            "%%%".to_owned(),
        ] {
            let refused = decode(&owner("a"), &token).expect_err("it is not ours");
            assert!(matches!(refused, PortError::Misused { .. }), "{token}");
        }
    }
}
