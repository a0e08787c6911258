//! `undertone new`.

use super::{Talk, format::cannot_write};
use clap::{Args, ValueEnum};
use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};
use undertone::error::Error;

#[derive(Debug, Args)]
pub(super) struct New {
    /// What it is called; NAME.md is written
    name: PathBuf,
    /// What it begins from
    #[arg(long, value_name = "KIND", default_value = "meditation")]
    template: Template,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Template {
    /// A meditation with a bell, a breath and a silence
    Meditation,
    /// A session to fall asleep to
    Sleep,
    /// A self-hypnosis, from induction to waking
    Hypnosis,
}

impl Template {
    fn text(self) -> &'static str {
        match self {
            Self::Meditation => include_str!("../../scripts/templates/meditation.md"),
            Self::Sleep => include_str!("../../scripts/templates/sleep.md"),
            Self::Hypnosis => include_str!("../../scripts/templates/hypnosis.md"),
        }
    }
}

impl New {
    pub(super) fn run(self, talk: &Talk) -> Result<ExitCode, Error> {
        let name = self.name.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let title = name.strip_suffix(".md").unwrap_or(&name).trim().to_owned();
        if title.is_empty() || title.chars().any(char::is_control) {
            return Err(Error::Request {
                message: format!("{} is no name for a script", self.name.display()),
                help: "write a name such as \"my evening\"".to_owned(),
            });
        }
        let path = self.name.with_file_name(format!("{title}.md"));
        write_new(&path, &named(self.template.text(), &title)).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Error::Request {
                message: format!("{} is there already", path.display()),
                help: "choose another name, or move it away".to_owned(),
            },
            _ => cannot_write(&path, &error),
        })?;
        talk.summary(&format!("{}: written; hear it with \"undertone render\"", path.display()));
        Ok(ExitCode::SUCCESS)
    }
}

/// A template with its title replaced. The title stands in quotation marks, whatever is in it.
fn named(template: &str, title: &str) -> String {
    let title = serde_json::Value::from(title).to_string();
    let line = |line: &str| {
        let end = if line.ends_with('\n') { "\n" } else { "" };
        if line.starts_with("title:") { format!("title: {title}{end}") } else { line.to_owned() }
    };
    template.split_inclusive('\n').map(line).collect()
}

/// Writes a file that is not there yet.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
}
