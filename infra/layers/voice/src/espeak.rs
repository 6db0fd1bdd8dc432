//! espeak-ng, loaded when the program runs. The one place of this project with unsafe code: a C library has no other door.
//!
//! Functions and structures as in `speak_lib.h` of espeak-ng 1.52, <https://github.com/espeak-ng/espeak-ng>.
#![allow(unsafe_code, reason = "a C library can only be called by unsafe code")]

use libloading::Library;
use std::ffi::{CStr, CString, c_char, c_int, c_short, c_uint, c_void};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

const OUTPUT_SYNCHRONOUS: c_int = 2;
const DO_NOT_EXIT: c_int = 0x8000;
const OK: c_int = 0;
const POSITION_CHARACTER: c_int = 1;
const UTF8: c_uint = 1;
const END_PAUSE: c_uint = 0x1000;
const PARAMETER_RATE: c_int = 1;
const EVENT_LIST_TERMINATED: c_int = 0;
const EVENT_WORD: c_int = 1;

/// Why espeak-ng cannot speak.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EspeakError {
    #[error("espeak-ng cannot be loaded: {0}")]
    Library(#[from] libloading::Error),
    #[error("the data of espeak-ng cannot be used in `{}`", folder.display())]
    Data { folder: PathBuf },
    #[error("espeak-ng cannot {task}: status {status}")]
    Refused { task: &'static str, status: c_int },
    #[error("a text with a NUL character cannot be spoken")]
    Nul(#[from] std::ffi::NulError),
}

/// `espeak_EVENT`.
#[repr(C)]
struct Event {
    kind: c_int,
    message: c_uint,
    /// In characters, from 1.
    text_position: c_int,
    length: c_int,
    milliseconds: c_int,
    /// Samples since the start of the message.
    sample: c_int,
    user_data: *mut c_void,
    id: [c_char; 8],
}

/// `espeak_VOICE`.
#[repr(C)]
struct Voice {
    name: *const c_char,
    /// For each language a byte of priority and a string that ends with NUL; the list ends with a priority of 0.
    languages: *const c_char,
    identifier: *const c_char,
    gender: u8,
    age: u8,
    variant: u8,
    unused: u8,
    score: c_int,
    spare: *mut c_void,
}

type SynthCallback = extern "C" fn(*mut c_short, c_int, *mut Event) -> c_int;

/// A word and where it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WordEvent {
    /// Its first character in the text, counted in characters from 0.
    pub(crate) character: usize,
    /// Its first sample.
    pub(crate) sample: u64,
}

/// A spoken text.
#[derive(Debug, Default)]
pub(crate) struct Spoken {
    pub(crate) samples: Vec<i16>,
    pub(crate) words: Vec<WordEvent>,
}

/// What the callback has received. espeak-ng keeps its own state in globals, so there is one recording as well.
static RECORDING: Mutex<Spoken> = Mutex::new(Spoken { samples: Vec::new(), words: Vec::new() });

extern "C" fn record(samples: *mut c_short, count: c_int, events: *mut Event) -> c_int {
    const GO_ON: c_int = 0;
    let mut recording = RECORDING.lock().unwrap_or_else(PoisonError::into_inner);
    if let (false, Ok(count)) = (samples.is_null(), usize::try_from(count)) {
        // SAFETY: espeak-ng hands over `count` samples that live until the callback returns.
        recording.samples.extend_from_slice(unsafe { std::slice::from_raw_parts(samples, count) });
    }
    let mut event = events;
    // SAFETY: the events are an array in memory of espeak-ng that ends with one of kind `EVENT_LIST_TERMINATED`; none is read
    // behind it.
    while let Some(Event { kind, text_position, sample, .. }) = unsafe { event.as_ref() } {
        match *kind {
            EVENT_LIST_TERMINATED => break,
            EVENT_WORD => recording.words.push(WordEvent {
                character: usize::try_from(*text_position - 1).unwrap_or(0),
                sample: u64::try_from(*sample).unwrap_or(0),
            }),
            _ => {}
        }
        // SAFETY: this was not the last event, so there is another one behind it.
        event = unsafe { event.add(1) };
    }
    GO_ON
}

/// A voice as espeak-ng lists it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Listed {
    /// Its language.
    name: String,
    /// Its file below `espeak-ng-data/lang`.
    file: String,
}

/// espeak-ng, ready to speak.
pub(crate) struct Engine {
    library: Library,
    folder: PathBuf,
    sample_rate_hz: u32,
}

