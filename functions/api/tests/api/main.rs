//! The API over fakes, asked as API Gateway asks it. Every answer is held against the document that describes the API.

mod create;
mod document;
mod jobs;
mod problems;
mod results;
mod samples;
mod schema;
mod versions;
mod world;
