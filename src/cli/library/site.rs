//! `undertone library site`.

use super::Talk;
use clap::Args;
use std::{path::PathBuf, process::ExitCode};
use undertone::{
    error::Error,
    library::{Library, shown},
    session::Watch,
};

#[derive(Debug, Args)]
pub(super) struct Site {
    /// A new folder, or one with a site that is to be replaced
    to: PathBuf,
    /// The sessions; all of them when absent
    names: Vec<String>,
}

impl Site {
    pub(super) fn run(self, library: &Library, talk: &Talk) -> Result<ExitCode, Error> {
        let slugs = self.names.iter().map(|name| library.resolve(name)).collect::<Result<Vec<_>, _>>()?;
        let site = library.site((!slugs.is_empty()).then_some(&slugs[..]), &self.to)?;
        for damaged in &site.damaged {
            talk.warn(&format!("left out {}: {}", shown(&damaged.slug), shown(&damaged.reason)));
        }
        let sessions = match site.sessions.len() {
            1 => "one session".to_owned(),
            count => format!("{count} sessions"),
        };
        talk.summary(&format!(
            "wrote a site with {sessions}, {:.1} MB of sound, to {}: {} files written, {} as they were, {} removed",
            site.sound as f64 / 1e6,
            self.to.display(),
            site.written,
            site.same,
            site.removed,
        ));
        Ok(if site.damaged.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