impl Engine {
    /// Loads `libespeak-ng.so` and `espeak-ng-data/` from a folder.
    pub(crate) fn start(folder: &Path) -> Result<Self, EspeakError> {
        let unusable = || EspeakError::Data { folder: folder.to_owned() };
        let data = CString::new(folder.join("espeak-ng-data").as_os_str().as_encoded_bytes())?;
        // SAFETY: the library is the one of our layer; its initialisers do nothing but set up its own data.
        let library = unsafe { Library::new(folder.join("libespeak-ng.so"))? };
        // SAFETY: the types are those of `speak_lib.h`; the strings live until the calls return.
        let rate = unsafe {
            let initialize = library.get::<extern "C" fn(c_int, c_int, *const c_char, c_int) -> c_int>(b"espeak_Initialize")?;
            let set_callback = library.get::<extern "C" fn(SynthCallback)>(b"espeak_SetSynthCallback")?;
            let rate = initialize(OUTPUT_SYNCHRONOUS, 0, data.as_ptr(), DO_NOT_EXIT);
            set_callback(record);
            rate
        };
        match u32::try_from(rate) {
            Ok(sample_rate_hz) if sample_rate_hz > 0 => Ok(Self { library, folder: folder.to_owned(), sample_rate_hz }),
            _ => Err(unusable()),
        }
    }

    /// Samples per second of what it speaks.
    pub(crate) fn sample_rate_hz(&self) -> u32 {
        self.sample_rate_hz
    }

    /// The names of all voices: language tags such as `en-gb`.
    pub(crate) fn voices(&self) -> Vec<String> {
        self.listed().into_iter().map(|voice| voice.name).collect()
    }

    fn listed(&self) -> Vec<Listed> {
        let mut voices = Vec::new();
        // SAFETY: the type is that of `speak_lib.h`. The list and what it points to belong to espeak-ng and stay until the
        // next call for a list; the list ends with a null pointer, every string with NUL.
        unsafe {
            let Ok(list_voices) = self.library.get::<extern "C" fn(*const Voice) -> *const *const Voice>(b"espeak_ListVoices")
            else {
                return voices;
            };
            let mut entry = list_voices(std::ptr::null());
            while let Some(voice) = entry.as_ref().and_then(|voice| voice.as_ref()) {
                if !voice.languages.is_null() && !voice.identifier.is_null() {
                    voices.push(Listed {
                        name: CStr::from_ptr(voice.languages.add(1)).to_string_lossy().into_owned(),
                        file: CStr::from_ptr(voice.identifier).to_string_lossy().into_owned(),
                    });
                }
                entry = entry.add(1);
            }
        }
        voices.sort();
        voices
    }

    /// The names of all variants, which change the timbre of a voice: the files of `espeak-ng-data/voices/!v`.
    pub(crate) fn variants(&self) -> Vec<String> {
        let Ok(files) = std::fs::read_dir(self.folder.join("espeak-ng-data/voices/!v")) else { return Vec::new() };
        files.filter_map(|file| file.ok()?.file_name().into_string().ok()).collect()
    }

    /// What espeak-ng finds a voice by: its file, because it does not find all of them by their language.
    fn file_of(&self, voice: &str) -> String {
        let (name, variant) = voice.split_at(voice.find('+').unwrap_or(voice.len()));
        let file = self.listed().into_iter().find(|listed| listed.name == name).map_or(name.to_owned(), |listed| listed.file);
        file + variant
    }

    /// Speaks a text with a voice of [`Engine::voices`].
    pub(crate) fn speak(&self, text: &str, voice: &str, words_per_minute: u16) -> Result<Spoken, EspeakError> {
        let voice = CString::new(self.file_of(voice))?;
        let text = CString::new(text)?;
        let bytes = text.as_bytes_with_nul();
        // SAFETY: the types are those of `speak_lib.h`; texts live until the calls return; `synth` returns when all is spoken,
        // because the output is synchronous; it may be given no place for an identifier.
        let statuses = unsafe {
            let set_voice = self.library.get::<extern "C" fn(*const c_char) -> c_int>(b"espeak_SetVoiceByName")?;
            let set_parameter = self.library.get::<extern "C" fn(c_int, c_int, c_int) -> c_int>(b"espeak_SetParameter")?;
            let synth = self.library.get::<SynthFunction>(b"espeak_Synth")?;
            [
                ("use the voice", set_voice(voice.as_ptr())),
                ("set the pace", set_parameter(PARAMETER_RATE, c_int::from(words_per_minute), 0)),
                (
                    "speak",
                    synth(
                        bytes.as_ptr().cast(),
                        bytes.len(),
                        0,
                        POSITION_CHARACTER,
                        0,
                        UTF8 | END_PAUSE,
                        std::ptr::null_mut(),
                        std::ptr::null_mut(),
                    ),
                ),
            ]
        };
        match statuses.into_iter().find(|(_, status)| *status != OK) {
            Some((task, status)) => Err(EspeakError::Refused { task, status }),
            None => Ok(std::mem::take(&mut *RECORDING.lock().unwrap_or_else(PoisonError::into_inner))),
        }
    }
}

type SynthFunction = extern "C" fn(*const c_void, usize, c_uint, c_int, c_uint, c_uint, *mut c_uint, *mut c_void) -> c_int;
