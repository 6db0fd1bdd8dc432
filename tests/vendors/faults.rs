//! A third of all calls to vendors fails, in every way there is. Each job is made by its real stages and follows from its seed.

use crate::works::{MadeScene, Vendors, Works};
use domain::{Budget, Job, Money, Status};
use fakes::trials::{seeds, tell, times};
use fastrand::Rng;
use futures_util::{StreamExt, stream};
use providers::settings::ProviderSettings;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use vendors::{Answer, Question, Reply, Server, nobody};

/// So many calls of a hundred fail.
const FAULTS_PER_CENT: u8 = 30;

/// How often the vendors may be asked, of a hundred times that they must be.
const MOST_CALLS_PER_CENT: usize = 160;

/// In so many scenes of a hundred the vendor's own voice speaks.
const LEAST_OWN_PER_CENT: usize = 96;

/// So many jobs are made side by side; most of their time they wait.
const AT_ONCE: usize = 6;

/// A job that takes longer hangs.
const AT_MOST: Duration = Duration::from_secs(180);

const NOTES: &str = "# Tides\n\nThe water of the oceans follows the Moon, which pulls at it from far away. So the level of the sea rises and \
                     falls twice on every day of the year at nearly every coast of the whole wide world.\n\n## Springs\n\nWhen the Sun \
                     and the Moon stand in one line, both pull together, and the tides are higher than on other days.\n";

/// A way in which a vendor fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    /// 429.
    Throttles,
    /// 429, and it says when to ask again.
    ThrottlesUntil,
    /// 500.
    Breaks,
    /// 503, and mostly it says when to ask again.
    IsBusy,
    /// Nobody listens at the address.
    Refuses,
    /// The question is taken and the connection closed.
    HangsUp,
    /// The question is taken, and nothing follows.
    Stalls,
    /// One byte after the other, a second apart.
    Drips,
    /// The connection ends in the middle of the answer.
    BreaksOff,
    /// The answer is whole by its length, and what it holds is not.
    IsCutShort,
    /// JSON of another form; sound at another rate than it says.
    IsOfAnotherForm,
    /// An answer without content.
    IsEmpty,
    /// A page for people, with 200.
    IsHtml,
    /// More than anybody reads.
    IsTooMuch,
    /// Bytes that were changed on the way, or sound that is none.
    IsGarbled,
}

impl Fault {
    const ALL: [Self; 15] = [
        Self::Throttles,
        Self::ThrottlesUntil,
        Self::Breaks,
        Self::IsBusy,
        Self::Refuses,
        Self::HangsUp,
        Self::Stalls,
        Self::Drips,
        Self::BreaksOff,
        Self::IsCutShort,
        Self::IsOfAnotherForm,
        Self::IsEmpty,
        Self::IsHtml,
        Self::IsTooMuch,
        Self::IsGarbled,
    ];

