//! Files that others made and that we are to show: images and fonts.
//!
//! They are hostile until they are read. What they are is told by their first bytes, how large they say they are is held against
//! limits before anything is unpacked, and images leave in one form, PNG, the right way up. What a file is called or says it is does
//! not matter. Vector images are not taken: they are programs, and those that draw logos export pixels too.
//!
//! ```
//! assert!(foreign::prepare_image(b"<svg onload=alert(1)>", (3840, 2160)).is_err());
//! ```

mod font;
mod image;

pub use font::check_font;
pub use image::{Prepared, fill_frame, prepare_image};

/// Why a file cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum ForeignError {
    /// It is no image we read, damaged, or larger than any we show.
    #[error("it is not an image that can be shown: {0}")]
    Image(#[from] ::image::ImageError),
    /// It has next to no pixels.
    #[error("it is an image of {width} x {height} pixels, which is nothing to show")]
    TooSmall {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// It is no font, or damaged.
    #[error("it is not a TTF or OTF font: {0}")]
    Font(#[from] ttf_parser::FaceParsingError),
    /// It holds more than one font, or outlines for no letters.
    #[error("it is a font without {0}")]
    FontWithout(&'static str),
    /// Whoever made the font does not permit that it is embedded (`fsType` 2 in its OS/2 table).
    #[error("its maker does not permit that the font is embedded")]
    FontRestricted,
}
