//! `undertone fmt`.

use super::Talk;
use clap::Args;
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};
use undertone::{
    error::Error,
    script::{self, Source},
};

#[derive(Debug, Args)]
pub(super) struct Format {
    /// The scripts
    #[arg(required = true)]
    scripts: Vec<PathBuf>,
    /// Change nothing; fail when something would be changed
    #[arg(long)]
    check: bool,
}

impl Format {
    #[allow(clippy::unnecessary_wraps, reason = "every command answers in the same way")]
    pub(super) fn run(self, talk: &Talk) -> Result<ExitCode, Error> {
        let mut code = ExitCode::SUCCESS;
        for path in &self.scripts {
            match self.format(path) {
                Ok(false) => {}
                Ok(true) if self.check => {
                    talk.summary(&format!("{}: would be changed", path.display()));
                    code = ExitCode::FAILURE;
                }
                Ok(true) => talk.summary(&format!("{}: changed", path.display())),
                Err(error) => {
                    talk.error(&error);
                    code = ExitCode::FAILURE;
                }
            }
        }
        Ok(code)
    }

    /// Whether a script is, or would be, changed.
    fn format(&self, path: &Path) -> Result<bool, Error> {
        let text = script::read_text(path)?;
        let formatted = script::format(path, &text).map_err(|diagnostics| {
            let sources = vec![Source { path: path.to_owned(), text: text.as_str().into() }];
            Error::Script { diagnostics, sources }
        })?;
        let changed = formatted != text;
        if changed && !self.check {
            replace(path, &formatted).map_err(|error| cannot_write(path, &error))?;
        }
        Ok(changed)
    }
}

/// Puts a text in the place of a file's, at once: a reader sees the old or the new one. A link stays one.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(fs::metadata(&path)?.permissions())?;
    file.as_file().sync_all()?;
    file.persist(&path)?;
    Ok(())
}

/// A file that cannot be written.
pub(super) fn cannot_write(path: &Path, error: &io::Error) -> Error {
    Error::Request {
        message: format!("cannot write {}: {error}", path.display()),
        help: "choose a folder that can be written to, or free some space".to_owned(),
    }
}
