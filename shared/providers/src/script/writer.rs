//! The conversation that ends in a script, the same for every vendor: the document goes out as data, the answer is checked, and
//! what is wrong with it is sent back once.

use super::brief::Brief;
use super::condense::{self, Notes};
use super::draft::{self, Draft};
use super::model::{Form, Question};
use super::provider::ScriptProvider;
use domain::ports::{PortError, ScriptWriter};
use domain::{Document, JobOptions, Meter, Script, Writer};

const SERVICE: &str = "the language model";

/// So many faults are sent back; the rest often follows from them.
const MOST_FAULTS_SENT: usize = 20;

/// Without a wish for a number, a script of more scenes is not what was asked for.
const MOST_SCENES_UNASKED: usize = 12;

/// What is told to a model. `{mark}` stands for the mark around the document, which nobody knows beforehand.
#[derive(Debug, Clone, Copy)]
pub struct Prompts {
    /// Names this wording; it becomes part of what a script says about its writer.
    pub version: &'static str,
    /// How to write a script.
    pub write: &'static str,
    /// How to repair one; the list of faults follows.
    pub repair: &'static str,
    /// How to condense a part of a document that is too long to be sent whole.
    pub condense: &'static str,
}

/// Says in words what is wrong with a script.
pub type Check = fn(&Script, &Document) -> Vec<String>;

impl ScriptProvider {
    /// A script from an answer, or all that is wrong with it.
    fn accept(&self, answer: &str, brief: &Brief, document: &Document, options: &JobOptions) -> Result<Script, Vec<String>> {
        let draft = Draft::parse(answer).map_err(|fault| vec![fault])?;
        let byline =
            (!document.authors.is_empty()).then(|| document.authors.iter().take(3).cloned().collect::<Vec<_>>().join(", "));
        let model = format!("{} ({})", self.model(), self.prompts.version);
        let writer = Writer { provider: self.word.clone(), model: Some(model), fallback: None };
        let (script, mut faults) = draft.into_script(brief, byline.as_deref(), writer);
        let count = script.scenes.len();
        match options.scenes.map(usize::from) {
            Some(wanted) if count != wanted && faults.is_empty() => {
                faults.push(format!("there are {count} scenes, exactly {wanted} are wanted"))
            }
            None if !(3..=MOST_SCENES_UNASKED).contains(&count) && faults.is_empty() => {
                faults.push(format!("there are {count} scenes, expected 3 to {MOST_SCENES_UNASKED}"));
            }
            _ => {}
        }
        faults.extend((self.check)(&script, document));
        if faults.is_empty() { Ok(script) } else { Err(faults) }
    }
}

impl ScriptWriter for ScriptProvider {
    async fn write(&self, document: &Document, options: &JobOptions, meter: &Meter) -> Result<Script, PortError> {
        let notes = match condense::parts(document, self.limits().most_document_characters) {
            parts if parts.is_empty() => Notes::default(),
            parts => self.condense(document, &parts, meter).await,
        };
        let brief = Brief::of(document, options, self.limits().most_document_characters, &notes);
        let mark = mark();
        let instructions = self.prompts.write.replace("{mark}", &mark);
        let form = Form { name: "script", schema: draft::schema() };
        let mut turns = vec![between_marks(&mark, &brief.json)];
        let first = self.ask(&Question { instructions: &instructions, turns: &turns, form: &form }, meter).await?;
        let faults = match self.accept(&first, &brief, document, options) {
            Ok(script) => return Ok(script),
            Err(faults) => faults,
        };
        tracing::info!(model = self.model(), faults = faults.len(), "the script is sent back for repair");
        let list: Vec<String> = faults.iter().take(MOST_FAULTS_SENT).map(|fault| format!("- {fault}")).collect();
        turns.push(first);
        turns.push(format!("{}\n\n{}", self.prompts.repair.trim(), list.join("\n")));
        let second = self.ask(&Question { instructions: &instructions, turns: &turns, form: &form }, meter).await?;
        self.accept(&second, &brief, document, options).map_err(|faults| {
            let message = format!("the repaired script still has {} faults, the first: {}", faults.len(), faults[0]);
            PortError::unusable(SERVICE, message)
        })
    }
}

/// A mark that no document can hold, since it was written before.
pub(super) fn mark() -> String {
    format!("{:016x}", fastrand::u64(..))
}

/// What is data, told apart from what is said about it.
pub(super) fn between_marks(mark: &str, json: &str) -> String {
    format!("<document-{mark}>\n{json}\n</document-{mark}>")
}
