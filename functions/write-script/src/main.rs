//! Wires `write-script`.

use providers::Secret;
use providers::script::{OpenAiCompatible, Settings};
use stage::settings::{SettingError, optional, required};
use write_script::{PROMPTS, Writing, check};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), stage::Error> {
    stage::logging::start("write-script");
    let aws = aws::Config::load().await;
    let assets = aws.assets(required("LECTERN_MEDIA_BUCKET")?);
    let jobs = aws.jobs(required("LECTERN_TABLE")?);
    let writing = choose(&aws).await?;
    stage::run("write-script", &jobs, &assets, async |jobs, assets, input| {
        write_script::handle(&assets, &jobs, &writing, input).await
    })
    .await
}

/// Who writes, by the setting `LECTERN_SCRIPT_PROVIDER`: `embedded` or `openai`.
async fn choose(aws: &aws::Config) -> Result<Writing<OpenAiCompatible>, stage::Error> {
    match optional("LECTERN_SCRIPT_PROVIDER").as_deref() {
        None | Some("embedded") => Ok(Writing::Embedded),
        Some("openai") => {
            let key = match optional("LECTERN_SCRIPT_KEY") {
                Some(name) => Some(Secret::new(aws.secret(&name).await?)),
                None => None,
            };
            let settings = Settings::new(required("LECTERN_SCRIPT_BASE_URL")?, key, required("LECTERN_SCRIPT_MODEL")?);
            Ok(Writing::Model(OpenAiCompatible::new(settings, PROMPTS, check::faults)?))
        }
        Some(other) => Err(SettingError::Malformed {
            name: "LECTERN_SCRIPT_PROVIDER".to_owned(),
            value: other.to_owned(),
            expected: "`embedded` or `openai`",
        }
        .into()),
    }
}
