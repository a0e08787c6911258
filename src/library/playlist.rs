//! Sessions in a row, with an ambience that goes through.

use super::{
    Entry, Library, LibraryError, PLAYLISTS,
    disk::{self, Guard, failed},
    seal, slug, words,
};
use serde::{Deserialize, Serialize};
use std::{fs, io, path::PathBuf};

/// Sessions in a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Playlist {
    /// What it is called: a slug.
    pub name: String,
    /// The sessions that are there, in order.
    pub sessions: Vec<Entry>,
    /// Names of sessions that are not there any more.
    pub missing: Vec<String>,
    /// An ambience that goes through: a recipe, and its level relative to the speech in dB.
    pub bed: Option<(String, f32)>,
}

/// As it is kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bed: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    level: Option<f32>,
    #[serde(default)]
    sessions: Vec<Member>,
}

/// A session of a playlist: found by its id when it was renamed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Member {
    name: String,
    #[serde(default)]
    id: String,
}

impl Member {
    /// Whether it is the session of this name and id: another may have its name by now. The id of one that is not there is empty.
    fn is(&self, slug: &str, id: &str) -> bool {
        if self.id.is_empty() || id.is_empty() { self.name == slug } else { self.id == id }
    }
}

/// The level of a bed that was given none, in dB relative to the speech.
const LEVEL: f32 = -18.0;

const HEADING: &str = "# A playlist of Undertone. It may be changed by hand.\n";

pub(super) fn path(library: &Library, name: &str) -> PathBuf {
    library.root.join(PLAYLISTS).join(format!("{name}.toml"))
}

pub(super) fn parse(bytes: &[u8]) -> Result<Kept, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not text".to_owned())?;
    toml::from_str(text).map_err(|error| super::shown(error.message()))
}

pub(super) fn store(library: &Library, name: &str, kept: &Kept) -> Result<(), LibraryError> {
    let text =
        toml::to_string(kept).map_err(|error| LibraryError::Cannot(format!("cannot write the playlist: {error}")))?;
    disk::write(&library.root, &path(library, name), seal::seal(&format!("{HEADING}{text}")).as_bytes())
}

fn load(library: &Library, name: &str) -> Result<Option<Kept>, LibraryError> {
    let path = path(library, name);
    let bytes = match disk::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("read", &path)(error)),
    };
    let bad = |reason| LibraryError::Cannot(format!("the playlist {name} is damaged: {reason}"));
    match (parse(&bytes), seal::judge(&bytes)) {
        // Nobody's edit is undone, however small.
        (Ok(kept), _) => Ok(Some(kept)),
        (Err(_), seal::Seal::OneByte(was)) => parse(&was).map(Some).map_err(bad),
        (Err(reason), _) => Err(bad(reason)),
    }
}

fn named(name: &str) -> Result<String, LibraryError> {
    if name.trim().is_empty() {
        return Err(LibraryError::Cannot("a playlist has a name".to_owned()));
    }
    if words::fold(name).bytes().all(|b| !b.is_ascii_alphanumeric()) {
        let name = super::shown(name);
        return Err(LibraryError::Cannot(format!(
            "\"{name}\" cannot be a playlist's name: it has none of the letters a to z, and no digit"
        )));
    }
    Ok(slug::slug(name))
}

