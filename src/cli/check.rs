//! `undertone check`.

use super::{ScriptArgs, Talk, VoiceArgs, studio};
use clap::Args;
use std::{path::PathBuf, process::ExitCode};
use undertone::error::Error;

#[derive(Debug, Args)]
pub(super) struct Check {
    /// The scripts
    #[arg(required = true)]
    scripts: Vec<PathBuf>,
    #[command(flatten)]
    voice: VoiceArgs,
    #[command(flatten)]
    asked: ScriptArgs,
}

impl Check {
    pub(super) fn run(self, talk: &Talk) -> Result<ExitCode, Error> {
        let studio = studio(&self.voice, &self.asked.allow_dirs, talk, false);
        let settings = self.asked.settings(&self.voice);
        let mut code = ExitCode::SUCCESS;
        for script in &self.scripts {
            let checked = studio.prepare(script, &settings).and_then(|prepared| {
                super::plan::estimate(&prepared.plan, &prepared.sources, studio.rate)?;
                Ok(prepared)
            });
            match checked {
                Ok(prepared) => {
                    talk.diagnostics(&prepared.remarks, &prepared.sources);
                    talk.summary(&format!("{}: good", script.display()));
                }
                Err(error) => {
                    talk.error(&error);
                    code = ExitCode::FAILURE;
                }
            }
        }
        Ok(code)
    }
}
