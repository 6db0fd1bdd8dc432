use crate::schema::{DOCUMENT, check};
use crate::world::{World, get};
use domain::{
    Axis, Brand, CaptionStyle, Code, Colour, Column, ContentHash, Cue, Diagram, Figure, FigureSource, FrameSize, Graph,
    GraphForm, JobOptions, Motion, Rect, Scene, Series, Shape, Span, Theme, Visual,
};
use serde_json::{Value, json};

#[tokio::test]
async fn the_document_is_shown_to_everybody() {
    let answer = World::new().send(get("/openapi.json").with_claims(Value::Null)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json(), *DOCUMENT);
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
}

#[test]
fn every_route_is_described() {
    let mut routes: Vec<String> = DOCUMENT["paths"]
        .as_object()
        .expect("a document has paths")
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().expect("a path has operations").keys().map(move |method| format!("{method} {path}"))
        })
        .collect();
    routes.sort();
    assert_eq!(
        routes,
        [
            "get /openapi.json",
            "get /v1/health",
            "get /v1/jobs",
            "get /v1/jobs/{id}",
            "get /v1/jobs/{id}/captions",
            "get /v1/jobs/{id}/chapters",
            "get /v1/jobs/{id}/contact-sheet",
            "get /v1/jobs/{id}/events",
            "get /v1/jobs/{id}/poster",
            "get /v1/jobs/{id}/script",
            "get /v1/jobs/{id}/thumbnails/{scene}",
            "get /v1/jobs/{id}/transcript",
            "get /v1/jobs/{id}/versions",
            "get /v1/jobs/{id}/video",
            "get /v1/providers",
            "patch /v1/jobs/{id}/script",
            "post /v1/estimates",
            "post /v1/jobs",
            "post /v1/jobs/{id}/cancel",
            "post /v1/jobs/{id}/render",
            "post /v1/jobs/{id}/scenes/{scene}/regenerate",
            "post /v1/jobs/{id}/versions/{version}/restore",
            "post /v1/webhooks/replicate",
        ]
    );
}

#[test]
fn every_reference_leads_somewhere() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
                fields.values().for_each(|field| references(field, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    references(&DOCUMENT, &mut found);
    assert!(found.len() > 30, "{found:?}");
    for reference in found {
        let pointer = reference.trim_start_matches('#');
        assert!(DOCUMENT.pointer(pointer).is_some(), "{reference}");
    }
}

#[test]
fn only_open_routes_need_no_token() {
    assert_eq!(DOCUMENT["security"], json!([{"access_token": []}]));
    for (path, item) in DOCUMENT["paths"].as_object().expect("a document has paths") {
        for operation in item.as_object().expect("a path has operations").values() {
            let is_open = operation["security"] == json!([{}]);
            let expected = ["/v1/health", "/v1/webhooks/replicate", "/openapi.json"].contains(&path.as_str());
            assert_eq!(is_open, expected, "{path}");
        }
    }
}

#[test]
fn the_codes_in_the_document_are_ours() {
    let words: Vec<_> = Code::ALL.iter().map(|code| code.word()).collect();
    assert_eq!(DOCUMENT["components"]["schemas"]["ErrorCode"]["enum"], json!(words));
}

fn check_as(schema: &str, value: &impl serde::Serialize) {
    let value = serde_json::to_value(value).expect("it has a JSON form");
    let schema = &DOCUMENT["components"]["schemas"][schema];
    assert_eq!(check(schema, &value, "value"), Ok(()), "{value:#}");
}

#[test]
fn all_options_are_described() {
    let colour = Some(Colour([200, 30, 90]));
    let brand = Brand {
        accent: colour,
        background: Some(Colour::WHITE),
        text: Some(Colour::BLACK),
        footer: Some("ACME".to_owned()),
        ..Brand::default()
    };
    for size in [FrameSize::P480, FrameSize::P720, FrameSize::P1080, FrameSize::P2160] {
        for theme in Theme::ALL {
            for shape in Shape::ALL {
                let (voice, brand) = (Some("en".to_owned()), Some(brand.clone()));
                let lexicon = serde_json::from_str(r#"{"SQL": "sequel"}"#).expect("a lexicon");
                let options = JobOptions {
                    size,
                    shape,
                    theme,
                    brand,
                    scenes: Some(5),
                    voice,
                    lexicon,
                    captions: false,
                    burned_captions: Some(CaptionStyle::Karaoke),
                    motion: Motion::Calm,
                    transition: None,
                };
                check_as("Options", &options);
            }
        }
    }
    for motion in [Motion::Full, Motion::Calm, Motion::None] {
        check_as("Options", &JobOptions { motion, ..JobOptions::default() });
    }
    for style in CaptionStyle::ALL {
        check_as("Options", &JobOptions { burned_captions: Some(style), ..JobOptions::default() });
    }
    check_as("Options", &json!({}));
    let unknown = check(&DOCUMENT["components"]["schemas"]["Options"], &json!({"scene": 5}), "value");
    assert!(unknown.is_err());
}

#[test]
fn all_visuals_are_described() {
    let rect = Rect { x: 0.0, y: 0.0, width: 10.0, height: 10.0 };
    let source = FigureSource::Page { page: 1, page_width: 595.0, page_height: 842.0, rect };
    let figure = Figure { caption: None, label: None, source };
    let image = FigureSource::Image { hash: ContentHash::of(["i"]), media_type: "image/png".to_owned() };
    let title = || "Tides".to_owned();
    let series = vec![Series { name: None, values: vec![Some(1.0)], points: vec![] }];
    let graph = Graph { form: GraphForm::Bar, categories: vec![title()], series, x: Axis::default(), y: Axis::default() };
    let visuals = [
        Visual::Title { title: title(), subtitle: None, byline: None },
        Visual::Slide { eyebrow: None, title: title(), bullets: vec![title()] },
        Visual::Figure { eyebrow: None, title: title(), figure: figure.clone(), bullets: vec![] },
        Visual::Figure { eyebrow: None, title: title(), figure: Figure { source: image, ..figure.clone() }, bullets: vec![] },
        Visual::Code { eyebrow: None, title: title(), language: None, text: title(), highlight: vec![1] },
        Visual::Formula { eyebrow: None, title: title(), latex: title(), steps: vec![], explanation: vec![] },
        Visual::Table { eyebrow: None, title: title(), header: vec![], rows: vec![vec![title()]], caption: None },
        Visual::Graph { eyebrow: None, title: title(), graph, caption: None },
        Visual::Diagram { eyebrow: None, title: title(), diagram: Diagram::Cycle { stages: vec![title()] } },
        Visual::Quote { eyebrow: None, title: title(), text: title(), attribution: None },
        Visual::Number { eyebrow: None, title: title(), number: title(), unit: None, text: title() },
        Visual::Definition { eyebrow: None, title: title(), meaning: title() },
        Visual::Columns { eyebrow: None, title: title(), left: Column::default(), right: Column::default() },
        Visual::Image { title: title(), figure: figure.clone() },
        Visual::Illustration { title: title(), description: title() },
        Visual::Summary { title: title(), points: vec![title()] },
        Visual::Placeholder { title: title(), text: title() },
    ];
    let mut script = fakes::script(&[]);
    script.scenes = visuals
        .map(|visual| Scene {
            narration: title(),
            visual,
            cues: vec![Cue { word: 0, step: 1 }],
            sources: vec![Span::default()],
            retake: 0,
        })
        .into();
    check_as("Script", &script);
}
