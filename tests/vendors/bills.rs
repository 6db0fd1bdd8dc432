//! What a job says it cost, and what was expected before, beside the bill of vendors who count for themselves: by what they were
//! asked, what they answered, and their own price lists.

use crate::faults::{question_wants, wav};
use crate::works::{Vendors, Works};
use domain::ports::JobStore;
use domain::{Budget, Capability, Costs, DocumentKind, JobOptions, Money, Outline, Status, estimate};
use providers::settings::ProviderSettings;
use serde_json::{Value, json};
use std::fmt::Write;
use std::sync::{Arc, Mutex};
use vendors::{Answer, Question, Reply, Server};

/// How far apart bills may be, in hundredths of that of the vendors.
const MOST_APART_PER_CENT: f64 = 15.0;

/// What a vendor asks, in US dollars.
#[derive(Debug, Clone, Copy)]
enum Tariff {
    /// For a million tokens of the question and of the answer (<https://openai.com/api/pricing>).
    Tokens(f64, f64),
    /// For a million characters.
    Characters(f64),
    /// For a minute of sound.
    Minute(f64),
}

struct Scenario {
    name: &'static str,
    scenes: u16,
    /// Sections of about 480 characters in the document.
    sections: usize,
    writer: (&'static str, Tariff),
    voice: (&'static str, Option<&'static str>, Tariff),
}

const SCENARIOS: [Scenario; 3] = [
    Scenario {
        name: "notes",
        scenes: 5,
        sections: 7,
        writer: ("gpt-6-luna", Tariff::Tokens(0.10, 0.50)),
        voice: ("openai", Some("tts-1"), Tariff::Characters(15.0)),
    },
    Scenario {
        name: "article",
        scenes: 7,
        sections: 40,
        writer: ("gpt-5.4-mini", Tariff::Tokens(0.75, 4.50)),
        voice: ("openai", Some("tts-1-hd"), Tariff::Characters(30.0)),
    },
    Scenario {
        name: "chapter",
        scenes: 12,
        sections: 200,
        writer: ("gpt-6-luna", Tariff::Tokens(0.10, 0.50)),
        voice: ("zyphra", None, Tariff::Minute(0.02)),
    },
];

/// A document in Markdown.
fn document(sections: usize) -> String {
    (0..sections).fold("# Tides\n\n".to_owned(), |mut text, at| {
        let place = ["bay", "strait", "river", "harbour", "island"][at % 5];
        write!(
            text,
            "## Part {at}\n\nIn {place} number {at} the water of the ocean follows the Moon, which pulls at it from far away. The level there \
             rises and falls twice on every day of year {at}, as whoever lives beside the {place} has known for a long time. When \
             the Sun and the Moon stand in one line both pull together, and the tide of {place} {at} is higher than on any other \
             day. A gauge at its pier has measured that since the year {}, and nobody has found a day without it.\n\n",
            1800 + at
        )
        .expect("memory does not fail");
        text
    })
}

/// A script as a model writes it that keeps to what it is asked for: narrations of some 45 words.
fn script(scenes: usize) -> Value {
    let visual = |kind: &str| {
        json!({"kind": kind, "title": "The tides of many places", "subtitle": null, "bullets": ["The Moon pulls at the water", "The water follows twice a day",
            "The Sun helps now and then"], "figure": null, "code": null, "code_language": null, "latex": null, "table_header": [],
            "table_rows": []})
    };
    let kind = |at: usize| match at {
        0 => "title",
        at if at + 1 == scenes => "summary",
        _ => "slide",
    };
    let narration = |at: usize| {
        format!(
            "The water of place number {at} follows the Moon, which pulls at it from far away. Twice a day the level rises, and twice \
             it falls, as everybody knows who lives there. When the Sun stands in one line with the Moon, both of them pull together \
             on that day {at}, and the water rises higher."
        )
    };
    let scene = |at: usize| json!({"narration": narration(at), "sources": [0], "visual": visual(kind(at))});
    json!({"title": "Tides", "language": "en", "scenes": (0..scenes).map(scene).collect::<Vec<_>>()})
}

/// Answers, and enters into the bill what it costs.
fn answer(question: &Question, scenario: &Scenario, bill: &Mutex<f64>) -> Reply {
    let body: Value = serde_json::from_slice(&question.body).expect("questions are JSON");
    let (answer, cost) = if question.path.ends_with("/chat/completions") {
        let content = script(question_wants(&body)).to_string();
        // Four characters are a token of English, in the schema as well.
        let (asked, answered) = (question.body.len() / 4, content.len() / 4);
        let answer = json!({"id": "c", "choices": [{"message": {"content": content}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": asked, "completion_tokens": answered}});
        let Tariff::Tokens(of_question, of_answer) = scenario.writer.1 else { panic!("models count tokens") };
        let cost = (asked as f64 * of_question + answered as f64 * of_answer) / 1e6;
        (Answer::new(200, "application/json", answer.to_string()), cost)
    } else {
        let said = body["input"].as_str().or(body["text"].as_str()).expect("voices are given a text").chars().count();
        let sound = wav(said);
        let minutes = sound.len() as f64 / (2.0 * 24_000.0) / 60.0;
        let cost = match scenario.voice.2 {
            Tariff::Characters(price) => said as f64 * price / 1e6,
            Tariff::Minute(price) => minutes * price,
            Tariff::Tokens(..) => panic!("no voice here counts tokens"),
        };
        (Answer::new(200, "audio/wav", sound), cost)
    };
    *bill.lock().expect("nobody panicked") += cost;
    Reply::Answer(answer)
}

fn vendors(scenario: &Scenario, server: &Server) -> Vendors {
    let settings = |provider: &str, model: Option<&str>, voice: Option<&str>| {
        let mut settings = ProviderSettings::new(provider);
        settings.model = model.map(str::to_owned);
        settings.voice = voice.map(str::to_owned);
        settings.base_url = Some(format!("{}/v1", server.url()));
        settings
    };
    let (speaker, model, _) = scenario.voice;
    // Zyphra has a voice of its own.
    let speech = settings(speaker, model, model.map(|_| "nova"));
    Vendors { script: settings("openai", Some(scenario.writer.0), None), speech, key: "sk-test" }
}

/// What vendors ask, of all costs.
fn asked(costs: &Costs) -> f64 {
    costs.vendors.values().copied().sum::<Money>().as_usd()
}

#[tokio::test]
async fn costs_are_what_vendors_bill_and_what_was_expected() {
    for scenario in &SCENARIOS {
        let Scenario { name, scenes, .. } = *scenario;
        let text = document(scenario.sections);
        let options = JobOptions { scenes: Some(scenes), ..JobOptions::default() };
        let outline = Outline::new(DocumentKind::Markdown, Some(text.len() as u64), &options);
        let providers =
            [(Capability::Script, "openai", Some(scenario.writer.0)), (Capability::Speech, scenario.voice.0, scenario.voice.1)];
        let expected = asked(&estimate(&outline, providers));

        let bill = Arc::new(Mutex::new(0.0));
        let server = Server::start({
            let bill = bill.clone();
            move |question| answer(question, scenario, &bill)
        })
        .await;
        let budget = Budget { job: Money::usd(1.0), day: Money::usd(10.0) };
        let works = Works::with_document(name, "tides.md", text.as_bytes(), Some(scenes), budget).await;
        let (job, made) = works.produce(async || vendors(scenario, &server)).await;
        assert_eq!((job.status, made.len()), (Status::Completed, usize::from(scenes)), "{name}: {:?}", job.warnings);

        let bill = *bill.lock().expect("nobody panicked");
        let entered = asked(&Costs::of(&works.jobs.bills(&works.job).await.expect("memory does not fail")));
        fakes::trials::tell(&format!(
            "{name}: the vendors ask {bill:.6} dollars, the job says {entered:.6}, expected were {expected:.6}"
        ));
        for (what, amount) in [("the job says", entered), ("expected were", expected)] {
            let apart = (amount - bill).abs() / bill * 100.0;
            assert!(apart <= MOST_APART_PER_CENT, "{name}: the vendors ask {bill} dollars, {what} {amount}: {apart:.0} % apart");
        }
    }
}
