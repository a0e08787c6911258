//! Where sessions come from: a folder or a zip archive, as names and bytes.

use super::{Limits, names};
use crate::library::{HISTORY, MARKER_NAME, PLAYLISTS, SESSIONS, about, shown};
use std::{
    collections::{BTreeMap, HashSet},
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};
use zip::ZipArchive;

/// Every file of an archive or a folder by its plain path, as in a library.
pub(super) struct Source {
    kind: Kind,
    files: BTreeMap<String, Place>,
    limits: Limits,
    /// Bytes that were unpacked.
    unpacked: u64,
}

enum Kind {
    Folder,
    Zip(Box<ZipArchive<File>>),
}

enum Place {
    File(PathBuf),
    Entry(usize),
}

/// What is not taken along: a system's own files.
fn is_strange(path: &[&str]) -> bool {
    path.iter().any(|part| part.starts_with('.') || *part == "__MACOSX" || *part == "Thumbs.db")
}

impl Source {
    /// Looks at all names, and refuses the whole when one of them is not harmless.
    pub(super) fn open(path: &Path, limits: Limits) -> Result<Self, String> {
        let found = fs::metadata(path).map_err(|error| error.to_string())?;
        let (kind, files) = if found.is_dir() {
            (Kind::Folder, folder(path, &limits)?)
        } else if found.is_file() {
            let file = File::open(path).map_err(|error| error.to_string())?;
            let mut archive = ZipArchive::new(file).map_err(|error| format!("it is no zip archive: {error}"))?;
            let files = entries(&mut archive, &limits)?;
            (Kind::Zip(Box::new(archive)), files)
        } else {
            return Err("it is neither a folder nor a file".to_owned());
        };
        Ok(Self { kind, files, limits, unpacked: 0 })
    }

    /// All paths, in order.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Unpacks one file; the result is its hash.
    pub(super) fn unpack(&mut self, name: &str, into: &mut dyn Write) -> Result<String, String> {
        let broken = |error: io::Error| format!("cannot read {} in it: {error}", shown(name));
        let place = self.files.get(name).ok_or_else(|| format!("{} is missing in it", shown(name)))?;
        let (mut file, packed, claimed): (Box<dyn Read + '_>, _, _) = match (&mut self.kind, place) {
            (_, Place::File(path)) => {
                let file = File::open(path).map_err(broken)?;
                let length = file.metadata().map_err(broken)?.len();
                (Box::new(file), length, length)
            }
            (Kind::Zip(archive), Place::Entry(number)) => {
                let entry = archive.by_index(*number).map_err(|error| broken(error.into()))?;
                let (packed, claimed) = (entry.compressed_size(), entry.size());
                (Box::new(entry), packed, claimed)
            }
            (Kind::Folder, Place::Entry(_)) => return Err(format!("{} is missing in it", shown(name))),
        };
        let Limits { file: most, all, ratio, small, .. } = self.limits;
        let mut hasher = blake3::Hasher::new();
        let mut buffer = vec![0; 1 << 16];
        let mut length = 0;
        loop {
            let count = match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(broken(error)),
            };
            length += count as u64;
            self.unpacked += count as u64;
            let name = shown(name);
            if length > claimed {
                return Err(format!("{name} in it is larger than it claims to be"));
            }
            if length > most {
                return Err(format!("{name} in it is larger than {}", size(most)));
            }
            if self.unpacked > all {
                return Err(format!("there are more than {} in it", size(all)));
            }
            if length > small && length > packed.saturating_mul(ratio) {
                return Err(format!(
                    "{name} in it is more than {ratio} times as large as it is packed, as no session's file is"
                ));
            }
            hasher.update(&buffer[..count]);
            into.write_all(&buffer[..count]).map_err(|error| format!("{name} cannot be written: {error}"))?;
        }
        if length != claimed {
            return Err(format!("{} in it is shorter than it claims to be", shown(name)));
        }
        Ok(hasher.finalize().to_hex().to_string())
    }

    /// Unpacks a small file.
    pub(super) fn small(&mut self, name: &str) -> Result<Vec<u8>, String> {
        /// Much more than any of our texts.
        const MOST: u64 = 4 << 20;
        let before = self.limits;
        self.limits.file = if name == HISTORY { before.file.min(MOST << 6) } else { before.file.min(MOST) };
        let mut bytes = Vec::new();
        let done = self.unpack(name, &mut bytes);
        self.limits = before;
        done.map(|_| bytes)
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..0x10_0000 => format!("{} KiB", bytes >> 10),
        0x10_0000..0x4000_0000 => format!("{} MiB", bytes >> 20),
        _ => format!("{} GiB", bytes >> 30),
    }
}

/// The kind of a file in its mode (`S_IFMT`).
const KIND: u32 = 0o170_000;

