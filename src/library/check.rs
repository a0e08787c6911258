//! Every file against its hash, and what can be put right.

mod repair;

pub use repair::Repaired;

use super::{
    About, HISTORY, Library, LibraryError, MARKER, MARKER_NAME, PLAYLISTS, SESSIONS,
    about::{self, Judged},
    disk::{self, failed},
    index, playlist,
    seal::{self, Seal},
};
use rayon::prelude::*;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A file of a library that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The file, from the library's folder.
    pub file: PathBuf,
    /// What is wrong with it.
    pub kind: FaultKind,
    /// What is wrong with it, in words.
    pub what: String,
}

/// What is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// It is gone.
    Missing,
    /// Its bytes are not those that were written.
    Damaged,
    /// A person has changed it.
    ByHand,
}

impl FaultKind {
    /// The kind in one word or two.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Damaged => "damaged",
            Self::ByHand => "changed by hand",
        }
    }
}

fn fault(file: impl Into<PathBuf>, kind: FaultKind, what: impl Into<String>) -> Fault {
    Fault { file: file.into(), kind, what: what.into() }
}

impl Library {
    /// Names every file that is not as it was written, by path.
    ///
    /// # Errors
    ///
    /// When there is no library, or a folder cannot be read.
    pub fn check(&self) -> Result<Vec<Fault>, LibraryError> {
        let mut faults = Vec::new();
        let marker = self.root.join(MARKER_NAME);
        if self.is_made()? {
            if fs::read(&marker).map_err(failed("read", &marker))? != MARKER.as_bytes() {
                faults.push(fault(MARKER_NAME, FaultKind::Damaged, "it is not as it was written"));
            }
        } else if self.sessions().is_dir() {
            faults.push(fault(MARKER_NAME, FaultKind::Missing, "it is gone"));
        } else {
            return Err(self.not_there());
        }
        let sessions = index::names(self)?.into_iter().map(|slug| self.folder(&slug));
        let folders: Vec<PathBuf> = sessions.chain(self.in_trash()?).collect();
        faults.par_extend(folders.into_par_iter().flat_map_iter(|folder| self.look_again(&folder)));
        let (_, wrong) = self.history()?;
        if !wrong.is_empty() {
            let lines = wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let what = if wrong.len() == 1 { "line" } else { "lines" };
            faults.push(fault(HISTORY, FaultKind::Damaged, format!("{what} {lines} cannot be read")));
        }
        for name in self.playlists()? {
            let path = playlist::path(self, &name);
            let file = PathBuf::from(PLAYLISTS).join(format!("{name}.toml"));
            let bytes = match disk::read(&path) {
                Ok(bytes) => bytes,
                Err(error) => {
                    faults.push(fault(file, FaultKind::Damaged, error.to_string()));
                    continue;
                }
            };
            match (seal::judge(&bytes), playlist::parse(&bytes)) {
                (Seal::Whole, Ok(_)) => {}
                (_, Ok(_)) => faults.push(fault(file, FaultKind::ByHand, "it is not as undertone wrote it")),
                (Seal::OneByte(_), Err(_)) => faults.push(fault(file, FaultKind::Damaged, "one byte of it is wrong")),
                (_, Err(reason)) => faults.push(fault(file, FaultKind::Damaged, reason)),
            }
        }
        faults.sort();
        Ok(faults)
    }

    /// The faults of a session; looked at again, with the lock, when there are some: it may have been changed in between.
    fn look_again(&self, folder: &Path) -> Vec<Fault> {
        let faults = self.look(folder);
        if faults.is_empty() {
            return faults;
        }
        let _guard = self.lock();
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        match folder.exists() {
            true => self.look(folder),
            false if index::is_unnameable(&name) => {
                vec![fault(Path::new(SESSIONS).join(&*name), FaultKind::Damaged, index::UNNAMEABLE)]
            }
            false => Vec::new(),
        }
    }

    fn look(&self, folder: &Path) -> Vec<Fault> {
        let inside = folder.strip_prefix(&self.root).unwrap_or(Path::new(SESSIONS)).to_owned();
        let own = inside.join(about::NAME);
        let bytes = match about::bytes(folder) {
            Ok(bytes) => bytes,
            Err(reason) => return vec![fault(own, FaultKind::Missing, reason)],
        };
        let (about, own) = match About::judge(&bytes) {
            Judged::Whole(about) => (about, None),
            Judged::ByHand(about) => {
                (about, Some(fault(own, FaultKind::ByHand, "it is not as undertone wrote it: title, tags, or more")))
            }
            Judged::OneByte(about) => (about, Some(fault(own, FaultKind::Damaged, "one byte of it is wrong"))),
            Judged::Lost(reason) => return vec![fault(own, FaultKind::Damaged, reason)],
        };
        let files = about.files.iter().filter_map(|(name, hash)| {
            let path = folder.join(name);
            let file = inside.join(name);
            match disk::hash(&path) {
                Ok(found) if found == *hash => None,
                Ok(_) => Some(fault(file, FaultKind::Damaged, "it is not what its hash says")),
                Err(_) if !path.exists() => Some(fault(file, FaultKind::Missing, "it is gone")),
                Err(error) => Some(fault(file, FaultKind::Damaged, crate::session::chain(&error))),
            }
        });
        files.chain(own).collect()
    }
}
