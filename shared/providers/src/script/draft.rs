//! The script as a model writes it: flat and small, so that weak models manage it too. Turned into our types here.

use super::brief::Brief;
use domain::{Axis, Column, Graph, GraphForm, SCRIPT_SCHEMA, Scene, Script, Series, Visual, Writer, inline, mermaid};
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
    #[serde(default)]
    steps: Vec<String>,
    #[serde(default)]
    mermaid: Option<String>,
    #[serde(default)]
    graph_form: Option<GraphForm>,
    #[serde(default)]
    number: Option<String>,
    #[serde(default)]
    unit: Option<String>,
    #[serde(default)]
    text: Option<String>,
    table_header: Vec<String>,
    table_rows: Vec<Vec<String>>,
}

/// The kinds a model may choose from: all but the placeholder.
const KINDS: [&str; 15] = [
    "title",
    "slide",
    "figure",
    "image",
    "illustration",
    "code",
    "formula",
    "table",
    "graph",
    "diagram",
    "quote",
    "number",
    "definition",
    "columns",
    "summary",
];

/// The JSON schema of an answer, in the subset that strict modes take: every property required, none added, no limits.
pub(crate) fn schema() -> Value {
    let text = json!({"type": "string"});
    let maybe = |kind: &str| json!({"type": [kind, "null"]});
    let texts = json!({"type": "array", "items": text});
    let object = |properties: Value| {
        let names: Vec<String> = properties.as_object().map(|map| map.keys().cloned().collect()).unwrap_or_default();
        json!({"type": "object", "properties": properties, "required": names, "additionalProperties": false})
    };
    let forms: Vec<Option<&str>> = GraphForm::ALL.iter().map(|form| Some(form.name())).chain([None]).collect();
    let visual = object(json!({
        "kind": {"type": "string", "enum": KINDS},
        "title": text,
        "subtitle": maybe("string"),
        "bullets": texts,
        "figure": maybe("integer"),
        "code": maybe("string"),
        "code_language": maybe("string"),
        "latex": maybe("string"),
        "steps": texts,
        "mermaid": maybe("string"),
        "graph_form": {"type": ["string", "null"], "enum": forms},
        "number": maybe("string"),
        "unit": maybe("string"),
        "text": maybe("string"),
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
                Ok(visual) => {
                    scenes.push(Scene { narration: prose(&draft.narration), visual, cues: Vec::new(), sources, retake: 0 })
                }
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
            "figure" | "image" => {
                let id = self.figure.ok_or("of kind figure or image needs `figure`")?;
                let known = brief.figures.len();
                let figure = brief.figures.get(id).cloned().ok_or_else(|| format!("names figure {id}, there are {known}"))?;
                if self.kind == "image" {
                    Visual::Image { title, figure }
                } else {
                    Visual::Figure { eyebrow, title, figure, bullets }
                }
            }
            "illustration" => {
                let description = line(&self.text.ok_or("of kind illustration needs `text`")?);
                Visual::Illustration { title, description }
            }
            "graph" => {
                let caption = self.subtitle.as_deref().map(line).filter(|caption| !caption.is_empty());
                Visual::Graph { eyebrow, title, graph: self.graph()?, caption }
            }
            "diagram" => {
                let source = self.mermaid.ok_or("of kind diagram needs `mermaid`")?;
                let diagram = mermaid::parse(&source).map_err(|error| format!("has a `mermaid` that cannot be used: {error}"))?;
                Visual::Diagram { eyebrow, title, diagram: diagram.ring_as_cycle() }
            }
            "quote" => {
                let text = line(&self.text.ok_or("of kind quote needs `text`")?).trim_matches(['"', '“', '”', '„']).to_owned();
                let attribution = self.subtitle.as_deref().map(line).filter(|name| !name.is_empty());
                Visual::Quote { eyebrow, title, text, attribution }
            }
            "number" => Visual::Number {
                eyebrow,
                title,
                number: line(&self.number.ok_or("of kind number needs `number`")?),
                unit: self.unit.as_deref().map(line).filter(|unit| !unit.is_empty()),
                text: line(&self.text.ok_or("of kind number needs `text`")?),
            },
            "definition" => {
                Visual::Definition { eyebrow, title, meaning: line(&self.text.ok_or("of kind definition needs `text`")?) }
            }
            "columns" => {
                let column = |at: usize| Column {
                    heading: self.table_header.get(at).map(|cell| line(cell)).unwrap_or_default(),
                    items: self
                        .table_rows
                        .iter()
                        .filter_map(|row| row.get(at))
                        .map(|cell| line(cell))
                        .filter(|item| !item.is_empty())
                        .collect(),
                };
                Visual::Columns { eyebrow, title, left: column(0), right: column(1) }
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
                let latex = formula(&self.latex.ok_or("of kind formula needs `latex`")?);
                Visual::Formula {
                    eyebrow,
                    title,
                    latex,
                    steps: self.steps.iter().map(|step| formula(step)).collect(),
                    explanation: bullets,
                }
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

impl DraftVisual {
    /// The numbers of the table as a graph: names in the first column, a series in each further one.
    fn graph(&self) -> Result<Graph, String> {
        let form = self.graph_form.ok_or("of kind graph needs `graph_form`")?;
        let mut series: Vec<Series> = self
            .table_header
            .iter()
            .skip(1)
            .map(|name| Series { name: Some(line(name)).filter(|name| !name.is_empty()), ..Series::default() })
            .collect();
        for (at, row) in self.table_rows.iter().enumerate() {
            for (column, one) in series.iter_mut().enumerate() {
                let cell = row.get(column + 1).map(|cell| inline::plain(cell)).unwrap_or_default();
                let value = number(&cell).map_err(|()| format!("has no plain number in `table_rows`[{at}][{}]", column + 1))?;
                if form == GraphForm::Scatter {
                    let x = row.first().and_then(|cell| number(cell).ok().flatten());
                    one.points.extend(x.zip(value).map(|(x, y)| [x, y]));
                } else {
                    one.values.push(value);
                }
            }
        }
        let names = self.table_rows.iter().map(|row| row.first().map(|cell| line(cell)).unwrap_or_default());
        let categories = if form == GraphForm::Scatter { Vec::new() } else { names.collect() };
        let named = |at: usize| self.table_header.get(at).map(|name| line(name)).filter(|name| !name.is_empty());
        let unit = self.unit.as_deref().map(line).filter(|unit| !unit.is_empty());
        let y = Axis { title: if series.len() == 1 { named(1) } else { None }, unit };
        if let [only] = series.as_mut_slice() {
            only.name = None;
        }
        Ok(Graph { form, categories, series, x: Axis { title: named(0), unit: None }, y })
    }
}

/// A number as models write one; none in an empty cell.
fn number(cell: &str) -> Result<Option<f64>, ()> {
    let cell = cell.trim().trim_matches(['$', '€', '%', ' ', '\u{a0}']).replace('−', "-").replace([',', '_'], "");
    if matches!(cell.as_str(), "" | "-" | "—" | "null") {
        return Ok(None);
    }
    cell.parse::<f64>().ok().filter(|value| value.is_finite()).map(Some).ok_or(())
}

/// LaTeX without the dollar signs that models cannot leave out.
fn formula(latex: &str) -> String {
    latex.trim().trim_matches('$').trim().to_owned()
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

    fn visual(json: Value) -> Result<Visual, String> {
        let Value::Object(given) = json else { panic!("an object") };
        let mut whole = json!({"title": "T", "bullets": [], "table_header": [], "table_rows": []});
        let fields = whole.as_object_mut().expect("an object");
        fields.extend(given);
        let draft: DraftVisual = serde_json::from_value(whole).expect("it has the form");
        draft.into_visual(&Brief { json: String::new(), figures: Vec::new(), sections: Vec::new() }, None)
    }

    #[test]
    fn a_table_of_numbers_becomes_a_graph() {
        let table = json!({"kind": "graph", "graph_form": "grouped", "unit": "ms", "table_header": ["Who", "A", "B"],
            "table_rows": [["x", "1,200", "2"], ["y", "", "-4.5"]]});
        let Ok(Visual::Graph { graph, .. }) = visual(table) else { panic!("a graph") };
        assert_eq!((graph.series[0].values.as_slice(), graph.y.unit.as_deref()), ([Some(1200.0), None].as_slice(), Some("ms")));
        let wrong = json!({"kind": "graph", "graph_form": "bar", "table_header": ["Who", "A"], "table_rows": [["x", "many"]]});
        assert_eq!(visual(wrong), Err("has no plain number in `table_rows`[0][1]".to_owned()));
    }

    #[test]
    fn a_diagram_is_read_from_its_source() {
        let read = |source: &str| visual(json!({"kind": "diagram", "mermaid": source}));
        assert!(
            matches!(read("graph TD\na --> b --> c --> a"), Ok(Visual::Diagram { diagram, .. }) if diagram.name() == "cycle")
        );
        assert_eq!(
            read("graph TD\n[["),
            Err("has a `mermaid` that cannot be used: line 2 of the diagram cannot be read".to_owned())
        );
    }

    #[test]
    fn statements_are_read() {
        assert!(
            matches!(visual(json!({"kind": "quote", "text": "“Be bold.”"})), Ok(Visual::Quote { text, .. }) if text == "Be bold.")
        );
        assert!(matches!(visual(json!({"kind": "number", "number": "7"})), Err(fault) if fault.contains("needs `text`")));
        let columns = json!({"kind": "columns", "table_header": ["For", "Against"], "table_rows": [["a", "b"], ["c", ""]]});
        let Ok(Visual::Columns { left, right, .. }) = visual(columns) else { panic!("columns") };
        assert_eq!((left.items.len(), right.items.len(), right.heading.as_str()), (2, 1, "Against"));
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
