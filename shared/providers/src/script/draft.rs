//! The script as a model writes it: flat and small, so that weak models manage it too. Turned into our types here.

use super::brief::Brief;
use domain::{SCRIPT_SCHEMA, Scene, Script, Visual, Writer};
use serde::Deserialize;
use serde_json::{Value, json};

/// What a model answers.
#[derive(Debug, Deserialize)]
pub(crate) struct Draft {
    title: String,
    language: String,
    scenes: Vec<DraftScene>,
}

#[derive(Debug, Deserialize)]
struct DraftScene {
    narration: String,
    sources: Vec<usize>,
    visual: DraftVisual,
}

#[derive(Debug, Deserialize)]
struct DraftVisual {
    kind: String,
    title: String,
    subtitle: Option<String>,
    bullets: Vec<String>,
    figure: Option<usize>,
    code: Option<String>,
    code_language: Option<String>,
    latex: Option<String>,
    table_header: Vec<String>,
    table_rows: Vec<Vec<String>>,
}

/// The JSON schema of an answer, in the subset that strict modes take: every property required, none added, no limits.
pub(crate) fn schema() -> Value {
    let text = json!({"type": "string"});
    let maybe = |kind: &str| json!({"type": [kind, "null"]});
    let texts = json!({"type": "array", "items": text});
    let object = |properties: Value| {
        let names: Vec<String> = properties.as_object().map(|map| map.keys().cloned().collect()).unwrap_or_default();
        json!({"type": "object", "properties": properties, "required": names, "additionalProperties": false})
    };
    let visual = object(json!({
        "kind": {"type": "string", "enum": ["title", "slide", "figure", "code", "formula", "table", "summary"]},
        "title": text,
        "subtitle": maybe("string"),
        "bullets": texts,
        "figure": maybe("integer"),
        "code": maybe("string"),
        "code_language": maybe("string"),
        "latex": maybe("string"),
        "table_header": texts,
        "table_rows": {"type": "array", "items": texts},
    }));
    let scene = object(json!({"narration": text, "sources": {"type": "array", "items": {"type": "integer"}}, "visual": visual}));
    object(json!({"title": text, "language": text, "scenes": {"type": "array", "items": scene}}))
}

impl Draft {
    /// Reads an answer. Weak models wrap it in a fence or think aloud before it; only the outermost object counts.
    pub(crate) fn parse(answer: &str) -> Result<Self, String> {
        let start = answer.find('{').ok_or("the answer holds no JSON object")?;
        let end = answer.rfind('}').filter(|end| *end > start).ok_or("the JSON object of the answer does not end")?;
        // serde's message may quote the answer; where it happened is enough to repair it.
        serde_json::from_str(&answer[start..=end]).map_err(|error| {
            let what = if error.is_data() { "a field is missing or of the wrong type" } else { "the JSON is malformed" };
            format!("{what} at line {}, column {} of the answer", error.line(), error.column())
        })
    }

    /// Turns the answer into a script, with what cannot be turned in words. A faulty scene is left out of the script.
    pub(crate) fn into_script(self, brief: &Brief, byline: Option<&str>, writer: Writer) -> (Script, Vec<String>) {
        let mut faults = Vec::new();
        let mut scenes = Vec::new();
        for (at, draft) in self.scenes.into_iter().enumerate() {
            let unknown = draft.sources.iter().find(|id| **id >= brief.sections.len());
            if let Some(id) = unknown {
                faults.push(format!("scenes[{at}].sources names section {id}, there are {}", brief.sections.len()));
            }
            let sources = draft.sources.iter().filter_map(|id| brief.sections.get(*id).copied().flatten()).collect();
            match draft.visual.into_visual(brief, byline) {
                Ok(visual) => scenes.push(Scene { narration: prose(&draft.narration), visual, cues: Vec::new(), sources }),
                Err(fault) => faults.push(format!("scenes[{at}].visual {fault}")),
            }
        }
        let script = Script {
            schema: SCRIPT_SCHEMA,
            title: prose(&self.title),
            language: self.language.trim().to_owned(),
            writer,
            scenes,
        };
        (script, faults)
    }
}

