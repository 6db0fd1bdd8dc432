//! The stages of a job, one after the other, each tried again as the state machine does it.

use crate::cloud::Cloud;
use crate::function::{Function, Outcome};
use crate::wire::Point;
use domain::JobId;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// The stages in the order in which the first scene passes them.
pub(crate) const STAGES: [&str; 6] =
    ["read-document", "write-script", "narrate-scene", "illustrate-scene", "render-scene", "assemble-video"];

/// How often a stage whose process died is tried again (`Runtime.ExitError` in the state machine).
const RETRIES: u32 = 2;

/// How one attempt of a stage is to end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fate {
    /// It works undisturbed.
    Peace,
    /// It is killed at one of its effects.
    KilledAt(Point),
    /// It is killed after so long, if it still works.
    KilledAfter(Duration),
}

/// All stages, each a process on a wire of its own.
pub(crate) struct Production {
    functions: BTreeMap<&'static str, Function>,
    /// How often a process was killed while it worked.
    pub(crate) kills: u32,
    /// The effects of each stage that was not disturbed, as they came.
    pub(crate) effects: BTreeMap<&'static str, Vec<String>>,
}

impl Production {
    /// The stages on a cloud, whose speech comes from a provider that is paid for each call.
    pub(crate) async fn new(cloud: &Cloud) -> Self {
        let list = r#"[{"provider": "openai-compatible", "base_url": "{wire}/provider/v1", "model": "tone", "voice": "hum"}]"#;
        let paid = [("LECTERN_SPEECH_PROVIDERS", list)];
        let mut functions = BTreeMap::new();
        for name in STAGES {
            let more: &[(&str, &str)] = if name == "narrate-scene" { &paid } else { &[] };
            functions.insert(name, Function::new(cloud, name, more).await);
        }
        Self { functions, kills: 0, effects: BTreeMap::new() }
    }

    /// How many paid calls were made.
    pub(crate) fn paid(&self) -> u32 {
        self.functions.values().map(|function| function.wire.paid()).sum()
    }

    /// Makes the video of a job. `fate` says how each attempt of each stage ends, from attempt 0. Gives the last outcome of the
    /// stage that ended it all, where one did.
    pub(crate) async fn produce(&mut self, job: &JobId, mut fate: impl FnMut(&'static str, u32) -> Fate) -> Result<(), Outcome> {
        let of_job = || json!({ "job": job, "version": 1 });
        let with = |more: Value| {
            let mut payload = of_job();
            payload.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            payload
        };
        self.stage("read-document", &of_job(), &mut fate).await?;
        let script = self.stage("write-script", &of_job(), &mut fate).await?;
        let mut scenes = Vec::new();
        for scene in script["scenes"].as_array().expect("a script has scenes") {
            let take = self.stage("narrate-scene", &with(json!({ "scene": scene })), &mut fate).await?["take"].clone();
            let picture = self.stage("illustrate-scene", &with(json!({ "scene": scene })), &mut fate).await?["picture"].clone();
            let payload = with(json!({ "scene": scene, "take": take, "picture": picture }));
            let segment = self.stage("render-scene", &payload, &mut fate).await?["segment"].clone();
            scenes.push(json!({ "scene": scene, "take": take, "segment": segment }));
        }
        self.stage("assemble-video", &with(json!({ "scenes": scenes })), &mut fate).await.map(|_| ())
    }

    async fn stage(
        &mut self,
        name: &'static str,
        payload: &Value,
        fate: &mut impl FnMut(&'static str, u32) -> Fate,
    ) -> Result<Value, Outcome> {
        let function = self.functions.get_mut(name).expect("every stage is here");
        let mut attempt = 0;
        loop {
            let fate = fate(name, attempt);
            function.wire.begin(if let Fate::KilledAt(point) = fate { Some(point) } else { None });
            let outcome = match fate {
                Fate::KilledAfter(time) => function.call_killed_after(payload, time).await,
                Fate::Peace | Fate::KilledAt(_) => function.call(payload).await,
            };
            self.kills += u32::from(outcome == Outcome::Died);
            match outcome {
                Outcome::Answered(answer) => {
                    if fate == Fate::Peace && attempt == 0 {
                        self.effects.entry(name).or_insert_with(|| function.wire.effects());
                    }
                    return Ok(answer);
                }
                Outcome::Died if attempt < RETRIES => attempt += 1,
                outcome => return Err(outcome),
            }
        }
    }
}
