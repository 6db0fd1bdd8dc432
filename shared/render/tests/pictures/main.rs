//! Pictures as they come out of [`render::draw`].

mod any_text;
mod captions;
mod common;
mod drawing;
mod languages;
mod reference;
mod scripts;
