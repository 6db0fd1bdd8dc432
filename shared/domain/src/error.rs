//! What can go wrong, in two closed lists: [`Code`] says to a person what happened, [`Kind`] says to the state machine what to do.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What the state machine does about a failure. Its word is the error name in the state machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// The user's input cannot be used: tell them, never try again.
    InvalidInput,
    /// Somebody asks us to slow down: try again slowly.
    Throttled,
    /// Something is away or broke in passing: try again.
    Unavailable,
    /// A vendor refuses this content: use the fallback.
    Rejected,
    /// The job was cancelled: stop.
    Cancelled,
    /// Our own mistake: never try again.
    Bug,
}

impl Kind {
    /// Every kind, for the checks that hold code and state machine together.
    pub const ALL: [Self; 6] =
        [Self::InvalidInput, Self::Throttled, Self::Unavailable, Self::Rejected, Self::Cancelled, Self::Bug];

    /// The word, as the state machine catches it.
    pub fn word(self) -> &'static str {
        match self {
            Self::InvalidInput => "InvalidInput",
            Self::Throttled => "Throttled",
            Self::Unavailable => "Unavailable",
            Self::Rejected => "Rejected",
            Self::Cancelled => "Cancelled",
            Self::Bug => "Bug",
        }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $kind:ident, $status:literal, $advice:literal;)*) => {
        /// What happened, for people and programs. The words are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Code { $($(#[$doc])* #[serde(rename = $word)] $name,)* }

        impl Code {
            /// Every code, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable word.
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// What the state machine does about it.
            pub fn kind(self) -> Kind {
                match self { $(Self::$name => Kind::$kind,)* }
            }

            /// The HTTP status with which the API reports it.
            pub fn http_status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// One sentence for the user: what to do now.
            pub fn advice(self) -> &'static str {
                match self { $(Self::$name => $advice,)* }
            }
        }
    };
}

