//! Files that are whole or not there, locks that end with their process, and work that is swept when its process has gone.

use super::{LibraryError, WORK};
use rand::Rng;
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read},
    path::{Component, Path, PathBuf},
};

/// How names of work begin that lies in somebody's folder.
const BESIDE: &str = ".undertone-work-";

/// Says what failed, for `map_err`.
pub(super) fn failed(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> LibraryError {
    let path = path.to_owned();
    move |source| LibraryError::Io { what, path, source }
}

/// A lock that is held until it is dropped, or the process ends.
#[derive(Debug)]
pub(super) struct Guard {
    _file: File,
}

/// Waits for a lock. The file stays; it is empty and says nothing.
pub(super) fn lock(path: &Path) -> Result<Guard, LibraryError> {
    let file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(failed("open", path))?;
    file.lock().map_err(failed("lock", path))?;
    Ok(Guard { _file: file })
}

/// Makes a folder and those above it, and makes them last.
pub(super) fn make_folder(path: &Path) -> Result<(), LibraryError> {
    if path.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(path).map_err(failed("make the folder", path))?;
    path.ancestors().skip(1).take(2).filter(|above| above.is_dir()).try_for_each(sync_folder)
}

/// Makes the names in a folder last.
pub(super) fn sync_folder(path: &Path) -> Result<(), LibraryError> {
    match File::open(path).and_then(|folder| folder.sync_all()) {
        // Not every file system can; a name is written then all the same.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        result => result.map_err(failed("sync", path)),
    }
}

/// Renames what is whole to its place, and makes both names last.
pub(super) fn rename(from: &Path, to: &Path) -> Result<(), LibraryError> {
    fs::rename(from, to).map_err(failed("write", to))?;
    let (from, to) = (from.parent(), to.parent());
    to.into_iter().chain(from.filter(|from| Some(*from) != to)).try_for_each(sync_folder)
}

/// Puts a small file in its place, at once. It is made in the library's folder for work, so that nothing lies beside it that a
/// stop would leave there.
pub(super) fn write(root: &Path, path: &Path, bytes: &[u8]) -> Result<(), LibraryError> {
    let work = Work::begin(root)?;
    let part = work.folder().join("part");
    let written = || -> io::Result<()> {
        let mut file = File::create_new(&part)?;
        io::Write::write_all(&mut file, bytes)?;
        file.sync_all()
    };
    written().map_err(failed("write", path))?;
    fs::rename(&part, path).map_err(failed("write", path))?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Opens a file to read it. To open a pipe would wait for its other end.
pub(super) fn open(path: &Path) -> io::Result<File> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    File::open(path)
}

/// The bytes of a file, which is no pipe.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether a path leads into a folder, also by way of links, and of folders that are yet to be made.
pub(super) fn leads_into(path: &Path, folder: &Path) -> bool {
    real(path).starts_with(real(folder))
}

/// A path without links and `..`, as far as it is there.
fn real(path: &Path) -> PathBuf {
    fn found(path: &Path) -> PathBuf {
        let there = |above: &Path| Some((fs::canonicalize(above).ok()?, path.strip_prefix(above).ok()?.to_owned()));
        let Some((mut real, rest)) = path.ancestors().find_map(there) else { return path.to_owned() };
        for part in rest.components() {
            match part {
                Component::ParentDir => drop(real.pop()),
                part => real.push(part),
            }
        }
        real
    }
    // What follows a folder that is not there may lead back to one that is, and is a link.
    found(&found(path))
}

/// The hash of a file's bytes, in hexadecimal.
pub(super) fn hash(path: &Path) -> Result<String, LibraryError> {
    let mut hasher = blake3::Hasher::new();
    let read = open(path).and_then(|file| hasher.update_reader(file).map(drop));
    read.map_err(failed("read", path))?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// Makes every file in a folder last, and their names.
pub(super) fn sync_files(folder: &Path) -> Result<(), LibraryError> {
    // What a link leads to is not of the folder, and to open a pipe would wait for its other end.
    let lasts = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_file() || kind.is_dir());
    for entry in fs::read_dir(folder).map_err(failed("read", folder))?.flatten().filter(lasts) {
        let path = entry.path();
        File::open(&path).and_then(|file| file.sync_all()).map_err(failed("sync", &path))?;
    }
    sync_folder(folder)
}

/// Gives a second place to a file, a folder with all that is in it, or a link.
pub(super) fn take_along(from: &Path, to: &Path) -> io::Result<()> {
    let kind = fs::symlink_metadata(from)?.file_type();
    if kind.is_symlink() {
        return std::os::unix::fs::symlink(fs::read_link(from)?, to);
    }
    if !kind.is_dir() {
        // A second name costs nothing, where the file system has such.
        return fs::hard_link(from, to).or_else(|error| {
            if !kind.is_file() {
                return Err(error);
            }
            fs::copy(from, to)?;
            File::open(to)?.sync_all()
        });
    }
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        take_along(&entry.path(), &to.join(entry.file_name()))?;
    }
    sync_folder(to).map_err(io::Error::other)
}

/// A folder for work of this process, which goes when it is dropped, or when its process has gone.
#[derive(Debug)]
pub(super) struct Work {
    folder: PathBuf,
    lock: PathBuf,
    _held: File,
}

impl Work {
    pub(super) fn begin(root: &Path) -> Result<Self, LibraryError> {
        let all = root.join(WORK);
        if !all.is_dir() {
            fs::create_dir_all(&all).map_err(failed("make the folder", &all))?;
        }
        Self::begin_as(&all, "")
    }

    /// Begins work in somebody's folder, and removes what earlier work left there.
    pub(super) fn beside(folder: &Path) -> Result<Self, LibraryError> {
        sweep(folder, BESIDE);
        Self::begin_as(folder, BESIDE)
    }

    fn begin_as(all: &Path, prefix: &str) -> Result<Self, LibraryError> {
        loop {
            let folder = all.join(format!("{prefix}{:016x}", rand::rng().next_u64()));
            let lock = folder.with_extension("lock");
            let held = match OpenOptions::new().write(true).create_new(true).open(&lock) {
                Ok(held) => held,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(failed("make", &lock)(error)),
            };
            match held.try_lock() {
                // Another process may have swept the new file before it was locked.
                Ok(()) if !lock.exists() => {}
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(failed("lock", &lock)(error)),
                Ok(()) => {
                    fs::create_dir(&folder).map_err(failed("make the folder", &folder))?;
                    return Ok(Self { folder, lock, _held: held });
                }
            }
        }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        // What cannot be removed now is swept later. The lock goes last: a folder without one is nobody's.
        let _ = fs::remove_dir_all(&self.folder);
        let _ = fs::remove_file(&self.lock);
    }
}

/// Removes work whose process has gone, of those names that begin so.
pub(super) fn sweep(all: &Path, prefix: &str) {
    let Ok(entries) = fs::read_dir(all) else { return };
    let ours = |entry: &fs::DirEntry| entry.file_name().as_encoded_bytes().starts_with(prefix.as_bytes());
    for path in entries.flatten().filter(ours).map(|entry| entry.path()) {
        let lock = path.with_extension("lock");
        match OpenOptions::new().write(true).open(&lock) {
            Ok(file) if file.try_lock().is_ok() => {
                let _ = fs::remove_dir_all(path.with_extension(""));
                let _ = fs::remove_file(&lock);
            }
            // The lock is made before its folder and goes after it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => drop(fs::remove_dir_all(&path)),
            _ => {}
        }
    }
}
