//! The folder that a site lies in: nothing of it that is not ours is touched, and nothing outside of it.

use super::{hash_of, is_hash};
use crate::library::{
    Library, LibraryError,
    disk::{self, Work, failed},
    slug::is_slug,
};
use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

/// By this file a site is known again.
const MARKER: &str = "undertone-site.json";

/// How names begin of what lies there only as long as a site is written: work, which [`Work::beside`] makes.
const PASSING: &str = ".undertone-";

/// What a file was called while an earlier undertone wrote it.
const PART: &str = ".undertone-part";

/// Folders of a site.
const FOLDERS: [&str; 3] = ["audio", "captions", "covers"];

/// The whole of the marker.
const MARKED: &str =
    "{\n  \"format\": 1,\n  \"what\": \"A site of Undertone. This program replaces it; other files stay.\"\n}\n";

/// A folder with a site in it, or one that gets one.
pub(super) struct Place {
    root: PathBuf,
    /// Names of the files of the site as it will be.
    now: BTreeSet<String>,
    written: usize,
    same: usize,
    /// Where files are written before they are whole: in the folder, as a rename does not leave a file system, and of this process
    /// alone, as another may write the same site where there are no locks.
    work: Work,
    /// Locked as long as the site is written, so that of two at once neither removes what the other's page shows. Nothing where the
    /// file system has no locks on folders, as some networks' have not.
    _held: Option<File>,
}