    /// What becomes of a good answer.
    fn spoil(self, good: Answer, is_sound: bool, rng: &mut Rng) -> Reply {
        let refusal = |status| Answer::new(status, "application/json", r#"{"error": {"message": "later", "type": "busy"}}"#);
        let cut = |rng: &mut Rng, bytes: usize| rng.usize(1..bytes);
        let media_type = if is_sound { "audio/wav" } else { "application/json" };
        Reply::Answer(match self {
            Self::Throttles => refusal(429),
            Self::ThrottlesUntil => match rng.u8(0..4) {
                0 => refusal(429).with("retry-after", 3600),
                1 => refusal(429).with("retry-after", 0),
                _ => refusal(429).with("retry-after-ms", 30),
            },
            Self::Breaks => refusal(500),
            Self::IsBusy if rng.u8(0..3) == 0 => refusal(503),
            Self::IsBusy => refusal(503).with("retry-after-ms", 30),
            // The address is another one, see `Story::vendors`.
            Self::Refuses | Self::HangsUp => return Reply::HangsUp,
            Self::Stalls => return Reply::Silence,
            Self::Drips => return Reply::Drips(good),
            Self::BreaksOff => {
                let bytes = cut(rng, good.body.len());
                return Reply::BreaksOff(good, bytes);
            }
            Self::IsCutShort => {
                let bytes = cut(rng, good.body.len());
                Answer::new(200, media_type, &good.body[..bytes])
            }
            Self::IsOfAnotherForm if is_sound => {
                let mut body = good.body;
                let rate_hz: u32 = if rng.bool() { 96_000 } else { 4_000 };
                body[24..28].copy_from_slice(&rate_hz.to_le_bytes());
                Answer::new(200, media_type, body)
            }
            Self::IsOfAnotherForm => match rng.u8(0..3) {
                0 => Answer::new(200, media_type, r#"{"answer": 42}"#),
                1 => completion(r#"{"title": 42, "scenes": "three"}"#),
                _ => completion(&script(1, "Too few.").to_string()),
            },
            Self::IsEmpty if is_sound && rng.bool() => Answer::new(200, media_type, wav(0)),
            Self::IsEmpty if !is_sound && rng.bool() => completion(""),
            Self::IsEmpty => Answer::new(200, media_type, ""),
            Self::IsHtml => {
                Answer::new(200, "text/html", "<!doctype html><title>Bad gateway</title><p>Please come back later.</p>")
            }
            Self::IsTooMuch => {
                let mut body = good.body;
                body.resize(if is_sound { 70 << 20 } else { 20 << 20 }, b' ');
                Answer::new(200, media_type, body)
            }
            Self::IsGarbled if is_sound => Answer::new(200, media_type, (0..5_000).map(|_| rng.u8(..)).collect::<Vec<u8>>()),
            Self::IsGarbled => {
                let mut body = good.body;
                for _ in 0..1 + body.len() / 200 {
                    let at = rng.usize(..body.len());
                    body[at] = rng.u8(..);
                }
                Answer::new(200, media_type, body)
            }
        })
    }
}

/// What happens to the calls of one job, one after the other.
struct Fate {
    seed: u64,
    rng: Rng,
    calls: usize,
    faults: BTreeMap<Fault, usize>,
}

impl Fate {
    fn fault(&mut self, among: &[Fault]) -> Option<Fault> {
        let share = usize::from(FAULTS_PER_CENT) * among.len();
        // The first of a job follows from its number, so that each happens among a few jobs.
        let first = usize::try_from(self.seed).unwrap_or(0) % among.len();
        let next = |rng: &mut Rng| if self.faults.is_empty() { first } else { rng.usize(..among.len()) };
        let fault = (self.rng.usize(0..100 * Fault::ALL.len()) < share).then(|| among[next(&mut self.rng)])?;
        *self.faults.entry(fault).or_default() += 1;
        Some(fault)
    }
}

/// The vendors, which know each job by the path of its questions.
struct Story {
    server: Server,
    nobody: String,
    fates: Arc<Mutex<BTreeMap<u64, Fate>>>,
}

impl Story {
    async fn new() -> Self {
        let fates: Arc<Mutex<BTreeMap<u64, Fate>>> = Arc::default();
        let server = Server::start({
            let fates = fates.clone();
            move |question| {
                let seed = question.path.split('/').nth(1).and_then(|seed| seed.parse().ok()).expect("paths begin with the job");
                let mut fates = fates.lock().expect("nobody panicked");
                answer(question, fates.get_mut(&seed).expect("the job is known"))
            }
        })
        .await;
        Self { server, nobody: nobody().await, fates }
    }

    /// Who is asked in the next call of a stage. Whether anybody listens at all is settled here.
    fn vendors(&self, seed: u64) -> Vendors {
        let is_refused = {
            let mut fates = self.fates.lock().expect("nobody panicked");
            let fate = fates.get_mut(&seed).expect("the job is known");
            let is_refused = fate.fault(&[Fault::Refuses]).is_some();
            fate.calls += usize::from(is_refused);
            is_refused
        };
        let base = if is_refused { &self.nobody } else { self.server.url() };
        let settings = |model: &str| {
            let mut settings = ProviderSettings::new("openai-compatible");
            settings.model = Some(model.to_owned());
            settings.base_url = Some(format!("{base}/{seed}/v1"));
            settings.timeout_s = Some(1);
            settings
        };
        let mut speech = settings("tone");
        speech.voice = Some("hum".to_owned());
        Vendors { script: settings("writer"), speech, key: "sk-test" }
    }

    /// Makes the video of the job of a seed, and checks it.
    async fn tell(&self, seed: u64, scenes: u16) -> Made {
        let fate = Fate { seed, rng: Rng::with_seed(seed), calls: 0, faults: BTreeMap::new() };
        self.fates.lock().expect("nobody panicked").insert(seed, fate);
        let budget = Budget { job: Money::usd(10.0), day: Money::usd(10.0) };
        let works = Works::with_document(&format!("job-{seed}"), "tides.md", NOTES.as_bytes(), Some(scenes), budget).await;
        let begun = Instant::now();
        let produced = tokio::time::timeout(AT_MOST, works.produce(async || self.vendors(seed))).await;
        let (job, parts) = produced.unwrap_or_else(|_| panic!("seed {seed}: the job hangs"));
        let fate = self.fates.lock().expect("nobody panicked").remove(&seed).expect("the job is known");
        let own = check(seed, &works, &job, &parts).await;
        let by_model = works.script().await.writer.provider != "embedded";
        Made {
            status: job.status,
            scenes: parts.len(),
            calls: fate.calls,
            faults: fate.faults,
            own,
            by_model,
            took: begun.elapsed(),
        }
    }
}

fn answer(question: &Question, fate: &mut Fate) -> Reply {
    fate.calls += 1;
    let body: Value = serde_json::from_slice(&question.body).expect("questions are JSON");
    let is_sound = question.path.ends_with("/audio/speech");
    let good = if is_sound {
        Answer::new(200, "audio/wav", wav(body["input"].as_str().map_or(0, |text| text.chars().count())))
    } else {
        let wanted = question_wants(&body);
        completion(
            &script(wanted, "The water of the oceans follows the Moon, as everybody can see who waits at the coast").to_string(),
        )
    };
    let among: Vec<Fault> = Fault::ALL.into_iter().filter(|fault| *fault != Fault::Refuses).collect();
    match fate.fault(&among) {
        None => Reply::Answer(good),
        Some(fault) => fault.spoil(good, is_sound, &mut fate.rng),
    }
}

/// How many scenes a question asks for.
pub(crate) fn question_wants(body: &Value) -> usize {
    let said = body["messages"][1]["content"].as_str().unwrap_or_default();
    let wanted = said.split_once("\"scenes_wanted\":").map_or("", |(_, rest)| rest);
    wanted.split(|c: char| !c.is_ascii_digit()).next().and_then(|number| number.parse().ok()).expect("a number is asked for")
}

/// A script of so many scenes, as a model writes it.
pub(crate) fn script(scenes: usize, sentence: &str) -> Value {
    let visual = |kind: &str| {
        json!({"kind": kind, "title": "Tides", "subtitle": null, "bullets": ["The Moon pulls", "The water follows"], "figure": null,
            "code": null, "code_language": null, "latex": null, "table_header": [], "table_rows": []})
    };
    let kind = |at: usize| match at {
        0 => "title",
        at if at + 1 == scenes => "summary",
        _ => "slide",
    };
    let scene = |at: usize| json!({"narration": format!("{sentence} number {at}."), "sources": [0], "visual": visual(kind(at))});
    json!({"title": "Tides", "language": "en", "scenes": (0..scenes).map(scene).collect::<Vec<_>>()})
}

fn completion(content: &str) -> Answer {
    let body = json!({"id": "c", "choices": [{"message": {"content": content}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 900, "completion_tokens": 400}});
    Answer::new(200, "application/json", body.to_string())
}

/// Samples for each character: 16 characters a second.
const SAMPLES_PER_CHARACTER: usize = 1_500;

/// The tone of so many characters at 24 kHz, mono in 16 bits.
pub(crate) fn wav(characters: usize) -> Vec<u8> {
    const RATE_HZ: u32 = 24_000;
    let samples = characters * SAMPLES_PER_CHARACTER;
    let bytes = u32::try_from(samples * 2).expect("narrations are short");
    let mut file = b"RIFF".to_vec();
    file.extend((36 + bytes).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(RATE_HZ.to_le_bytes());
    file.extend((RATE_HZ * 2).to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend(bytes.to_le_bytes());
    let tone = |at: usize| (9000.0 * (at as f32 * 220.0 * std::f32::consts::TAU / RATE_HZ as f32).sin()) as i16;
    file.extend((0..samples).flat_map(|at| tone(at).to_le_bytes()));
    file
}

/// What came of a job.
struct Made {
    status: Status,
    scenes: usize,
    calls: usize,
    faults: BTreeMap<Fault, usize>,
    /// How many scenes the vendor's voice speaks.
    own: usize,
    by_model: bool,
    took: Duration,
}

/// A job has ended, what went wrong stands in it, and its sound is whole. Gives how many scenes the vendor's voice speaks.
async fn check(seed: u64, works: &Works, job: &Job, parts: &[MadeScene]) -> usize {
    let ended = [Status::Completed, Status::CompletedWithErrors];
    assert!(ended.contains(&job.status), "seed {seed}: {:?} {:?}", job.status, job.failure);
    assert_eq!(job.status == Status::CompletedWithErrors, !job.warnings.is_empty(), "seed {seed}");
    let script = works.script().await;
    assert!(job.video.is_some() && parts.len() == script.scenes.len() && parts.len() > 2, "seed {seed}: {} scenes", parts.len());
    let mut own = 0;
    for (part, scene) in parts.iter().zip(&script.scenes) {
        let take = works.take(part.take.as_ref().unwrap_or_else(|| panic!("seed {seed}: a scene has no voice"))).await;
        if take.provider != "openai-compatible" {
            assert!(take.fallback.is_some(), "seed {seed}: nobody says why `{}` speaks", take.provider);
            continue;
        }
        own += 1;
        // The silence at both edges is 0.7 s, and then up to one cell of 8/15 s.
        let spoken_ms = (scene.narration.chars().count() * SAMPLES_PER_CHARACTER / 24) as u64;
        let around_ms = take.duration.milliseconds().saturating_sub(spoken_ms);
        assert!(
            (680..=1260).contains(&around_ms),
            "seed {seed}: {} ms for {spoken_ms} ms of speech",
            take.duration.milliseconds()
        );
    }
    own
}

#[tokio::test]
async fn every_job_ends_well_although_a_third_of_all_calls_fails() {
    let (seeds, scenes) = (seeds(40, 300), times(4, 6));
    let story = Story::new().await;
    let begun = Instant::now();
    let made: Vec<Made> = stream::iter(&seeds).map(|seed| story.tell(*seed, scenes)).buffer_unordered(AT_ONCE).collect().await;

    let mut faults: BTreeMap<Fault, usize> = BTreeMap::new();
    for (fault, count) in made.iter().flat_map(|made| &made.faults) {
        *faults.entry(*fault).or_default() += count;
    }
    let calls: usize = made.iter().map(|made| made.calls).sum();
    let spoken: usize = made.iter().map(|made| made.scenes).sum();
    let least = made.len() + spoken;
    let own: usize = made.iter().map(|made| made.own).sum();
    let completed = made.iter().filter(|made| made.status == Status::Completed).count();
    tell(&format!(
        "seeds {} to {}: {} jobs of {spoken} scenes, all ended, {completed} without any error; {calls} calls for {least} that were \
         needed, {} of them failed: {faults:?}; the vendor speaks in {} of {spoken} scenes and writes {} scripts; the slowest job took \
         {:?}, all {:?}",
        seeds[0],
        seeds[seeds.len() - 1],
        made.len(),
        faults.values().sum::<usize>(),
        own,
        made.iter().filter(|made| made.by_model).count(),
        made.iter().map(|made| made.took).max().unwrap_or_default(),
        begun.elapsed(),
    ));
    assert!(calls * 100 <= least * MOST_CALLS_PER_CENT);
    if made.len() > 1 {
        assert!(own * 100 >= spoken * LEAST_OWN_PER_CENT);
        assert_eq!(faults.len(), Fault::ALL.len(), "some fault never happened");
    }
}
