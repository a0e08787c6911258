//! Sessions as they are listed.

use super::{About, CAPTIONS, COVER, Library, LibraryError, SCRIPT, index};
use std::{fs, io, path::PathBuf};

/// A session of a library.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The name of its folder: 1 to 80 lower-case letters of ASCII, digits and dashes, unless a person renamed it.
    pub slug: String,
    /// What is known of it.
    pub about: About,
    /// Its folder.
    pub folder: PathBuf,
}

impl Entry {
    /// Its sound.
    #[must_use]
    pub fn audio(&self) -> PathBuf {
        self.folder.join(&self.about.audio)
    }

    /// Its captions, `WebVTT`.
    #[must_use]
    pub fn captions(&self) -> PathBuf {
        self.folder.join(CAPTIONS)
    }

    /// Its picture, SVG.
    #[must_use]
    pub fn cover(&self) -> PathBuf {
        self.folder.join(COVER)
    }

    /// Its script, with its includes in it.
    #[must_use]
    pub fn script(&self) -> PathBuf {
        self.folder.join(SCRIPT)
    }

    /// The text of its script.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn script_text(&self) -> io::Result<String> {
        fs::read_to_string(self.script())
    }
}

/// A session that cannot be listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damaged {
    /// The name of its folder.
    pub slug: String,
    /// Why.
    pub reason: String,
}

/// The sessions of a library.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Listing {
    /// Those that can be read, the newest first.
    pub entries: Vec<Entry>,
    /// The others.
    pub damaged: Vec<Damaged>,
}

impl Library {
    /// All sessions, the newest first.
    ///
    /// # Errors
    ///
    /// When the folder of sessions cannot be read. A session that cannot be read is named among the damaged.
    pub fn entries(&self) -> Result<Listing, LibraryError> {
        index::entries(self)
    }

    /// One session, by the name of its folder.
    ///
    /// # Errors
    ///
    /// When there is none, or it cannot be read.
    pub fn entry(&self, slug: &str) -> Result<Entry, LibraryError> {
        Ok(Entry { slug: slug.to_owned(), about: self.about(slug)?, folder: self.folder(slug) })
    }
}
