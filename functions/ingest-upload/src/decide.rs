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
/// The first version that arrives takes the reserved job, be it to become a video or to be refused; every other version, and every
/// object that was just copied into the inbox, has a job whose id follows from its key and version. The same version therefore
/// always finds the same job.
pub fn claim(arrival: &Arrival, reserved: Option<&Job>) -> Claim {
    match reserved.filter(|job| job.owner == arrival.owner) {
        None => Claim::Own(own_id(arrival)),
        Some(job) => match job.upload() {
            Some(upload) if upload == arrival.object() => Claim::Reserved,
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
    use domain::{Code, DocumentKind, Failure, JobOptions, OwnerId, Source, Transition};
    use jiff::Timestamp;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// Something that happens to the inbox.
    #[derive(Debug, Clone)]
    enum Happening {
        /// A version arrives, or its event once more. It can become a video, or not.
        Delivery { key: u8, version: u8, is_good: bool },
        /// The owner of a reserved job stops it.
        Cancel(u8),
    }

    fn happening() -> impl Strategy<Value = Happening> {
        prop_oneof![
            // Whether a version is good is a fact about it, and not about one of its deliveries.
            12 => (0_u8..4, 0_u8..4).prop_map(|(key, version)| Happening::Delivery { key, version, is_good: (key + version) % 3 > 0 }),
            1 => (0_u8..2).prop_map(Happening::Cancel),
        ]
    }

    fn arrival(key: u8, version: u8) -> Arrival {
        // The first keys name a reserved job, the others do not.
        let key = if key < 2 { format!("inbox/o/job-{key}/a.txt") } else { format!("inbox/o/{key}.txt") };
        Arrival::new(key, Some(format!("v{version}")), String::new()).expect("an upload")
    }

    fn reserved(id: &str) -> Job {
        let now = Timestamp::UNIX_EPOCH;
        Job::new(JobId::new(id).expect("valid"), OwnerId::new("o").expect("valid"), JobOptions::default(), now, now)
    }

    fn taking(arrival: &Arrival, is_good: bool) -> Transition {
        let Arrival { key, version, name, .. } = arrival.clone();
        if is_good {
            Transition::Bind(Source { key, version, name, kind: DocumentKind::Text, bytes: 1 })
        } else {
            Transition::Refuse { upload: arrival.object(), failure: Failure::new(Code::Empty, "the file holds 0 bytes") }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_version_has_exactly_one_job(happenings in prop::collection::vec(happening(), 1..32)) {
            let mut jobs: BTreeMap<JobId, Job> = ["job-0", "job-1"].map(|id| (reserved(id).id, reserved(id))).into();
            let mut job_of = BTreeMap::new();
            let mut cancelled = BTreeSet::new();
            for happening in &happenings {
                let (key, version, is_good) = match happening {
                    Happening::Delivery { key, version, is_good } => (*key, *version, *is_good),
                    Happening::Cancel(job) => {
                        let job = jobs.get_mut(&reserved(&format!("job-{job}")).id).expect("it was reserved");
                        if let Ok(stopped) = job.apply(&Transition::Cancel, Timestamp::UNIX_EPOCH) {
                            *job = stopped;
                            cancelled.insert(job.id.clone());
                        }
                        continue;
                    }
                };
                let arrival = arrival(key, version);
                let reserved_job = arrival.reserved.as_ref().and_then(|id| jobs.get(id));
                let id = match claim(&arrival, reserved_job) {
                    Claim::Reserved => arrival.reserved.clone().expect("it was reserved"),
                    Claim::Own(id) => id,
                    Claim::Ended => {
                        prop_assert!(cancelled.contains(arrival.reserved.as_ref().expect("it was reserved")), "only the owner ends a job");
                        prop_assert!(!job_of.contains_key(&(key, version)), "what has a job keeps it");
                        continue;
                    }
                };
                let job = jobs.entry(id.clone()).or_insert_with(|| reserved(id.as_str()));
                if job.upload().is_none() {
                    *job = job.apply(&taking(&arrival, is_good), Timestamp::UNIX_EPOCH).expect("it waits for its upload");
                }
                prop_assert_eq!(job.upload(), Some(arrival.object()), "no job takes two versions");
                let before = job_of.insert((key, version), id.clone());
                prop_assert!(before.is_none_or(|before| before == id), "a version never changes its job");
            }
            let distinct: BTreeSet<_> = job_of.values().collect();
            prop_assert_eq!(distinct.len(), job_of.len(), "no two versions share a job");
        }
    }
}
