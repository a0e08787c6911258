//! `undertone inspect`.

use super::{Talk, measure::Measured, preset};
use clap::Args;
use std::{path::PathBuf, process::ExitCode};
use undertone::{
    bed,
    error::Error,
    master::{Preset, Survey},
    session::Watch,
};

#[derive(Debug, Args)]
pub(super) struct Inspect {
    /// A sound file
    file: PathBuf,
    /// Hold it against the rules of a preset: session, podcast, acx or r128; exit with 1 when it breaks one
    #[arg(long, value_name = "PRESET", value_parser = preset)]
    gate: Option<Preset>,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

impl Inspect {
    pub(super) fn run(self, talk: &Talk) -> Result<ExitCode, Error> {
        let mut survey: Option<Survey> = None;
        let warnings = bed::hear(&self.file, |rate, frames| {
            survey.get_or_insert_with(|| Survey::new(rate)).add(frames);
        })?;
        let Some(report) = survey.map(|survey| survey.report()).filter(|report| report.seconds > 0.0) else {
            return Err(Error::Request {
                message: format!("there is no sound in {}", self.file.display()),
                help: "name another file".to_owned(),
            });
        };
        let measured = Measured { report: &report, balance: None, warnings: &warnings };
        let failures = self.gate.map(|preset| report.gate(preset)).unwrap_or_default();
        if self.json {
            Talk::result(&format!("{:#}", measured.json(&self.file, self.gate)))?;
        } else {
            Talk::result(&measured.table())?;
        }
        warnings.iter().for_each(|warning| talk.warn(warning));
        let Some(preset) = self.gate.filter(|_| !failures.is_empty()) else { return Ok(ExitCode::SUCCESS) };
        Err(Error::Gate { path: self.file, preset: preset.name(), failures })
    }
}