impl Library {
    /// Names of all playlists, in order.
    ///
    /// # Errors
    ///
    /// When their folder cannot be read.
    pub fn playlists(&self) -> Result<Vec<String>, LibraryError> {
        let folder = self.root.join(PLAYLISTS);
        let inside = match fs::read_dir(&folder) {
            Ok(inside) => inside,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed("read", &folder)(error)),
        };
        let mut names: Vec<String> = inside
            .flatten()
            .filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".toml")?.to_owned()))
            .filter(|name| slug::is_slug(name))
            .collect();
        names.sort();
        Ok(names)
    }

    /// A playlist, with its sessions as they are now.
    ///
    /// # Errors
    ///
    /// When there is none of that name, or it cannot be read.
    pub fn playlist(&self, name: &str) -> Result<Playlist, LibraryError> {
        let name = named(name)?;
        let kept = load(self, &name)?.ok_or_else(|| self.no_playlist(&name))?;
        let entries = self.entries()?.entries;
        let (mut sessions, mut missing) = (Vec::new(), Vec::new());
        for member in kept.sessions {
            // A folder that was copied has the id of the first one.
            let fits = |entry: &&Entry| member.is(&entry.slug, &entry.about.id);
            let named = entries.iter().filter(fits).find(|entry| entry.slug == member.name);
            match named.or_else(|| entries.iter().find(fits)) {
                Some(entry) => sessions.push(entry.clone()),
                None => missing.push(member.name),
            }
        }
        let level = kept.level.filter(|level| level.is_finite()).unwrap_or(LEVEL);
        Ok(Playlist { name, sessions, missing, bed: kept.bed.map(|bed| (bed, level)) })
    }

    fn no_playlist(&self, name: &str) -> LibraryError {
        let there = self.playlists().unwrap_or_default().join(", ");
        let there = if there.is_empty() {
            "there is none yet; make one with add".to_owned()
        } else {
            format!("there are {there}")
        };
        LibraryError::Cannot(format!("there is no playlist \"{}\": {there}", super::shown(name)))
    }

    /// Takes the lock to change a playlist that is there: to ask for one that is not makes no library.
    fn lock_for(&self, name: &str) -> Result<Guard, LibraryError> {
        if path(self, name).exists() { self.lock() } else { Err(self.no_playlist(name)) }
    }

    /// Adds sessions to the end of a playlist, which is made when there is none; the result is its name.
    ///
    /// # Errors
    ///
    /// When a session is not there, or the disk fails.
    pub fn add_to_playlist(&self, name: &str, slugs: &[String]) -> Result<String, LibraryError> {
        let name = named(name)?;
        let _guard = self.lock()?;
        let mut kept = load(self, &name)?.unwrap_or_default();
        for slug in slugs {
            let id = self.about(slug)?.id;
            kept.sessions.push(Member { name: slug.clone(), id });
        }
        store(self, &name, &kept)?;
        Ok(name)
    }

    /// Takes sessions out of a playlist, every time that they are in it.
    ///
    /// # Errors
    ///
    /// When there is no such playlist, or a session is not in it.
    pub fn remove_from_playlist(&self, name: &str, slugs: &[String]) -> Result<(), LibraryError> {
        let name = named(name)?;
        let _guard = self.lock_for(&name)?;
        let mut kept = load(self, &name)?.ok_or_else(|| self.no_playlist(&name))?;
        for slug in slugs {
            let id = self.about(slug).map(|about| about.id).unwrap_or_default();
            let before = kept.sessions.len();
            // A folder that was copied has the id of the first one.
            let named = kept.sessions.iter().any(|member| member.is(slug, &id) && member.name == *slug);
            kept.sessions.retain(|member| !member.is(slug, &id) || named && member.name != *slug);
            if kept.sessions.len() == before {
                return Err(LibraryError::Cannot(format!("{} is not in the playlist {name}", super::shown(slug))));
            }
        }
        store(self, &name, &kept)
    }

    /// Gives a playlist an ambience that goes through, at a level relative to the speech in dB, or none.
    ///
    /// # Errors
    ///
    /// When there is no such playlist, or the disk fails.
    pub fn set_playlist_bed(&self, name: &str, bed: Option<(String, Option<f32>)>) -> Result<(), LibraryError> {
        let name = named(name)?;
        let _guard = self.lock_for(&name)?;
        let mut kept = load(self, &name)?.ok_or_else(|| self.no_playlist(&name))?;
        (kept.bed, kept.level) = bed.map_or((None, None), |(bed, level)| (Some(bed), level));
        store(self, &name, &kept)
    }

    /// Removes a playlist; its sessions stay.
    ///
    /// # Errors
    ///
    /// When there is none of that name, or the disk fails.
    pub fn delete_playlist(&self, name: &str) -> Result<(), LibraryError> {
        let name = named(name)?;
        let _guard = self.lock_for(&name)?;
        let path = path(self, &name);
        fs::remove_file(&path).map_err(failed("remove", &path))?;
        disk::sync_folder(&self.root.join(PLAYLISTS))
    }
}
