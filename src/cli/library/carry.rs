//! `undertone library export` and `import`.

use super::Talk;
use clap::Args;
use serde_json::json;
use std::{path::PathBuf, process::ExitCode};
use undertone::{
    error::Error,
    library::{Library, LibraryError, Limits, shown},
    session::Watch,
};

#[derive(Debug, Args)]
pub(super) struct Export {
    /// A new folder, or a file that ends in .zip
    to: PathBuf,
    /// The sessions; all of them, with playlists and history, when absent
    names: Vec<String>,
}

impl Export {
    pub(super) fn run(self, library: &Library, talk: &Talk) -> Result<ExitCode, Error> {
        let is_zip = |name: &&String| name.to_lowercase().ends_with(".zip");
        if let Some(file) = self.names.iter().find(is_zip).filter(|_| self.to.extension().is_none()) {
            let name = self.to.display();
            let swapped = format!("where to comes first: undertone library export {file} {name}");
            return Err(LibraryError::Cannot(swapped).into());
        }
        let slugs = self.names.iter().map(|name| library.resolve(name)).collect::<Result<Vec<_>, _>>()?;
        let exported = library.export((!slugs.is_empty()).then_some(&slugs[..]), &self.to)?;
        for damaged in &exported.damaged {
            talk.warn(&format!("left out {}: {}", shown(&damaged.slug), damaged.reason));
        }
        talk.summary(&format!("exported {} to {}", count(exported.sessions.len()), self.to.display()));
        Ok(if exported.damaged.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

#[derive(Debug, Args)]
pub(super) struct Import {
    /// A library, a folder or a zip archive that was exported, or the folder of one session
    from: PathBuf,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

impl Import {
    pub(super) fn run(self, library: &Library, talk: &Talk) -> Result<ExitCode, Error> {
        let imported = library.import(&self.from, Limits::default())?;
        for damaged in &imported.damaged_playlists {
            talk.warn(&format!("left out the playlist {}, which is damaged: {}", damaged.slug, damaged.reason));
        }
        if imported.damaged_lines > 0 {
            let lines = if imported.damaged_lines == 1 { "a line" } else { "lines" };
            talk.warn(&format!("left out {lines} of the history that cannot be read"));
        }
        let code = if imported.damaged_playlists.is_empty() && imported.damaged_lines == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        };
        if self.json {
            let added: Vec<_> = imported.added.iter().map(|(was, now)| json!({ "name": was, "slug": now })).collect();
            let value = json!({
                "added": added,
                "same": imported.same,
                "other_sessions": imported.other_sessions,
                "playlists": imported.playlists,
                "other_playlists": imported.other_playlists,
                "damaged_playlists": imported.damaged_playlists.iter().map(|one| &one.slug).collect::<Vec<_>>(),
                "history": imported.heard,
                "damaged_lines": imported.damaged_lines,
                "ignored": imported.ignored,
            });
            Talk::result(&format!("{value:#}"))?;
            return Ok(code);
        }
        for (was, now) in imported.added.iter().filter(|(was, now)| was != now) {
            talk.summary(&format!("{} is called {now} here", shown(was)));
        }
        for same in &imported.same {
            talk.summary(&format!("{same} was there already, byte for byte"));
        }
        for other in &imported.other_sessions {
            let other = shown(other);
            talk.summary(&format!("left {other} as it is here: the one in it has another title, or other tags"));
        }
        for other in &imported.other_playlists {
            talk.summary(&format!("left the playlist {other} as it is here: the one in it has other contents"));
        }
        for ignored in &imported.ignored {
            talk.summary(&format!("left {} where it is: it is no file of a session", shown(ignored)));
        }
        talk.summary(&format!("imported {}", count(imported.added.len())));
        Ok(code)
    }
}

fn count(sessions: usize) -> String {
    if sessions == 1 { "one session".to_owned() } else { format!("{sessions} sessions") }
}
