//! What the tests of this crate share: the programs, found by the two variables that name them, and a decoder.

use crate::Ffmpeg;
use crate::ffmpeg::limits;
use crate::voice::EspeakVoice;
use std::path::PathBuf;
use std::time::Duration;

#[expect(clippy::disallowed_methods, reason = "tests have no other settings")]
fn setting(name: &str) -> PathBuf {
    std::env::var_os(name).unwrap_or_else(|| panic!("the tests need `{name}`, see README")).into()
}

pub(crate) fn ffmpeg() -> Ffmpeg {
    Ffmpeg::locate(Some(&setting("LECTERN_FFMPEG"))).expect("a path is taken as it is")
}

pub(crate) fn voice() -> EspeakVoice {
    EspeakVoice::locate(Some(&setting("LECTERN_VOICE"))).expect("LECTERN_VOICE names the folder of the voice")
}

/// Every frame of a stream as planar Y, U, V, and what the decoder complained about.
pub(crate) async fn decode_frames(ffmpeg: &Ffmpeg, stream: &[u8], width: u32, height: u32) -> (Vec<Vec<u8>>, Vec<String>) {
    let mut command = ffmpeg.command();
    command.args(["-err_detect", "+explode"]).format("h264").input("pipe:0");
    command.args(["-fps_mode", "passthrough"]).format("rawvideo").pix_fmt("yuv420p").output("pipe:1");
    let report = ffmpeg.run(&command, stream.to_vec(), &limits(Duration::from_secs(60), 1 << 30)).await.expect("decodes");
    let frames = report.output.chunks((width * height * 3 / 2) as usize).map(<[u8]>::to_vec).collect();
    (frames, report.complaints)
}

/// A frame that is no multiple of anything.
pub(crate) const WIDTH: u32 = 322;
pub(crate) const HEIGHT: u32 = 182;

/// A flat ground with a textured bar for each step, in RGBA.
pub(crate) fn state(steps: u32) -> Vec<u8> {
    let pixel = |x: u32, y: u32| {
        let is_shown = y % 40 > 14 && y / 40 < steps && (20..300).contains(&x);
        if is_shown { [220, (x * 7 % 256) as u8, (y * 13 % 256) as u8, 255] } else { [20, 30, 60, 255] }
    };
    (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x, y))).flat_map(|(x, y)| pixel(x, y)).collect()
}

/// How alike two frames are, in dB.
pub(crate) fn psnr(one: &[u8], other: &[u8]) -> f64 {
    let squares: f64 = one.iter().zip(other).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum();
    10.0 * (255.0 * 255.0 * one.len() as f64 / squares.max(1e-9)).log10()
}

/// Something like speech: syllables of a rich tone, its pitch by the seed.
pub(crate) fn spoken(seed: u32, seconds: f64, rate_hz: u32) -> Vec<f32> {
    let pitch = 90.0 + 17.0 * f64::from(seed);
    let length = (seconds * f64::from(rate_hz)) as usize;
    (0..length)
        .map(|n| {
            let t = n as f64 / f64::from(rate_hz);
            let swell = (std::f64::consts::PI * t / 0.22).sin().powi(2);
            let tone: f64 = (1..16).map(|h| (t * pitch * f64::from(h) * std::f64::consts::TAU).sin() / f64::from(h)).sum();
            (tone * swell * 0.1) as f32
        })
        .collect()
}