fn entries(archive: &mut ZipArchive<File>, limits: &Limits) -> Result<BTreeMap<String, Place>, String> {
    if archive.len() > limits.files {
        return Err(format!("there are more than {} files in it", limits.files));
    }
    if archive.has_duplicate_names() {
        return Err("it has two entries of one name".to_owned());
    }
    let (mut seen, mut all, mut found) = (HashSet::new(), 0u64, Vec::new());
    for number in 0..archive.len() {
        let entry = archive.by_index_raw(number).map_err(|error| format!("it is damaged: {error}"))?;
        let name = entry.name().map_err(|_| "it has a name that is not text".to_owned())?.into_owned();
        let parts = names::parts(&name)?;
        let told = || shown(&name);
        if !seen.insert(names::key(&name)) {
            return Err(format!("it has two entries that some file systems take for one: {}", told()));
        }
        if entry.is_symlink() {
            return Err(format!("{} in it is a link", told()));
        }
        if entry.unix_mode().is_some_and(|mode| !matches!(mode & KIND, 0 | 0o100_000 | 0o040_000)) {
            return Err(format!("{} in it is no plain file", told()));
        }
        if entry.encrypted() {
            return Err(format!("{} in it is encrypted; unpack it, and import the folder", told()));
        }
        if entry.size() > limits.file {
            return Err(format!("{} in it claims to be larger than {}", told(), size(limits.file)));
        }
        all = all.saturating_add(entry.size());
        if all > limits.all {
            return Err(format!("it claims to hold more than {}", size(limits.all)));
        }
        if !entry.is_dir() && !is_strange(&parts) {
            found.push((name.clone(), number));
        }
    }
    if archive.has_overlapping_files().map_err(|error| format!("it is damaged: {error}"))? {
        return Err("files in it lie over one another".to_owned());
    }
    // What was packed as a folder has that folder's name before all others.
    let top = found.first().and_then(|(name, _)| name.split_once('/')).map(|(top, _)| format!("{top}/"));
    let top = top.filter(|top| {
        ![SESSIONS, PLAYLISTS].contains(&top.trim_end_matches('/'))
            && found.iter().all(|(name, _)| name.starts_with(top.as_str()))
    });
    let strip = top.map_or(0, |top| top.len());
    Ok(found.into_iter().map(|(name, number)| (name[strip..].to_owned(), Place::Entry(number))).collect())
}

/// What lies in a folder that is a library or one session.
fn folder(root: &Path, limits: &Limits) -> Result<BTreeMap<String, Place>, String> {
    let mut files = BTreeMap::new();
    if root.join(about::NAME).is_file() {
        let name = std::path::absolute(root).ok().and_then(|root| Some(root.file_name()?.to_str()?.to_owned()));
        walk(root, &format!("{SESSIONS}/{}", name.unwrap_or_else(|| "session".to_owned())), 0, &mut files, limits)?;
        return Ok(files);
    }
    for name in [MARKER_NAME, HISTORY] {
        take(&root.join(name), name.to_owned(), &mut files)?;
    }
    walk(&root.join(SESSIONS), SESSIONS, 1, &mut files, limits)?;
    walk(&root.join(PLAYLISTS), PLAYLISTS, 0, &mut files, limits)?;
    Ok(files)
}

fn take(path: &Path, name: String, files: &mut BTreeMap<String, Place>) -> Result<(), String> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => drop(files.insert(name, Place::File(path.to_owned()))),
        Ok(_) => return Err(format!("{} in it is a link or no plain file", shown(&name))),
        Err(_) => {}
    }
    Ok(())
}

fn walk(
    folder: &Path,
    name: &str,
    depth: u32,
    files: &mut BTreeMap<String, Place>,
    limits: &Limits,
) -> Result<(), String> {
    match fs::symlink_metadata(folder) {
        Ok(found) if found.is_dir() => {}
        Ok(_) => return Err(format!("{} in it is a link or no folder", shown(name))),
        Err(_) => return Ok(()),
    }
    for entry in fs::read_dir(folder).map_err(|error| format!("cannot read {}: {error}", shown(name)))? {
        let entry = entry.map_err(|error| error.to_string())?;
        let part = entry.file_name();
        let Some(part) = part.to_str() else {
            return Err(format!("it has a name in {} that is not text", shown(name)));
        };
        let name = format!("{name}/{part}");
        if is_strange(&names::parts(&name)?) {
            continue;
        }
        if files.len() > limits.files {
            return Err(format!("there are more than {} files in it", limits.files));
        }
        if depth > 0 {
            if entry.file_type().is_ok_and(|kind| kind.is_dir() || kind.is_symlink()) {
                walk(&entry.path(), &name, depth - 1, files, limits)?;
            }
        } else if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            take(&entry.path(), name, files)?;
        }
    }
    Ok(())
}