codes! {
    /// The file is larger than 50 MB, or the text longer than we take.
    TooLarge = "TOO_LARGE", InvalidInput, 413, "Split the document or send a smaller file; the limit is 50 MB.";
    /// Not a TXT, Markdown or PDF file, whatever its name says.
    UnsupportedType = "UNSUPPORTED_TYPE", InvalidInput, 415, "Send a PDF, a Markdown or a plain text file.";
    /// The PDF needs a password.
    Encrypted = "ENCRYPTED", InvalidInput, 422, "Remove the password from the PDF and send it again.";
    /// There are pages but no text on them, as in a scan.
    NoText = "NO_TEXT", InvalidInput, 422, "The document holds no text, only pictures; run text recognition (OCR) on it first.";
    /// The file is damaged.
    Corrupt = "CORRUPT", InvalidInput, 422, "The file is damaged; export it again from the program that made it.";
    /// There is nothing in the file.
    Empty = "EMPTY", InvalidInput, 422, "The file is empty; check that the right file was sent.";
    /// There are too few words for a video.
    TooShort = "TOO_SHORT", InvalidInput, 422, "There are too few words to explain; send at least 30 words of text.";
    /// Reading took more time or memory than one document may take.
    TooComplex = "TOO_COMPLEX", InvalidInput, 422, "The document needs too much time or memory to read; send fewer pages or a simpler export.";
    /// A request that does not have the documented form.
    InvalidRequest = "INVALID_REQUEST", InvalidInput, 400, "Correct the request as the message says; GET /openapi.json has its form.";
    /// No valid token came with the request.
    Unauthorized = "UNAUTHORIZED", InvalidInput, 401, "Sign in and send the access token in the Authorization header.";
    /// There is no such thing, or it belongs to somebody else.
    NotFound = "NOT_FOUND", InvalidInput, 404, "Check the address; what belongs to another user is not shown.";
    /// The thing exists but is not in the state the request needs.
    Conflict = "CONFLICT", InvalidInput, 409, "Look at the state of the job first; the request does not fit it.";
    /// What the request builds on has changed since it was read.
    Stale = "STALE", InvalidInput, 412, "Somebody changed it since you read it; read it again and repeat the change.";
    /// What a scene shows has no room in its picture.
    DoesNotFit = "DOES_NOT_FIT", InvalidInput, 422, "Shorten the texts of the scene, or make two scenes of it.";
    /// The video is not made yet.
    NotReady = "NOT_READY", InvalidInput, 409, "Wait until the job is completed; the Retry-After header says when to ask again.";
    /// The same idempotency key came with another request.
    IdempotencyMismatch = "IDEMPOTENCY_MISMATCH", InvalidInput, 422, "Use a new Idempotency-Key for a new request.";
    /// What was uploaded was removed or replaced before it was read.
    SourceGone = "SOURCE_GONE", InvalidInput, 410, "The uploaded file was deleted before it was read; upload it again.";
    /// Not one scene could be made.
    NoScenes = "NO_SCENES", Bug, 500, "None of the scenes could be made; try again, and tell the operator if it stays so.";
    /// The finished video did not pass its own checks.
    OutputRejected = "OUTPUT_REJECTED", Bug, 500, "The video did not pass its checks and is not shown; try again, and tell the operator if it stays so.";
    /// The job was cancelled.
    CancelledByUser = "CANCELLED", Cancelled, 409, "The job was cancelled; start a new one if you still need the video.";
    /// The execution was stopped from outside.
    Stopped = "STOPPED", Bug, 500, "The work was stopped by an operator; start the job again.";
    /// The work took longer than it may.
    TimedOut = "TIMED_OUT", Unavailable, 504, "The work took too long; try again with fewer scenes or a shorter document.";
    /// Nothing arrived within the time for the upload.
    UploadExpired = "UPLOAD_EXPIRED", InvalidInput, 410, "No file arrived in time; ask for a new upload address.";
    /// Too many requests.
    RateLimited = "RATE_LIMITED", Throttled, 429, "Wait as long as the Retry-After header says.";
    /// A service we depend on is away.
    DependencyUnavailable = "DEPENDENCY_UNAVAILABLE", Unavailable, 503, "A service we depend on does not answer; it is tried again by itself.";
    /// A vendor refuses this content.
    ContentRejected = "CONTENT_REJECTED", Rejected, 422, "The provider refuses this content; the embedded fallback is used.";
    /// A paid call would have cost more than may be spent on the job, or by its owner today.
    OverBudget = "OVER_BUDGET", Rejected, 402, "The budget for paid calls is used up; the embedded fallback is used. Ask the operator for more, or wait until tomorrow.";
    /// No font has some signs of a scene.
    NoFont = "NO_FONT", InvalidInput, 422, "Some signs could not be shown because no font has them; ask the operator for the fonts layer, or write them another way.";
    /// No voice speaks the language of the document.
    NoVoice = "NO_VOICE", InvalidInput, 422, "No voice speaks this language, so what is heard may be wrong; choose a provider of speech that does.";
    /// Our own mistake.
    Internal = "INTERNAL", Bug, 500, "Something went wrong on our side; tell the operator the correlation id.";
}

impl Code {
    /// Reads a stable word back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.word() == word)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A failure as it is stored, shown and carried through the state machine: `CODE: message`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Failure {
    /// What happened.
    pub code: Code,
    /// One lower-case phrase: what failed, on what. Never content of the document.
    pub message: String,
}

impl Failure {
    /// A failure with its code and message.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// Reads the form `CODE: message` back; anything else is an internal failure with that text.
    pub fn from_text(text: &str) -> Self {
        match text.split_once(": ").and_then(|(word, message)| Some((Code::from_word(word)?, message))) {
            Some((code, message)) => Self::new(code, message),
            None => Self::new(Code::Internal, text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_survives_its_way_through_the_state_machine() {
        let failure = Failure::new(Code::Encrypted, "the PDF asks for a password: none was given");
        assert_eq!(Failure::from_text(&failure.to_string()), failure);
    }

    #[test]
    fn foreign_text_is_an_internal_failure() {
        assert_eq!(Failure::from_text("RequestId: x Error: exit").code, Code::Internal);
    }

    #[test]
    fn codes_are_unique_and_advice_is_a_sentence() {
        for code in Code::ALL {
            assert_eq!(Code::from_word(code.word()), Some(*code));
            assert!(code.advice().ends_with('.'), "{code}");
        }
    }
}
