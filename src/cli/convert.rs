//! `undertone convert`.

use super::{Talk, format::cannot_write, same_file};
use clap::Args;
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};
use undertone::{
    error::Error,
    script::{self, Source, diagnostic::Severity},
};

#[derive(Debug, Args)]
pub(super) struct Convert {
    /// The file: SSML, lines of phrase;seconds, or a script
    file: PathBuf,
    /// The script to write; standard output when absent
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the output when it is there already
    #[arg(long)]
    force: bool,
}

impl Convert {
    pub(super) fn run(self, talk: &Talk) -> Result<ExitCode, Error> {
        let text = script::read_text(&self.file)?;
        let parsed = script::parse(&self.file, &text);
        let (errors, remarks): (Vec<_>, Vec<_>) =
            parsed.diagnostics.into_iter().partition(|diagnostic| diagnostic.severity == Severity::Error);
        if !errors.is_empty() {
            return Err(Error::Script { diagnostics: errors, sources: parsed.script.sources });
        }
        talk.diagnostics(&remarks, &parsed.script.sources);
        let converted = if script::is_native(&self.file, &text) {
            // Its comments stay.
            script::format(&self.file, &text).map_err(|diagnostics| {
                let sources = vec![Source { path: self.file.clone(), text: text.as_str().into() }];
                Error::Script { diagnostics, sources }
            })?
        } else {
            script::write(&parsed.script)
        };
        match self.output.as_deref().filter(|output| *output != Path::new("-")) {
            None => Talk::result(converted.trim_end_matches('\n'))?,
            Some(output) => {
                self.check_output(output)?;
                fs::write(output, converted).map_err(|error| cannot_write(output, &error))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    fn check_output(&self, output: &Path) -> Result<(), Error> {
        let help = "name another file with -o";
        if same_file(output, &self.file) {
            let message = format!("{} is the file itself", output.display());
            return Err(Error::Request { message, help: help.to_owned() });
        }
        if !self.force && fs::metadata(output).is_ok_and(|metadata| metadata.len() > 0 || !metadata.is_file()) {
            let message = format!("{} is there already", output.display());
            return Err(Error::Request { message, help: format!("{help}, or replace it with --force") });
        }
        Ok(())
    }
}
