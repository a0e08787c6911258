//! `undertone check`.

use super::{ScriptArgs, Talk, VoiceArgs, ask, studio};
use clap::Args;
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};
use undertone::{
    error::Error,
    script::{
        self, Source, advise,
        diagnostic::{Diagnostic, Severity, settle},
    },
    session::{Studio, chain},
};

#[derive(Debug, Args)]
pub(super) struct Check {
    /// The scripts
    #[arg(required = true)]
    scripts: Vec<PathBuf>,
    #[command(flatten)]
    voice: VoiceArgs,
    #[command(flatten)]
    asked: ScriptArgs,
    /// Fail on warnings too
    #[arg(long)]
    strict: bool,
    /// Print all remarks as JSON
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(super) fn run(self, talk: &Talk) -> Result<ExitCode, Error> {
        let studio = studio(&self.voice, &self.asked.allow_dirs, talk, false);
        let mut code = ExitCode::SUCCESS;
        let mut remarks: Vec<Value> = Vec::new();
        for path in &self.scripts {
            let good = match self.check(&studio, path) {
                Ok((diagnostics, sources)) => {
                    if self.json {
                        remarks.extend(diagnostics.iter().map(|diagnostic| diagnostic.to_json(&sources)));
                    } else {
                        talk.diagnostics(&diagnostics, &sources);
                    }
                    diagnostics.iter().all(|diagnostic| match diagnostic.severity {
                        Severity::Error => false,
                        Severity::Warning => !self.strict,
                        Severity::Advice => true,
                    })
                }
                Err(error) => {
                    if self.json {
                        remarks.push(about_file(path, &error));
                    } else {
                        talk.error(&error);
                    }
                    false
                }
            };
            if !good {
                code = ExitCode::FAILURE;
            } else if !self.json {
                talk.summary(&format!("{}: good", path.display()));
            }
        }
        if self.json {
            Talk::result(&format!("{:#}", Value::from(remarks)))?;
        }
        Ok(code)
    }

    /// Everything that there is to say about one script.
    fn check(&self, studio: &Studio, path: &Path) -> Result<(Vec<Diagnostic>, Vec<Source>), Error> {
        let parsed = script::load(path, &studio.access)?;
        let (script, mut diagnostics) = (parsed.script, parsed.diagnostics);
        let sources = script.sources.clone();
        if diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
            return Ok((diagnostics, sources));
        }
        let settings = ask::settings(&script, &self.asked, &self.voice)?;
        diagnostics.extend(advise(&script));
        let checked = studio.prepare_script(script, path, &settings).and_then(|prepared| {
            super::plan::estimate(&prepared.plan, &prepared.sources, studio.rate)?;
            Ok(prepared.remarks)
        });
        match checked {
            Ok(remarks) => diagnostics.extend(remarks),
            Err(Error::Script { diagnostics: errors, .. }) => diagnostics.extend(errors),
            Err(error) => return Err(error),
        }
        settle(&mut diagnostics);
        Ok((diagnostics, sources))
    }
}

/// What is wrong with a file as a whole, in the form of a remark on its text.
fn about_file(path: &Path, error: &Error) -> Value {
    json!({
        "file": path.display().to_string(),
        "line": 1,
        "column": 1,
        "length": 0,
        "severity": Severity::Error,
        "code": "file",
        "message": chain(error),
        "help": null,
    })
}
