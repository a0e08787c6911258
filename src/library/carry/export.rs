//! Sessions out of a library.

use crate::library::{
    About, Damaged, HISTORY, Library, LibraryError, MARKER, MARKER_NAME, PLAYLISTS, SESSIONS,
    about::{self, Judged},
    disk::{self, Guard, Work, failed},
    index,
};
use std::{
    fs::{self, File},
    io::{self, Read, Seek},
    path::{Path, PathBuf},
};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// What was exported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exported {
    /// Names of sessions.
    pub sessions: Vec<String>,
    /// Sessions that are damaged and were left out.
    pub damaged: Vec<Damaged>,
}

/// Where an export goes.
enum Target {
    Folder(PathBuf),
    Zip(Box<ZipWriter<File>>),
}

impl Target {
    fn put(&mut self, name: &str, from: &mut dyn Read) -> io::Result<()> {
        match self {
            Self::Folder(root) => {
                let path = root.join(name);
                fs::create_dir_all(path.parent().unwrap_or(root))?;
                let mut file = File::create_new(path)?;
                io::copy(from, &mut file)?;
                file.sync_all()
            }
            Self::Zip(zip) => {
                // Sound is packed already.
                let plain = name.rsplit('/').next().is_some_and(|name| name.starts_with("audio."));
                let method = if plain { CompressionMethod::Stored } else { CompressionMethod::Deflated };
                zip.start_file(name, SimpleFileOptions::default().compression_method(method).large_file(plain))?;
                io::copy(from, zip.as_mut()).map(drop)
            }
        }
    }
}

impl Library {
    /// Writes sessions, or all of them with playlists and history, into a new folder or a zip archive.
    ///
    /// Damaged sessions are left out and named.
    ///
    /// # Errors
    ///
    /// When there is no library, the target is there already or cannot be written, or a session is not there. Nothing is left of it then.
    pub fn export(&self, slugs: Option<&[String]>, to: &Path) -> Result<Exported, LibraryError> {
        let cannot = |reason: &str| LibraryError::Cannot(format!("cannot export to {}: {reason}", to.display()));
        let to = std::path::absolute(to).map_err(failed("find", to))?;
        if disk::leads_into(&to, &self.root) {
            return Err(cannot("it lies in the library; name a place outside"));
        }
        if !self.is_made()? && !self.sessions().is_dir() {
            return Err(self.not_there());
        }
        let is_empty = fs::read_dir(&to).is_ok_and(|mut inside| inside.next().is_none());
        if fs::symlink_metadata(&to).is_ok() && !is_empty {
            return Err(cannot("it is there already; name another place"));
        }
        let parent = to.parent().filter(|parent| parent.is_dir()).ok_or_else(|| cannot("there is no folder for it"))?;
        let work = Work::beside(parent)?;
        let is_zip = to.extension().is_some_and(|end| end.eq_ignore_ascii_case("zip"));
        if is_zip && is_empty {
            return Err(cannot("it is a folder; name a file"));
        }
        let whole = work.folder().join("whole");
        let mut target = if is_zip {
            Target::Zip(Box::new(ZipWriter::new(File::create_new(&whole).map_err(failed("write", &to))?)))
        } else {
            fs::create_dir(&whole).map_err(failed("write", &to))?;
            Target::Folder(whole.clone())
        };
        let mut exported = Exported::default();
        let failed_to = || failed("write", &to);
        target.put(MARKER_NAME, &mut MARKER.as_bytes()).map_err(failed_to())?;
        let mut all = match slugs {
            Some(slugs) => slugs.to_vec(),
            None => index::names(self)?,
        };
        all.sort();
        all.dedup();
        for slug in all {
            match self.opened(&slug)? {
                Ok(files) => {
                    for (name, mut file) in files {
                        target.put(&format!("{SESSIONS}/{slug}/{name}"), &mut file).map_err(failed_to())?;
                    }
                    exported.sessions.push(slug);
                }
                Err(reason) => exported.damaged.push(Damaged { slug, reason }),
            }
        }
        if slugs.is_none() {
            self.export_rest(&mut target, &mut exported).map_err(failed_to())?;
        }
        match target {
            Target::Zip(zip) => {
                let file = zip.finish().map_err(|error| failed_to()(error.into()))?;
                file.sync_all().map_err(failed_to())?;
            }
            Target::Folder(_) => disk::sync_folder(&whole)?,
        }
        disk::rename(&whole, &to)?;
        Ok(exported)
    }

