//! Times the drawing of every sample at 1080p, warm, for the benchmark: `timing REPEATS` prints JSON, by kind of visual and sample the
//! median milliseconds of one picture.

#![expect(clippy::print_stdout, reason = "this program reports to a person")]

#[path = "../tests/pictures/common.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod common;

use domain::{FrameSize, Shape, Theme};
use render::{Footer, Picture};
use std::collections::BTreeMap;
use std::error::Error;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let repeats: u32 = std::env::args().nth(1).ok_or("expected a number of repeats")?.parse()?;
    render::warm();
    let mut kinds: BTreeMap<&str, BTreeMap<&str, f64>> = BTreeMap::new();
    for (name, visual) in common::samples() {
        let picture = Picture { size: FrameSize::P1080, ..common::picture(&visual, Theme::Midnight, Shape::Wide) };
        let milliseconds = median(times(&picture, repeats)?);
        kinds.entry(visual.kind()).or_default().insert(name, milliseconds);
    }
    println!("{}", serde_json::to_string(&kinds)?);
    Ok(())
}

/// The milliseconds of each drawing but the first.
fn times(picture: &Picture<'_>, repeats: u32) -> Result<Vec<f64>, Box<dyn Error>> {
    render::draw(picture)?;
    let mut times = Vec::new();
    for at in 0..repeats {
        // Another footer makes it another picture, as in a real video.
        let footer = Footer { source: Some(format!("{at}")), ..picture.footer.clone() };
        let begun = Instant::now();
        render::draw(&Picture { footer, ..picture.clone() })?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    Ok(times)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    (values[values.len() / 2] * 100.0).round() / 100.0
}
