//! What a job costs, and `POST /v1/estimates`: what one would cost.

use crate::caller::Caller;
use crate::create::{self, CreateJob};
use crate::extract::JsonBody;
use crate::problem::Answer;
use crate::{Api, Configured, Ports};
use axum::Json;
use axum::extract::State;
use domain::{Bill, Capability, Costs, DocumentKind, Job, JobOptions, Money, Outline, estimate, price_date};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use utoipa::ToSchema;

/// What a job costs, in US dollars by list prices.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Cost)]
pub(crate) struct CostView {
    /// What it was expected to cost, from the size of its document, its options and the preferred providers.
    estimate_usd: f64,
    /// What it cost so far, all versions together.
    actual_usd: f64,
    /// What was not paid because it was found.
    saved_usd: f64,
    /// What each vendor asks, of what it cost so far.
    #[schema(example = json!({"anthropic": 0.004}))]
    vendors: BTreeMap<String, f64>,
    /// What AWS asks, of what it cost so far; estimated from what ran.
    aws_usd: f64,
    /// Vendors that were asked and whose prices nobody knows.
    unpriced: BTreeSet<String>,
    /// Says that it costs more than a fifth more than expected, where it does.
    #[schema(required = true)]
    warning: Option<String>,
    /// The day of the oldest price.
    #[schema(example = "2026-11-20")]
    prices_of: &'static str,
}

/// What a job would cost, in US dollars by list prices.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Estimate)]
pub(crate) struct EstimateView {
    total_usd: f64,
    /// What each vendor would ask.
    vendors: BTreeMap<String, f64>,
    /// What AWS would ask.
    aws_usd: f64,
    /// Vendors that would be asked and whose prices nobody knows.
    unpriced: BTreeSet<String>,
    /// How many scenes that is for.
    scenes: u64,
    /// The day of the oldest price.
    prices_of: &'static str,
}

/// Says what a job would cost; nothing is made.
///
/// Takes what `POST /v1/jobs` takes. Where the size of a file is not given, it is taken for one of a few pages.
#[utoipa::path(
    post,
    path = "/v1/estimates",
    operation_id = "estimate_job",
    request_body = CreateJob,
    responses((status = 200, description = "What it would cost", body = EstimateView))
)]
pub(crate) async fn estimate_job<P: Ports>(
    State(api): State<Arc<Api<P>>>,
    _: Caller,
    JsonBody(request): JsonBody<CreateJob>,
) -> Answer<Json<EstimateView>> {
    let bytes = request.size();
    let order = create::check(request)?;
    let outline = Outline::new(order.kind, bytes, &order.options);
    let outline = match &order.script {
        Some(script) => outline.with_script(script),
        None => by_whom(&api.configured, outline),
    };
    let costs = expected(&api.configured, &outline);
    Ok(Json(EstimateView {
        total_usd: usd(costs.total()),
        vendors: by_vendor(&costs),
        aws_usd: usd(costs.aws),
        unpriced: costs.unpriced,
        scenes: outline.scenes,
        prices_of: price_date(),
    }))
}

impl CostView {
    /// What a job costs by its bills.
    pub(crate) fn new(job: &Job, bills: &[Bill], configured: &[Configured]) -> Self {
        let outline = by_whom(configured, outline(job));
        let (estimate, actual) = (expected(configured, &outline), Costs::of(bills));
        let warning = || format!("it cost {} so far, {} were expected", actual.total(), estimate.total());
        Self {
            estimate_usd: usd(estimate.total()),
            actual_usd: usd(actual.total()),
            saved_usd: usd(actual.saved),
            vendors: by_vendor(&actual),
            aws_usd: usd(actual.aws),
            warning: actual.is_well_over(&estimate).then(warning),
            unpriced: actual.unpriced,
            prices_of: price_date(),
        }
    }
}

fn outline(job: &Job) -> Outline {
    let (kind, bytes) = job.source.as_ref().map_or((DocumentKind::Pdf, None), |source| (source.kind, Some(source.bytes)));
    let options = JobOptions { scenes: job.options.scenes, ..JobOptions::default() };
    Outline::new(kind, bytes, &options)
}

/// What is to be expected of whoever writes the script.
fn by_whom(configured: &[Configured], outline: Outline) -> Outline {
    let writer = configured.iter().find(|configured| configured.capability == Capability::Script);
    let is_model = writer.is_some_and(|writer| writer.breaker.is_some());
    if is_model { outline.written_by_a_model() } else { outline }
}

/// With the preferred provider of each capability. Our own voice is not written down, and where there is no picture nobody draws.
fn expected(configured: &[Configured], outline: &Outline) -> Costs {
    let preferred = |capability| configured.iter().find(|configured| configured.capability == capability);
    let is_vendor = |configured: &&Configured| configured.breaker.is_some();
    let is_heard = preferred(Capability::Speech).filter(is_vendor).is_some();
    let is_asked = |capability: &Capability| match capability {
        Capability::Transcript => is_heard,
        Capability::Image => outline.illustrations > 0,
        Capability::Script | Capability::Speech => true,
    };
    let vendors = Capability::ALL.into_iter().filter(is_asked).filter_map(preferred).filter(is_vendor);
    estimate(outline, vendors.map(|vendor| (vendor.capability, vendor.provider.as_str(), vendor.model.as_deref())))
}

fn by_vendor(costs: &Costs) -> BTreeMap<String, f64> {
    costs.vendors.iter().map(|(vendor, amount)| (vendor.clone(), usd(*amount))).collect()
}

/// In dollars, to a millionth.
fn usd(amount: Money) -> f64 {
    (amount.as_usd() * 1e6).round() / 1e6
}
