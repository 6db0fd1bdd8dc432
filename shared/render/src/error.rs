//! Why a picture could not be drawn.

/// Why a picture could not be drawn. No message holds content of the document.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A figure came without the bytes it is drawn from, or with bytes of the wrong kind.
    #[error("a figure came without the bytes of its source")]
    SourceMissing,
    /// The PDF behind a figure cannot be opened, or lacks the page.
    #[error("the PDF behind a figure cannot be drawn: {reason}")]
    Pdf {
        /// What was seen.
        reason: &'static str,
    },
    /// The image behind a figure is damaged, of an unknown format or larger than we decode.
    #[error("the image behind a figure cannot be decoded")]
    Image(#[source] image::ImageError),
    /// A template did not compile: our own mistake.
    #[error("the template `{template}` does not compile: {message}")]
    Template {
        /// The word of the visual's kind.
        template: &'static str,
        /// The first message of the compiler.
        message: String,
    },
    /// A template made another number of pages than one: our own mistake.
    #[error("the template `{template}` made {pages} pages, expected 1")]
    Pages {
        /// The word of the visual's kind.
        template: &'static str,
        /// How many pages it made.
        pages: usize,
    },
    /// A library gave up on this input.
    #[error("drawing a `{template}` broke off inside a library")]
    Panicked {
        /// The word of the visual's kind.
        template: &'static str,
    },
    /// A frame could not be written as PNG.
    #[error("a frame cannot be written as PNG")]
    Png(#[source] image::ImageError),
    /// A frame could not be written as JPEG.
    #[error("a frame cannot be written as JPEG")]
    Jpeg(#[source] image::ImageError),
}
