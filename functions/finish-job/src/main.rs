//! Wires `finish-job`.

use domain::Capability;
use domain::ports::{Illustrator, PortError, Ticket};
use finish_job::GivesUp;
use jiff::Timestamp;
use providers::Secret;
use providers::image::ImageProvider;
use providers::settings::{self, ProviderSettings};
use stage::settings::{optional, required};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), stage::Error> {
    stage::logging::start("finish-job");
    let aws = aws::Config::load().await;
    let table = required("LECTERN_TABLE")?;
    let (jobs, tickets) = (aws.jobs(&table), aws.tickets(&table));
    let executions = aws.state_machine(required("LECTERN_STATE_MACHINE")?)?;
    let painters = settings::read(Capability::Image, optional)?;
    let vendors = Vendors { aws, painters };
    stage::run_event("finish-job", |event| {
        let run = finish_job::run_of_event(&event);
        finish_job::handle(&jobs, &executions, &tickets, &vendors, Timestamp::now(), run)
    })
    .await
}

/// The vendors that work while we wait: those of pictures.
struct Vendors {
    aws: aws::Config,
    painters: Vec<ProviderSettings>,
}

impl GivesUp for Vendors {
    async fn give_up(&self, ticket: &Ticket) -> Result<(), PortError> {
        let unknown = || PortError::NotFound { what: format!("provider `{}`", ticket.provider) };
        let settings = self.painters.iter().find(|settings| settings.name() == ticket.provider).ok_or_else(unknown)?;
        let key = self.aws.secret_of(ImageProvider::key_reference(settings)).await?.map(Secret::new);
        let painter = ImageProvider::new(settings, key)
            .map_err(|error| PortError::Misused { service: "the painter", message: error.to_string() })?;
        painter.give_up(ticket).await
    }
}
