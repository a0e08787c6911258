//! `undertone extract`.

use super::{Talk, render::may_replace};
use clap::Args;
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};
use undertone::{
    error::Error,
    sink::{extract_script, write_whole},
};

#[derive(Debug, Args)]
pub(super) struct Extract {
    /// A file that was rendered by undertone
    file: PathBuf,
    /// Where the script goes; standard output when absent
    #[arg(short, long, value_name = "SCRIPT")]
    output: Option<PathBuf>,
    /// Replace the output when it is there already
    #[arg(long)]
    force: bool,
}

impl Extract {
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        let script = extract_script(&self.file)?;
        match self.output.as_deref().filter(|output| *output != Path::new("-")) {
            Some(output) => {
                may_replace(output, &self.file, self.force, "this script", |text| {
                    script.starts_with(text.trim_end_matches('\u{fffd}'))
                })?;
                write_whole(output, script.as_bytes())?;
            }
            None => Talk::bytes(script.as_bytes())?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
