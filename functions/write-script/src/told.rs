//! Whether a script repeats what its writer was told. A document may ask for that, and a model may obey; nobody who watches the video
//! is to read our instructions in it.

use crate::PROMPTS;
use domain::{Document, Script};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// So many words in a row that stand in the instructions are no chance.
const RUN: usize = 8;

/// Every run of words in the instructions.
static TOLD: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    [PROMPTS.write, PROMPTS.repair, PROMPTS.condense].into_iter().flat_map(|prompt| runs(&words(prompt))).collect()
});

/// Says which parts of a script repeat the instructions, unless the document itself says the same. Never quotes them.
pub(crate) fn faults(script: &Script, document: &Document) -> Vec<String> {
    let title = ("`title`".to_owned(), runs_in(&script.title));
    let scene = |(at, scene): (usize, &domain::Scene)| (format!("scenes[{at}]"), runs_in(&(&scene.narration, &scene.visual)));
    let parts = std::iter::once(title).chain(script.scenes.iter().enumerate().map(scene));
    let told: Vec<(String, Vec<String>)> =
        parts.map(|(part, runs)| (part, runs.into_iter().filter(|run| TOLD.contains(run)).collect())).collect();
    if told.iter().all(|(_, runs)| runs.is_empty()) {
        return Vec::new();
    }
    let said: BTreeSet<String> = runs_in(document).into_iter().collect();
    let is_told = |runs: &[String]| runs.iter().any(|run| !said.contains(run));
    told.into_iter().filter(|(_, runs)| is_told(runs)).map(|(part, _)| format!("{part} repeats the instructions")).collect()
}

/// The runs of words in all texts of a value, one text behind the other.
fn runs_in(value: &impl Serialize) -> Vec<String> {
    let value = serde_json::to_value(value).unwrap_or_default();
    let words: Vec<String> = texts(&value).into_iter().flat_map(words).collect();
    runs(&words)
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.values().flat_map(texts).collect(),
        _ => vec![],
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

fn runs(words: &[String]) -> Vec<String> {
    words.windows(RUN).map(|run| run.join(" ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(narration: &str, document: &Document, expected: &[&str]) {
        let script = fakes::script(&["The Moon pulls at the water of the oceans.", narration]);
        assert_eq!(crate::faults(&script, document), expected, "{narration}");
    }

    #[test]
    fn a_script_that_repeats_the_instructions_is_faulty() {
        let repeated = "You WRITE the script, of a short narrated video that explains one document to a person.";
        check(repeated, &fakes::document(), &["scenes[1] repeats the instructions"]);
        check("You write the script of a short film.", &fakes::document(), &[]);
    }

    #[test]
    fn a_document_may_say_the_same() {
        let mut document = fakes::document();
        document.title = Some(PROMPTS.write.to_owned());
        check("Stay with what the document says. Add no facts, numbers, names or opinions of your own.", &document, &[]);
    }
}
