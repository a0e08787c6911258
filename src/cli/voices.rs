//! `undertone voices`.

use super::Talk;
use clap::Args;
use std::{path::PathBuf, process::ExitCode};
use undertone::{error::Error, speech::catalog};

#[derive(Debug, Args)]
pub(super) struct Voices {
    /// A folder of voices that is searched first
    #[arg(long = "voice-dir", value_name = "DIR")]
    voice_dirs: Vec<PathBuf>,
    /// Print them as JSON
    #[arg(long)]
    json: bool,
}

impl Voices {
    pub(super) fn run(self, talk: &Talk) -> Result<ExitCode, Error> {
        let folders = catalog::folders(&self.voice_dirs);
        let voices = catalog::list(&folders);
        if self.json {
            Talk::result(&serde_json::json!(voices).to_string())?;
        } else if voices.is_empty() {
            talk.summary("no voice is installed; looked in:");
            folders.iter().for_each(|folder| talk.summary(&format!("  {}", folder.display())));
        } else {
            let width = voices.iter().map(|voice| voice.name.chars().count()).max().unwrap_or(0);
            for voice in &voices {
                let people =
                    if voice.speakers == 1 { "1 speaker".to_owned() } else { format!("{} speakers", voice.speakers) };
                Talk::result(&format!(
                    "{:width$}  {:6} Hz  {people:>11}  {:8}  {}",
                    voice.name,
                    voice.sample_rate,
                    voice.licence.as_deref().unwrap_or("?"),
                    voice.path.display(),
                ))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