    fn export_rest(&self, target: &mut Target, exported: &mut Exported) -> io::Result<()> {
        for entry in fs::read_dir(self.root.join(PLAYLISTS)).into_iter().flatten().flatten() {
            let name = entry.file_name();
            if let Some(name) =
                name.to_str().filter(|name| Path::new(name).extension().is_some_and(|end| end == "toml"))
            {
                let slug = format!("{PLAYLISTS}/{name}");
                match disk::open(&entry.path()) {
                    Ok(mut file) => target.put(&slug, &mut file)?,
                    Err(error) => exported.damaged.push(Damaged { slug, reason: error.to_string() }),
                }
            }
        }
        match disk::open(&self.root.join(HISTORY)) {
            Ok(mut file) => target.put(HISTORY, &mut file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Takes the lock; nothing when the library cannot be written, as a snapshot, or another person's: every file that is read is
    /// held against its hash, so what changes meanwhile is named and not taken for whole.
    fn hold_still(&self) -> Result<Option<Guard>, LibraryError> {
        match self.lock() {
            Err(error) if is_unwritable(&error) => Ok(None),
            lock => lock.map(Some),
        }
    }

    /// The files of a session, opened in one moment, so that they belong together; or what is wrong with it.
    #[allow(clippy::type_complexity, reason = "it is used once")]
    fn opened(&self, slug: &str) -> Result<Result<Vec<(String, Box<dyn Read>)>, String>, LibraryError> {
        let folder = self.folder(slug);
        let (bytes, opened) = {
            let _guard = self.hold_still()?;
            if !folder.is_dir() {
                return Err(LibraryError::NoSession { name: slug.to_owned(), hint: String::new() });
            }
            let bytes = match about::bytes(&folder) {
                Ok(bytes) => bytes,
                Err(reason) => return Ok(Err(reason)),
            };
            let about = match About::judge(&bytes) {
                Judged::Whole(about) | Judged::ByHand(about) => about,
                Judged::OneByte(_) => return Ok(Err(format!("a byte of {} is wrong", about::NAME))),
                Judged::Lost(reason) => return Ok(Err(reason)),
            };
            let open = |(name, hash): (String, String)| disk::open(&folder.join(&name)).map(|file| (name, hash, file));
            (bytes, about.files.into_iter().map(open).collect::<Result<Vec<_>, _>>())
        };
        let opened = match opened {
            Ok(opened) => opened,
            Err(error) => return Ok(Err(format!("a file of it cannot be read: {error}"))),
        };
        let mut files: Vec<(String, Box<dyn Read>)> = vec![(about::NAME.to_owned(), Box::new(io::Cursor::new(bytes)))];
        for (name, hash, mut file) in opened {
            let mut hasher = blake3::Hasher::new();
            let read = hasher.update_reader(&file).map(drop).and_then(|()| file.rewind());
            read.map_err(failed("read", &folder.join(&name)))?;
            if hasher.finalize().to_hex().as_str() != hash {
                return Ok(Err(format!("{name} is not as it was written")));
            }
            files.push((name, Box::new(file)));
        }
        Ok(Ok(files))
    }
}

/// Whether nothing may be written there, while what is there may still be read.
fn is_unwritable(error: &LibraryError) -> bool {
    use io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
    matches!(error, LibraryError::Io { source, .. } if matches!(source.kind(), PermissionDenied | ReadOnlyFilesystem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_not_be_written_is_read_without_a_lock() {
        let error = |kind: io::ErrorKind| failed("open", Path::new("lock"))(kind.into());
        assert!(is_unwritable(&error(io::ErrorKind::PermissionDenied)));
        assert!(is_unwritable(&error(io::ErrorKind::ReadOnlyFilesystem)));
        for kind in [io::ErrorKind::StorageFull, io::ErrorKind::NotFound, io::ErrorKind::Other] {
            assert!(!is_unwritable(&error(kind)), "{kind}");
        }
        assert!(!is_unwritable(&LibraryError::Cannot(String::new())));
    }
}
