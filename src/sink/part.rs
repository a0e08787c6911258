//! A file that stands under its name only when it is whole.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use rand::Rng;

use super::SinkError;

/// The end of the name of every file that is not whole yet.
const SUFFIX: &str = ".undertone-part";
/// Hexadecimal digits that tell two parts for the same output apart.
const DIGITS: usize = 8;
/// The longest file name that common file systems take, in bytes.
const NAME_MAX: usize = 255;

/// An output that is being written: beside the target until it is whole, or straight into a device or a pipe.
///
/// Dropped before [`PartFile::commit`], it leaves nothing behind; and a part that a killed process left is removed by
/// the next one that writes to the same target. A part that is being written is locked.
#[derive(Debug)]
pub(super) struct PartFile {
    file: File,
    /// As it was asked for, for messages.
    shown: String,
    /// None for a device or a pipe.
    rename: Option<Rename>,
}

#[derive(Debug)]
struct Rename {
    part: PathBuf,
    target: PathBuf,
    folder: PathBuf,
}

impl PartFile {
    /// Opens the way to `path`, finding out now whatever stands against it.
    pub(super) fn create(path: &Path) -> Result<Self, SinkError> {
        let shown = path.display().to_string();
        let existing = fs::metadata(path).ok();
        if let Some(existing) = &existing {
            if existing.is_dir() {
                return Err(SinkError::Folder { path: path.to_owned() });
            }
            if existing.permissions().readonly() {
                return Err(SinkError::ReadOnly { path: path.to_owned() });
            }
            if !existing.is_file() {
                let opened = OpenOptions::new().write(true).open(path);
                let file = opened.map_err(|source| SinkError::Write { output: shown.clone(), source })?;
                return Ok(Self { file, shown, rename: None });
            }
        }
        let target = follow_links(path);
        let name = target.file_name().ok_or_else(|| SinkError::NoName { path: path.to_owned() })?;
        if path.as_os_str().as_encoded_bytes().ends_with(b"/") {
            return Err(SinkError::NoName { path: path.to_owned() });
        }
        let folder = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        match fs::metadata(&folder) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(SinkError::NotAFolder { path: path.to_owned(), folder }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(SinkError::NoFolder { path: path.to_owned(), folder });
            }
            Err(source) => return Err(SinkError::Create { folder, source }),
        }
        let prefix = part_prefix(name);
        remove_strays(&folder, &prefix);
        let (file, part) =
            create_locked(&folder, &prefix).map_err(|source| SinkError::Create { folder: folder.clone(), source })?;
        if let Some(existing) = existing {
            // Whoever could read the old file can read the new one; not every file system keeps permissions.
            let _ = file.set_permissions(existing.permissions());
        }
        Ok(Self { file, shown, rename: Some(Rename { part, target, folder }) })
    }

    /// Whether [`PartFile::rewrite_start`] can work.
    pub(super) fn is_seekable(&self) -> bool {
        self.rename.is_some()
    }

    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), SinkError> {
        self.file.write_all(bytes).map_err(|source| self.error(source))
    }

    /// Puts other bytes at the start of the file.
    pub(super) fn rewrite_start(&mut self, bytes: &[u8]) -> Result<(), SinkError> {
        self.rewrite(0, bytes)
    }

    /// Puts other bytes where some were written before. What is written next follows them.
    pub(super) fn rewrite(&mut self, at: u64, bytes: &[u8]) -> Result<(), SinkError> {
        let written = self.file.seek(SeekFrom::Start(at)).and_then(|_| self.file.write_all(bytes));
        written.map_err(|source| self.error(source))
    }

    /// Puts the file under its name, and makes both last.
    pub(super) fn commit(mut self) -> Result<(), SinkError> {
        let Some(Rename { part, target, folder }) = &self.rename else {
            return self.file.flush().map_err(|source| self.error(source));
        };
        self.file.sync_all().map_err(|source| self.error(source))?;
        fs::rename(part, target).map_err(|source| self.error(source))?;
        // The file has its name; that a folder cannot be synced everywhere takes nothing from it.
        if let Ok(folder) = File::open(folder) {
            let _ = folder.sync_all();
        }
        self.rename = None;
        Ok(())
    }

    pub(super) fn error(&self, source: io::Error) -> SinkError {
        SinkError::from_write(&self.shown, source)
    }
}

/// For encoders that write by themselves.
impl Write for PartFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        if let Some(Rename { part, .. }) = &self.rename {
            // If this fails, the next render to the same target tries again.
            let _ = fs::remove_file(part);
        }
    }
}

/// Where a link leads, so that the file behind it is replaced and not the link.
fn follow_links(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    // Linux follows 40 links, too.
    for _ in 0..40 {
        let Ok(next) = fs::read_link(&path) else { break };
        path = path.parent().map_or_else(|| next.clone(), |folder| folder.join(&next));
    }
    path
}

/// `.NAME.`, cut short if the whole would be too long for a file name.
fn part_prefix(name: &OsStr) -> OsString {
    let room = NAME_MAX - 2 - DIGITS - SUFFIX.len();
    let mut prefix = OsString::from(".");
    if name.len() <= room {
        prefix.push(name);
    } else {
        let mut short = String::new();
        for letter in name.to_string_lossy().chars() {
            if short.len() + letter.len_utf8() > room {
                break;
            }
            short.push(letter);
        }
        prefix.push(short);
    }
    prefix.push(".");
    prefix
}

fn create_locked(folder: &Path, prefix: &OsStr) -> io::Result<(File, PathBuf)> {
    loop {
        let mut name = prefix.to_owned();
        name.push(format!("{:08x}{SUFFIX}", rand::rng().next_u32()));
        let part = folder.join(name);
        let file = match OpenOptions::new().write(true).create_new(true).open(&part) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(error),
        };
        match file.try_lock() {
            // Another render may have taken the new file for a stray before it was locked.
            Ok(()) if !part.exists() => {}
            Err(TryLockError::WouldBlock) => {}
            // Where there are no locks, strays are not removed either.
            Ok(()) | Err(TryLockError::Error(_)) => return Ok((file, part)),
        }
    }
}

/// Removes parts of the same target that no running process holds.
fn remove_strays(folder: &Path, prefix: &OsStr) {
    // What cannot be listed or removed does not stand against the render.
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if !is_file || !is_part(&entry.file_name(), prefix) {
            continue;
        }
        let Ok(file) = OpenOptions::new().write(true).open(entry.path()) else { continue };
        if file.try_lock().is_ok() {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn is_part(name: &OsStr, prefix: &OsStr) -> bool {
    let middle = name.as_encoded_bytes().strip_prefix(prefix.as_encoded_bytes());
    let digits = middle.and_then(|rest| rest.strip_suffix(SUFFIX.as_bytes()));
    digits.is_some_and(|digits| digits.len() == DIGITS && digits.iter().all(u8::is_ascii_hexdigit))
}
