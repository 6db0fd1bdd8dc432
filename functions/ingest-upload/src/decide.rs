//! Decides which job an upload belongs to. Pure, so that any order of events can be tried.

use crate::Arrival;
use domain::{ContentHash, Job, JobId};

/// Which job an upload belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The job it was reserved for.
    Reserved,
    /// A job of its own, with this id.
    Own(JobId),
    /// The job it was reserved for, which has ended without it.
    Ended,
}

/// Decides which job an upload belongs to, given the job its key names, if there is such a job.
///
/// The first version that arrives takes the reserved job; every other version, and every object that was just copied into the
/// inbox, has a job whose id follows from its key and version. The same version therefore always finds the same job.
pub fn claim(arrival: &Arrival, reserved: Option<&Job>) -> Claim {
    match reserved.filter(|job| job.owner == arrival.owner) {
        None => Claim::Own(own_id(arrival)),
        Some(job) => match &job.source {
            Some(source) if source.key == arrival.key && source.version == arrival.version => Claim::Reserved,
            Some(_) => Claim::Own(own_id(arrival)),
            None if job.status.is_final() => Claim::Ended,
            None => Claim::Reserved,
        },
    }
}

fn own_id(arrival: &Arrival) -> JobId {
    let version = arrival.version.as_deref().unwrap_or(&arrival.fingerprint);
    let hash = ContentHash::of(["upload", &arrival.key, version]);
    JobId::new(hash.as_str()).expect("40 hexadecimal digits are a job id")
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{DocumentKind, JobOptions, OwnerId, Source, Transition};
    use jiff::Timestamp;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn arrival(key: u8, version: u8) -> Arrival {
        // The first keys name a reserved job, the others do not.
        let key = if key < 2 { format!("inbox/o/job-{key}/a.txt") } else { format!("inbox/o/{key}.txt") };
        Arrival::new(key, Some(format!("v{version}")), String::new()).expect("an upload")
    }

    fn reserved(id: &str) -> Job {
        let now = Timestamp::UNIX_EPOCH;
        Job::new(JobId::new(id).expect("valid"), OwnerId::new("o").expect("valid"), JobOptions::default(), now, now)
    }

    fn source(arrival: &Arrival) -> Source {
        let Arrival { key, version, name, .. } = arrival.clone();
        Source { key, version, name, kind: DocumentKind::Text, bytes: 1 }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_version_has_exactly_one_job(deliveries in prop::collection::vec((0_u8..4, 0_u8..3), 1..24)) {
            let mut jobs: BTreeMap<JobId, Job> = ["job-0", "job-1"].map(|id| (reserved(id).id, reserved(id))).into();
            let mut job_of = BTreeMap::new();
            for (key, version) in &deliveries {
                let arrival = arrival(*key, *version);
                let reserved_job = arrival.reserved.as_ref().and_then(|id| jobs.get(id));
                let id = match claim(&arrival, reserved_job) {
                    Claim::Reserved => arrival.reserved.clone().expect("it was reserved"),
                    Claim::Own(id) => id,
                    Claim::Ended => unreachable!("nothing ends here"),
                };
                let job = jobs.entry(id.clone()).or_insert_with(|| reserved(id.as_str()));
                *job = job.apply(&Transition::Bind(source(&arrival)), Timestamp::UNIX_EPOCH).expect("no job takes two versions");
                let before = job_of.insert((*key, *version), id.clone());
                prop_assert!(before.is_none_or(|before| before == id), "a version never changes its job");
            }
            let distinct: BTreeSet<_> = job_of.values().collect();
            prop_assert_eq!(distinct.len(), job_of.len(), "no two versions share a job");
        }
    }
}