impl DraftVisual {
    fn into_visual(self, brief: &Brief, byline: Option<&str>) -> Result<Visual, String> {
        let title = line(&self.title);
        let eyebrow = None;
        let bullets: Vec<String> = self.bullets.iter().map(|bullet| line(bullet)).filter(|bullet| !bullet.is_empty()).collect();
        Ok(match self.kind.as_str() {
            "title" => {
                let subtitle = self.subtitle.as_deref().map(line).filter(|subtitle| !subtitle.is_empty());
                Visual::Title { title, subtitle, byline: byline.map(str::to_owned) }
            }
            "slide" => Visual::Slide { eyebrow, title, bullets },
            "summary" => Visual::Summary { title, points: bullets },
            "figure" => {
                let id = self.figure.ok_or("of kind figure needs `figure`")?;
                let known = brief.figures.len();
                let figure = brief.figures.get(id).cloned().ok_or_else(|| format!("names figure {id}, there are {known}"))?;
                Visual::Figure { eyebrow, title, figure, bullets }
            }
            "code" => {
                let text = self
                    .code
                    .ok_or("of kind code needs `code`")?
                    .replace("\r\n", "\n")
                    .trim_end()
                    .trim_start_matches('\n')
                    .to_owned();
                Visual::Code {
                    eyebrow,
                    title,
                    language: self.code_language.filter(|name| !name.is_empty()),
                    text,
                    highlight: Vec::new(),
                }
            }
            "formula" => {
                let latex = self.latex.ok_or("of kind formula needs `latex`")?.trim().trim_matches('$').trim().to_owned();
                Visual::Formula { eyebrow, title, latex, steps: Vec::new(), explanation: bullets }
            }
            "table" => {
                let lines = |cells: &Vec<String>| cells.iter().map(|cell| line(cell)).collect::<Vec<_>>();
                let caption = self.subtitle.as_deref().map(line).filter(|caption| !caption.is_empty());
                Visual::Table {
                    eyebrow,
                    title,
                    header: lines(&self.table_header),
                    rows: self.table_rows.iter().map(lines).collect(),
                    caption,
                }
            }
            other => {
                return Err(format!(
                    "is of kind `{}`, which is not one of the kinds",
                    other.chars().filter(char::is_ascii_alphanumeric).take(20).collect::<String>()
                ));
            }
        })
    }
}

/// One line without control characters, its marks for code and formulas kept.
fn line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// One line of plain prose: marks of Markdown that models cannot leave out are taken away.
fn prose(text: &str) -> String {
    line(&text.replace('`', "").replace("**", ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Strict modes want every property required and none added, at every depth.
    fn check_strict(schema: &Value) {
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            let required: Vec<&str> = schema["required"].as_array().expect("there").iter().filter_map(Value::as_str).collect();
            assert_eq!(required.len(), properties.len());
            assert_eq!(schema["additionalProperties"], json!(false));
            properties.values().for_each(check_strict);
        }
        if let Some(items) = schema.get("items") {
            check_strict(items);
        }
    }

    #[test]
    fn the_schema_is_strict() {
        check_strict(&schema());
    }

    #[test]
    fn an_answer_is_found_inside_a_fence() {
        let answer = "Here it is:\n```json\n{\"title\":\"T\",\"language\":\"en\",\"scenes\":[]}\n```";
        assert_eq!(Draft::parse(answer).expect("it is found").title, "T");
    }

    #[test]
    fn a_fault_of_form_says_where_and_never_what() {
        for answer in ["no", "{\"title\": \"my secret\"}", "{\"title\": my secret}", "}{"] {
            let fault = Draft::parse(answer).expect_err("it has no form");
            assert!(!fault.contains("secret"), "{fault}");
        }
    }

    #[test]
    fn a_narration_becomes_plain() {
        assert_eq!(prose("Call `open`\nthen  **close**.\u{7}"), "Call open then close.");
    }
}
