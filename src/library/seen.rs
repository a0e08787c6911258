//! Second names, all in one folder, of the files that an index was made of.
//!
//! Whether any of thousands of files was changed is seen by them without opening the folder of each session, which is what a disk
//! takes longest for. A hard link leads to the file itself, so what is written into it is seen; and when its own name is given to
//! another file, is removed or moved, a file system notes the time of that in the file. Where there are no hard links, every folder
//! is opened.

use super::{DERIVED, Library, SESSIONS};
use rustix::{
    fs::{AtFlags, CWD, statat},
    path::Arg,
};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io,
    os::fd::AsFd,
    path::PathBuf,
};

/// By these a file is known not to have changed: times of change in nanoseconds, its size, its number, and that of its folder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    pub(super) written: i64,
    pub(super) changed: i64,
    pub(super) size: u64,
    pub(super) number: u64,
    pub(super) folder: u64,
}

impl Stamp {
    /// Of a file in an open folder, or of a whole path, when `inside` is `CWD`.
    fn of(inside: impl AsFd, path: impl Arg, folder: u64) -> io::Result<Self> {
        let found = statat(inside, path, AtFlags::SYMLINK_NOFOLLOW)?;
        let nanos = |seconds: i64, nanos: i64| seconds.saturating_mul(1_000_000_000).saturating_add(nanos);
        Ok(Self {
            written: nanos(found.st_mtime as i64, found.st_mtime_nsec as i64),
            changed: nanos(found.st_ctime as i64, found.st_ctime_nsec as i64),
            size: found.st_size as u64,
            number: found.st_ino as u64,
            folder,
        })
    }

    /// Whether what was read at a time is surely what has this stamp: a file system's clock may stand still for some milliseconds.
    pub(super) fn is_settled(self, read: i64) -> bool {
        const TICK: i64 = 50_000_000;
        read.saturating_sub(self.written) > TICK
    }
}

/// What was found of a file.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Found {
    /// Nothing when it is not there.
    pub(super) stamp: Option<Stamp>,
    /// The number of its folder.
    pub(super) folder: u64,
    /// Whether it was found by its second name.
    pub(super) second: bool,
}

/// Second names of one file of each session.
pub(super) struct Seen {
    sessions: PathBuf,
    file: &'static str,
    names: PathBuf,
    /// The same, open: a long path takes longer to go than a file to look at.
    open: Option<File>,
}

impl Seen {
    pub(super) fn of(library: &Library, file: &'static str) -> Self {
        let names = library.root.join(DERIVED).join("seen").join(file);
        let open = File::open(&names).ok();
        Self { sessions: library.root.join(SESSIONS), file, names, open }
    }

    fn own(&self, slug: &str) -> PathBuf {
        self.sessions.join(slug).join(self.file)
    }

    /// Looks at a session's file, whose folder has this number.
    pub(super) fn look(&self, slug: &str, folder: u64) -> Found {
        let by_second = self.open.as_ref().and_then(|names| Stamp::of(names, slug, folder).ok());
        let second = by_second.is_some();
        Found { stamp: by_second.or_else(|| Stamp::of(CWD, self.own(slug), folder).ok()), folder, second }
    }

    /// The stamp of a session's file that is to be read anew. A second name may lead elsewhere by now, and goes.
    pub(super) fn anew(&self, slug: &str, folder: u64) -> io::Result<Stamp> {
        self.forget(slug);
        Stamp::of(CWD, self.own(slug), folder)
    }

    /// Takes the second name away.
    pub(super) fn forget(&self, slug: &str) {
        drop(fs::remove_file(self.names.join(slug)));
    }

    /// Gives files that did not change since they were read second names, and notes the times of that; the result is whether any
    /// got one. Where it cannot be done it costs time later, and nothing else.
    pub(super) fn name<'a>(&self, files: impl Iterator<Item = (&'a str, &'a mut Stamp)>) -> bool {
        let mut any = false;
        for (slug, stamp) in files {
            if !any && fs::create_dir_all(&self.names).is_err() {
                return false;
            }
            match fs::hard_link(self.own(slug), self.names.join(slug)) {
                Ok(()) => {}
                // It is not there, or another process was quicker.
                Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::AlreadyExists) => {
                    continue;
                }
                Err(_) => return any,
            }
            match Stamp::of(CWD, self.own(slug), stamp.folder) {
                // The name itself is a change of the file, and the only one.
                Ok(now) if now == (Stamp { changed: now.changed, ..*stamp }) => *stamp = now,
                _ => self.forget(slug),
            }
            any = true;
        }
        any
    }
}
