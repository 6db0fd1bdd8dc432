//! Our words: documents, scripts, scenes, timelines, jobs, and the ports through which stages meet the world.
//!
//! Everything here is plain data and pure decisions. Nothing in this crate opens a file, a socket or a process, reads the
//! clock or draws a random number: time and ids come in as arguments.

mod asset;
mod brand;
pub mod breaker;
pub mod captions;
mod catalogue;
mod change;
pub mod check;
mod cost;
mod credit;
mod cue;
mod detect;
mod diagram;
mod document;
mod error;
mod graph;
mod hash;
mod id;
pub mod inline;
mod job;
mod lexicon;
pub mod mermaid;
mod meter;
mod naming;
mod options;
pub mod outline;
pub mod ports;
mod price;
mod quota;
mod run;
mod script;
mod take;
mod timeline;
pub mod webvtt;
mod word_errors;
mod words;
mod writing;

pub use asset::{AssetKey, CaptionFormat};
pub use brand::{Brand, BrandCard, BrandFile, Colour};
pub use catalogue::{Catalogue, EMBEDDED_VOICES, Offer};
pub use change::{Change, Revision};
pub use cost::{Account, Bill, Budget, Costs, Outline, estimate};
pub use credit::Credit;
pub use cue::{Beat, SCENE_FRAMES, SENTENCE_ENDS, TRANSITION_FRAMES, beats, frame_at, release, settle};
pub use detect::detect_kind;
pub use diagram::{Branch, Diagram, Direction, Edge, EdgeStyle, Group, Message, Moment, Node, NodeShape};
pub use document::{Block, Document, DocumentKind, Figure, FigureSource, ListItem, Rect, Section, SectionRole, Span};
pub use error::{Code, Failure, Kind};
pub use graph::{Axis, Graph, GraphForm, Series};
pub use hash::ContentHash;
pub use id::{InvalidId, JobId, OwnerId};
pub use job::{
    Event, InvalidTransition, Job, JobKind, JobWarning, Phase, Progress, SceneOutcome, ScriptSummary, Source, Status, Transition,
    UploadedObject, VideoSummary,
};
pub use lexicon::{Lexicon, Phonemes, Pronounced};
pub use meter::{Capability, Charge, Meter, Usage};
pub use naming::{name, propose};
pub use options::{CaptionStyle, FrameSize, JobOptions, MAX_SCENES, MAX_UPLOAD_BYTES, Motion, SceneTransition, Shape, Theme};
pub use price::{Money, Work, price, price_date, price_of};
pub use quota::{Counted, Excess, Limits, Minute};
pub use run::{InvalidRun, Run};
pub use script::{CardPlace, Column, Cue, SCRIPT_SCHEMA, Scene, Script, Visual, Writer};
pub use take::{SpokenWord, Take};
pub use timeline::{Cells, FRAME_RATE, FRAMES_PER_CELL, SAMPLE_RATE_HZ, SAMPLES_PER_CELL};
pub use word_errors::{WordErrors, word_errors};
pub use words::{count_words, is_unspaced, words};
pub use writing::language_of_script;
