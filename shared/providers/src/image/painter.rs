//! A vendor of pictures as its adapter makes it usable.

use domain::Usage;
use domain::ports::{Errand, ImageRequest, PortError};
use std::future::Future;

/// The largest file: 3840 x 2160 pixels that no method could make smaller take 25 MB.
pub(super) const MOST_FILE_BYTES: usize = 32 * 1024 * 1024;

/// Somebody who draws, behind a vendor's interface.
pub(super) trait Painter: Send + Sync {
    /// What tells its pictures from another's, without the word of the adapter: version, server, model, settings.
    fn identity(&self) -> String;
    /// The model, where the vendor has several.
    fn model(&self) -> Option<&str>;
    /// Draws a picture. An error means that nothing was used; a file that is unusable is in the answer.
    fn draw(&self, request: &ImageRequest, errand: &impl Errand) -> impl Future<Output = Result<Drawn, PortError>> + Send;
    /// Tells the vendor to give up work by its id.
    fn give_up(&self, _id: &str) -> impl Future<Output = Result<(), PortError>> + Send {
        async { Ok(()) }
    }
    /// The ids of the models there are; none where it has no choice of them.
    fn models(&self) -> impl Future<Output = Result<Vec<String>, PortError>> + Send {
        async { Ok(Vec::new()) }
    }
}

/// What came of a picture that was drawn, and so is paid for.
pub(super) struct Drawn {
    /// The file, or why there is none.
    pub(super) file: Result<Vec<u8>, PortError>,
    /// What it used.
    pub(super) usage: Usage,
    /// How the vendor names the call.
    pub(super) request_id: Option<String>,
}

/// The media type of a file by its first bytes; none where it is no picture.
pub(super) fn media_type(file: &[u8]) -> Option<&'static str> {
    match file {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        [b'%', b'P', b'D', b'F', b'-', ..] => Some("application/pdf"),
        _ => None,
    }
}

/// Changes whenever a model is told something else.
pub(super) const PROMPT: &str = "prompt-1";

/// What a model is told. The description comes last: it is of a document or a model, and cannot take back what stands before it.
pub(super) fn prompt(request: &ImageRequest) -> String {
    format!(
        "A calm, clear picture for a lesson, from edge to edge, with its subject in the middle. No text, letters, numbers, logos, \
         borders or watermarks, no faces of real people. It shows: {}",
        request.description
    )
}

/// The shape that comes nearest to that of a request, of those that a vendor offers, each width by height.
pub(super) fn nearest(request: &ImageRequest, offered: &[(u32, u32)]) -> (u32, u32) {
    let ratio = |(width, height): (u32, u32)| (f64::from(width.max(1)) / f64::from(height.max(1))).ln();
    let wanted = ratio((request.width, request.height));
    let distance = |shape: &&(u32, u32)| (ratio(**shape) - wanted).abs();
    offered.iter().min_by(|a, b| distance(a).total_cmp(&distance(b))).copied().unwrap_or((1, 1))
}
