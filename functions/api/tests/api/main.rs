//! The API over fakes, asked as API Gateway asks it. Every answer is held against the document that describes the API.

mod cost;
mod create;
mod document;
mod jobs;
mod problems;
mod providers;
mod quotas;
mod results;
mod samples;
mod schema;
mod versions;
mod webhooks;
mod world;
