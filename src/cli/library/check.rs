//! `undertone library check`.

use super::super::{VoiceArgs, studio};
use super::Talk;
use clap::Args;
use serde_json::{Value, json};
use std::{path::PathBuf, process::ExitCode};
use undertone::{
    error::Error,
    library::{Fault, Library, shown},
};

#[derive(Debug, Args)]
pub(super) struct Check {
    /// Put right what can be put right, and take over what you changed by hand
    #[arg(long)]
    repair: bool,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    voice: VoiceArgs,
    /// Another folder that beds and sounds may lie in
    #[arg(long = "allow-dir", value_name = "DIR")]
    allow_dirs: Vec<PathBuf>,
}

impl Check {
    pub(super) fn run(self, library: &Library, talk: &Talk) -> Result<ExitCode, Error> {
        Talk::watch_for_stop();
        let faults = library.check()?;
        let line = |fault: &Fault| {
            format!("{}: {}: {}", shown(&fault.file.to_string_lossy()), fault.kind.name(), shown(&fault.what))
        };
        let described = |fault: &Fault| json!({ "file": fault.file, "kind": fault.kind.name(), "what": fault.what });
        if faults.is_empty() || !self.repair {
            if self.json {
                let faults: Vec<Value> = faults.iter().map(described).collect();
                Talk::result(&format!("{:#}", json!({ "faults": faults })))?;
            } else if faults.is_empty() {
                talk.summary("everything is as it was written");
            } else {
                Talk::result(&faults.iter().map(line).collect::<Vec<_>>().join("\n"))?;
                talk.summary("undertone library check --repair puts right what can be put right");
            }
            return Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        let studio = studio(&self.voice, &self.allow_dirs, talk, true);
        let repaired = library.repair(faults, &studio, talk)?;
        let all = repaired.iter().all(|repaired| repaired.result.is_ok());
        if self.json {
            let faults: Vec<Value> = repaired
                .iter()
                .map(|repaired| {
                    let mut value = described(&repaired.fault);
                    let (key, text) = match &repaired.result {
                        Ok(text) => ("repaired", text),
                        Err(text) => ("not_repaired", text),
                    };
                    value[key] = text.as_str().into();
                    value
                })
                .collect();
            Talk::result(&format!("{:#}", json!({ "faults": faults })))?;
        } else {
            let lines = repaired.iter().map(|repaired| {
                let (Ok(what) | Err(what)) = &repaired.result;
                let verb = if repaired.result.is_ok() { "repaired" } else { "not repaired" };
                format!("{}\n  {verb}: {}", line(&repaired.fault), shown(what))
            });
            Talk::result(&lines.collect::<Vec<_>>().join("\n"))?;
        }
        Ok(if all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