impl Place {
    /// Looks at the folder before anything is written.
    pub(super) fn open(library: &Library, to: &Path) -> Result<Self, LibraryError> {
        let cannot = |reason: &str| LibraryError::Cannot(format!("cannot write a site to {}: {reason}", to.display()));
        let root = std::path::absolute(to).map_err(failed("find", to))?;
        match fs::symlink_metadata(&root) {
            Ok(found) if found.is_symlink() => return Err(cannot("it is a link; name the folder itself")),
            Ok(found) if !found.is_dir() => return Err(cannot("it is a file; name a folder")),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed("read", &root)(error)),
            _ => {}
        }
        if disk::leads_into(&root, library.root()) {
            return Err(cannot("it lies in the library; name a place outside"));
        }
        disk::make_folder(&root)?;
        let held = File::open(&root).map_err(failed("open", &root))?;
        let held = held.lock().is_ok().then_some(held);
        match marker(&root) {
            Ok(true) => {}
            Ok(false) => {
                let inside = fs::read_dir(&root).map_err(failed("read", &root))?.flatten();
                let names = inside.map(|entry| entry.file_name());
                let first = names.filter(|name| !name.as_encoded_bytes().starts_with(PASSING.as_bytes())).min();
                if let Some(name) = first {
                    let name = crate::library::shown(&name.to_string_lossy());
                    return Err(cannot(&format!(
                        "it holds other things (\"{name}\") and no site of undertone's; name a new folder"
                    )));
                }
            }
            Err(reason) => return Err(cannot(&reason)),
        }
        let work = Work::beside(&root)?;
        // A link goes itself, and not what it leads to.
        let _ = fs::remove_file(root.join(PART));
        let mut place = Self { root, now: BTreeSet::new(), written: 0, same: 0, work, _held: held };
        for name in FOLDERS {
            let folder = place.root.join(name);
            match fs::symlink_metadata(&folder) {
                Ok(found) if !found.is_dir() => {
                    return Err(cannot(&format!("{name} in it is not a folder; remove it")));
                }
                Ok(_) => {}
                Err(_) => disk::make_folder(&folder)?,
            }
        }
        // From here on the folder is ours, also when this stops before the end.
        if !place.is_there(MARKER, MARKED.len() as u64, &hash_of(MARKED.as_bytes())) {
            place.put(MARKER, &mut MARKED.as_bytes(), None)?;
        }
        Ok(place)
    }

    /// Writes a file, unless it is there with these bytes.
    pub(super) fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), LibraryError> {
        if self.is_there(name, bytes.len() as u64, &hash_of(bytes)) {
            self.same += 1;
        } else {
            self.put(name, &mut &*bytes, None)?;
            self.written += 1;
        }
        self.now.insert(name.to_owned());
        Ok(())
    }

    /// Copies a file, unless it is there already, and gives its bytes; or nothing, when it does not have this hash.
    pub(super) fn copy(&mut self, name: &str, from: &Path, hash: &str) -> Result<Option<u64>, LibraryError> {
        debug_assert!(is_hash(hash), "{hash}");
        let found = match fs::symlink_metadata(from) {
            Ok(found) if found.is_file() => found,
            Ok(_) => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("read", from)(error)),
        };
        if self.is_there(name, found.len(), hash) {
            self.same += 1;
        } else {
            let mut file = File::open(from).map_err(failed("read", from))?;
            if !self.put(name, &mut file, Some(hash))? {
                return Ok(None);
            }
            self.written += 1;
        }
        self.now.insert(name.to_owned());
        Ok(Some(found.len()))
    }

    fn is_there(&self, name: &str, length: u64, hash: &str) -> bool {
        let path = self.root.join(name);
        fs::symlink_metadata(&path).is_ok_and(|found| found.is_file() && found.len() == length)
            && disk::hash(&path).is_ok_and(|found| found == hash)
    }

    /// Writes a file where nobody looks and renames it to its place, when it has the hash that it should have.
    fn put(&mut self, name: &str, from: &mut dyn Read, hash: Option<&str>) -> Result<bool, LibraryError> {
        let (part, path) = (self.work.folder().join("part"), self.root.join(name));
        let mut copied = || -> io::Result<String> {
            let mut file = File::create_new(&part)?;
            let (mut hasher, mut buffer) = (blake3::Hasher::new(), vec![0; 1 << 16]);
            loop {
                let read = from.read(&mut buffer)?;
                if read == 0 {
                    break;
                }
                hasher.update(&buffer[..read]);
                file.write_all(&buffer[..read])?;
            }
            file.sync_all()?;
            Ok(hasher.finalize().to_hex().to_string())
        };
        let got = copied().inspect_err(|_| drop(fs::remove_file(&part))).map_err(failed("write", &path))?;
        if hash.is_some_and(|hash| hash != got) {
            let _ = fs::remove_file(&part);
            return Ok(false);
        }
        disk::rename(&part, &path)?;
        Ok(true)
    }

    /// Takes away what the site had and has no more. The result counts files written, the same, and removed.
    pub(super) fn finish(self) -> Result<(usize, usize, usize), LibraryError> {
        let mut removed = 0;
        for folder in FOLDERS {
            let path = self.root.join(folder);
            for entry in fs::read_dir(&path).map_err(failed("read", &path))?.flatten() {
                let name = entry.file_name();
                let Some(name) = name.to_str().filter(|name| is_ours(name)) else { continue };
                let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
                if is_file && !self.now.contains(&format!("{folder}/{name}")) {
                    fs::remove_file(entry.path()).map_err(failed("remove", &entry.path()))?;
                    removed += 1;
                }
            }
            disk::sync_folder(&path)?;
        }
        disk::sync_folder(&self.root)?;
        Ok((self.written, self.same, removed))
    }
}

/// Whether a site lies in a folder, or why it cannot be replaced.
fn marker(root: &Path) -> Result<bool, String> {
    let path = root.join(MARKER);
    match fs::symlink_metadata(&path) {
        Err(_) => return Ok(false),
        Ok(found) if !found.is_file() || found.len() > 4096 => {
            return Err(format!("{MARKER} in it is none of undertone's; name a new folder"));
        }
        Ok(_) => {}
    }
    let marker = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
    match marker.as_ref().and_then(|marker| marker.get("format")?.as_u64()) {
        Some(1) => Ok(true),
        Some(other) => Err(format!("its site has format {other}, which this undertone does not know")),
        None => Err(format!("{MARKER} in it cannot be read; name a new folder")),
    }
}

/// Whether a file has a name as this program gives them: a slug, 16 digits of a hash, and an end.
fn is_ours(name: &str) -> bool {
    let Some((base, end)) = name.split_once('.') else { return false };
    let Some((slug, hash)) = base.rsplit_once('-') else { return false };
    is_slug(slug)
        && hash.len() == 16
        && hash.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        && ["flac", "wav", "opus", "mp3", "js", "svg"].contains(&end)
}
