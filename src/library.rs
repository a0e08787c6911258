//! What a person makes and hears, kept in plain files that can be read, copied and synced without this program.
//!
//! A library is a folder. Each session is a folder in it that is made somewhere else, whole, and then renamed to its place, so
//! that whoever looks sees all of it or nothing. What changes a library holds one lock, and only for the moment of the change; the
//! system takes the lock back from a process that ends, however it ends. All that can be worked out again lies in `.derived`.

mod about;
mod bin;
mod carry;
mod change;
mod check;
mod disk;
mod history;
mod index;
mod list;
mod make;
mod name;
mod playlist;
mod seal;
mod search;
mod seen;
mod site;
mod slug;
mod words;

pub use about::{About, ChapterMark};
pub use carry::{Exported, Imported, Limits};
pub use check::{Fault, FaultKind, Repaired};
pub use history::{Heard, Played};
pub use list::{Damaged, Entry, Listing};
pub use make::{Added, Making, settings_of, stored_script};
pub use playlist::Playlist;
pub use search::Hit;
pub use site::Site;
pub use slug::slug;

use disk::{Guard, failed};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The only format that there is so far.
pub const FORMAT: u32 = 1;

/// The whole of `undertone.toml`: a byte that differs is damage.
const MARKER: &str =
    "# A library of Undertone: sessions, each a folder of plain files. See docs/library.md.\nformat = 1\n";

const MARKER_NAME: &str = "undertone.toml";
/// The files of a session beside `session.toml` and its sound.
const SCRIPT: &str = "script.md";
const CAPTIONS: &str = "captions.vtt";
const COVER: &str = "cover.svg";
const SESSIONS: &str = "sessions";
const TRASH: &str = "trash";
const PLAYLISTS: &str = "playlists";
const HISTORY: &str = "history.jsonl";
/// Lines of it that could not be read.
const HISTORY_ASIDE: &str = "history.damaged";
const WORK: &str = ".work";
const DERIVED: &str = ".derived";
const LOCK: &str = "lock";

/// What may lie in a folder before it is a library: what is made by a process that stopped before it had said what the folder is.
const OURS: [&str; 8] = [SESSIONS, TRASH, PLAYLISTS, HISTORY, HISTORY_ASIDE, WORK, DERIVED, LOCK];

/// Why a library cannot do what was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LibraryError {
    /// The folder is something else.
    #[error("{} holds other things and is no library; name an empty folder, or one that does not exist yet", path.display())]
    NotALibrary {
        /// The folder.
        path: PathBuf,
    },
    /// A newer program made it.
    #[error(
        "the library {} has format {found}, and this undertone knows {FORMAT}; use a newer undertone: nothing was changed",
        path.display()
    )]
    Newer {
        /// The library.
        path: PathBuf,
        /// Its format.
        found: i64,
    },
    /// What says the format cannot be read.
    #[error("cannot tell the format of the library: {} is damaged; if undertone {} made it, write \"format = 1\" into it",
        path.display(), env!("CARGO_PKG_VERSION"))]
    Marker {
        /// The file.
        path: PathBuf,
    },
    /// The disk does not do it.
    #[error("cannot {what} {}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No session has such a name.
    #[error("there is no session \"{}\"{hint}", shown(name))]
    NoSession {
        /// What was asked for.
        name: String,
        /// What is near, or what can be done; begins with a semicolon.
        hint: String,
    },
    /// Several sessions have such a name.
    #[error("\"{}\" is the beginning of {}; write more of it", shown(name), matches.join(", "))]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// What it may be.
        matches: Vec<String>,
    },
    /// A session cannot be used as it is.
    #[error("the session {slug} is damaged: {reason}; undertone library check --repair may help")]
    Damaged {
        /// Its folder's name.
        slug: String,
        /// Why.
        reason: String,
    },
    /// An archive or a folder cannot be imported. Nothing of it was written.
    #[error("{} was not imported: {reason}", path.display())]
    Refused {
        /// The archive.
        path: PathBuf,
        /// What stands against it.
        reason: String,
    },
    /// It cannot be done, for the reason that is said.
    #[error("{0}")]
    Cannot(String),
}

/// A library.
#[derive(Debug, Clone)]
pub struct Library {
    root: PathBuf,
}

impl Library {
    /// Opens the library in a folder. A folder that is empty or not there becomes one with its first session.
    ///
    /// # Errors
    ///
    /// When the folder is something else, or a library of a newer format; nothing is touched then.
    pub fn open(root: &Path) -> Result<Self, LibraryError> {
        // What is said of a folder must hold wherever the process goes.
        let root = std::path::absolute(root).map_err(failed("find", root))?;
        let library = Self { root };
        library.is_made()?;
        Ok(library)
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether the folder is a library already.
    fn is_made(&self) -> Result<bool, LibraryError> {
        let marker = self.root.join(MARKER_NAME);
        let read = || match fs::read(&marker) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(failed("read", &marker)(error)),
        };
        let bytes = match read()? {
            Some(bytes) => bytes,
            None if !self.holds_other_things()? => return Ok(false),
            // What was seen may be the marker, which another process wrote since.
            None => read()?.ok_or_else(|| LibraryError::NotALibrary { path: self.root.clone() })?,
        };
        let text = String::from_utf8_lossy(&bytes);
        let table = toml::from_str::<toml::Table>(&text).ok();
        match table.and_then(|table| table.get("format")?.as_integer()) {
            Some(found) if found == i64::from(FORMAT) => Ok(true),
            Some(found) if found > i64::from(FORMAT) => Err(LibraryError::Newer { path: self.root.clone(), found }),
            _ => Err(LibraryError::Marker { path: marker }),
        }
    }

    /// Whether something lies in the folder that lies in no library that is being made.
    fn holds_other_things(&self) -> Result<bool, LibraryError> {
        let ours = |name: &std::ffi::OsStr| OURS.iter().any(|known| name == *known);
        match fs::read_dir(&self.root) {
            Ok(mut inside) => Ok(inside.any(|entry| entry.is_ok_and(|entry| !ours(&entry.file_name())))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(failed("read", &self.root)(error)),
        }
    }

    /// Takes the lock for a change, and makes the library when it is none yet.
    fn lock(&self) -> Result<Guard, LibraryError> {
        // A program that is still open must not write into a library that was brought to a newer format meanwhile.
        let made = self.is_made()?;
        // What syncs folders, and archives, may have left out those that were empty.
        for name in [SESSIONS, TRASH, PLAYLISTS, WORK] {
            disk::make_folder(&self.root.join(name))?;
        }
        let guard = disk::lock(&self.root.join(LOCK))?;
        if made {
            self.is_made()?;
            disk::sweep(&self.root.join(WORK), "");
        } else if !self.is_made()? {
            disk::write(&self.root, &self.root.join(MARKER_NAME), MARKER.as_bytes())?;
        }
        Ok(guard)
    }

    fn not_there(&self) -> LibraryError {
        LibraryError::Cannot(format!(
            "there is no library in {}; name its folder with --library, or make one with undertone library add SCRIPT",
            self.root.display()
        ))
    }

    fn sessions(&self) -> PathBuf {
        self.root.join(SESSIONS)
    }

    fn folder(&self, slug: &str) -> PathBuf {
        self.sessions().join(slug)
    }
}

/// A text as it may stand on a terminal: no control characters, and none that turn the direction of what follows.
#[must_use]
pub fn shown(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if hidden(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests;
