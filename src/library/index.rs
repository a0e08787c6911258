//! What is known of every session in one file, and the words of every session in another, so that a large library is listed and
//! searched without opening thousands of files.
//!
//! Nothing writes them but who reads them: an entry counts only as long as the file that it was read from has the same time, size
//! and number, so several processes may write at once, and an index that is missing, old or damaged costs time and nothing else.

use super::{
    About, DERIVED, Damaged, Entry, Library, LibraryError, Listing, about,
    disk::{self, failed},
    words,
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    fs, io,
    os::unix::fs::MetadataExt,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

/// By these a file is known not to have changed: times of change in nanoseconds, size, number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp(i64, i64, u64, u64);

impl Stamp {
    fn of(path: &Path) -> io::Result<Self> {
        let found = fs::symlink_metadata(path)?;
        let nanos = |seconds: i64, nanos: i64| seconds.saturating_mul(1_000_000_000).saturating_add(nanos);
        let (changed, touched) = (nanos(found.mtime(), found.mtime_nsec()), nanos(found.ctime(), found.ctime_nsec()));
        Ok(Self(changed, touched, found.size(), found.ino()))
    }

    /// Whether what was read at a time is surely what has this stamp: a file system's clock may stand still for some milliseconds.
    fn is_settled(self, read: i64) -> bool {
        const TICK: i64 = 50_000_000;
        read.saturating_sub(self.0.max(self.1)) > TICK
    }
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos() as i64)
}

#[derive(Debug, Serialize, Deserialize)]
struct Known {
    slug: String,
    stamp: Stamp,
    read: i64,
    about: About,
}

const ENTRIES: &str = "entries";
const WORDS: &str = "words";

/// A file's bytes behind their hash.
fn load(library: &Library, name: &str) -> Option<Vec<u8>> {
    let mut bytes = fs::read(library.root.join(DERIVED).join(name)).ok()?;
    let rest = bytes.get(32..)?;
    if blake3::hash(rest).as_bytes() != &bytes[..32] {
        return None;
    }
    bytes.drain(..32);
    Some(bytes)
}

/// Writes a file that can be derived. That it cannot be written costs time and nothing else.
fn store(library: &Library, name: &str, bytes: &[u8]) {
    let write = || -> Option<()> {
        let folder = library.root.join(DERIVED);
        fs::create_dir_all(&folder).ok()?;
        let work = disk::Work::begin(&library.root).ok()?;
        let part = work.folder().join(name);
        fs::write(&part, [blake3::hash(bytes).as_bytes().as_slice(), bytes].concat()).ok()?;
        fs::rename(part, folder.join(name)).ok()
    };
    write();
}

/// Names of all sessions' folders.
pub(super) fn names(library: &Library) -> Result<Vec<String>, LibraryError> {
    let folder = library.sessions();
    let inside = match fs::read_dir(&folder) {
        Ok(inside) => inside,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed("read", &folder)(error)),
    };
    let mut names = Vec::new();
    for entry in inside {
        let entry = entry.map_err(failed("read", &folder))?;
        // What begins with a dot is a system's, or a program's that syncs folders; a file is nobody's session.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) && !entry.file_name().as_encoded_bytes().starts_with(b".")
        {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(names)
}

/// All sessions, in no order.
pub(super) fn entries(library: &Library) -> Result<Listing, LibraryError> {
    enum Found {
        Same(Known),
        Read(Known),
        Damaged(Damaged),
        Gone,
    }
    let names = names(library)?;
    let known: Vec<Known> =
        load(library, ENTRIES).and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    let before = known.len();
    let mut known: HashMap<String, Known> = known.into_iter().map(|known| (known.slug.clone(), known)).collect();
    let looked_up: Vec<(String, Option<Known>)> = names
        .into_iter()
        .map(|name| {
            let known = known.remove(&name);
            (name, known)
        })
        .collect();
    let found: Vec<Found> = looked_up
        .into_par_iter()
        .with_min_len(64)
        .map(|(slug, known)| {
            let folder = library.folder(&slug);
            let read = now();
            let stamp = Stamp::of(&folder.join(about::NAME));
            if let (Some(known), Ok(stamp)) = (known, &stamp)
                && known.stamp == *stamp
                && stamp.is_settled(known.read)
            {
                return Found::Same(known);
            }
            match (About::read(&folder), stamp) {
                (Ok((about, _)), Ok(stamp)) => Found::Read(Known { slug, stamp, read, about }),
                // It was removed since its name was read.
                (Err(_), _) if !folder.exists() => Found::Gone,
                (Err(reason), _) => Found::Damaged(Damaged { slug, reason }),
                (_, Err(error)) => Found::Damaged(Damaged { slug, reason: error.to_string() }),
            }
        })
        .collect();
    let (mut all, mut damaged, mut changed) = (Vec::with_capacity(found.len()), Vec::new(), false);
    for found in found {
        match found {
            Found::Same(known) => all.push(known),
            Found::Read(known) => {
                changed = true;
                all.push(known);
            }
            Found::Damaged(session) => damaged.push(session),
            Found::Gone => {}
        }
    }
    if changed || all.len() != before {
        serde_json::to_vec(&all).map(|bytes| store(library, ENTRIES, &bytes)).unwrap_or_default();
    }
    let entries = all
        .into_iter()
        .map(|known| Entry { folder: library.folder(&known.slug), slug: known.slug, about: known.about })
        .collect();
    Ok(Listing { entries, damaged })
}

/// The words of a session, folded.
struct Words<'a> {
    stamp: Stamp,
    read: i64,
    answers: u64,
    text: std::borrow::Cow<'a, str>,
}

/// Goes through the folded words of sessions, side by side; the results are in the order of the entries.
pub(super) fn words<T: Send>(library: &Library, entries: &[Entry], each: impl Fn(&Entry, &str) -> T + Sync) -> Vec<T> {
    let bytes = load(library, WORDS).unwrap_or_default();
    let known = unpack(&bytes).unwrap_or_default();
    let found: Vec<(Words<'_>, bool, T)> = entries
        .par_iter()
        .with_min_len(64)
        .map(|entry| {
            let read = now();
            let stamp = Stamp::of(&entry.script()).unwrap_or(Stamp(0, 0, 0, 0));
            let answers = answers_hash(&entry.about);
            let same = known
                .get(entry.slug.as_str())
                .filter(|known| known.stamp == stamp && known.answers == answers && stamp.is_settled(known.read));
            let (words, fresh) = match same {
                Some(Words { stamp, read, answers, text }) => {
                    let text = std::borrow::Cow::Borrowed(text.as_ref());
                    (Words { stamp: *stamp, read: *read, answers: *answers, text }, false)
                }
                None => {
                    let text = words::fold(&said(entry).unwrap_or_default()).into();
                    (Words { stamp, read, answers, text }, true)
                }
            };
            let result = each(entry, &words.text);
            (words, fresh, result)
        })
        .collect();
    if found.iter().any(|(_, fresh, _)| *fresh) || found.len() != known.len() {
        let all = entries.iter().zip(&found).map(|(entry, (words, ..))| (entry.slug.as_str(), words));
        store(library, WORDS, &pack(all));
    }
    found.into_iter().map(|(_, _, result)| result).collect()
}

/// What a session says, a paragraph a line.
pub(super) fn said(entry: &Entry) -> io::Result<String> {
    let text = entry.script_text()?;
    let script = crate::script::parse(&entry.about.origin, &text).script;
    Ok(words::spoken(&script, &entry.about.answers))
}

fn answers_hash(about: &About) -> u64 {
    if about.answers.is_empty() {
        return 0;
    }
    let mut hasher = blake3::Hasher::new();
    for text in about.answers.iter().flat_map(|(name, answer)| [name, answer]) {
        hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
    }
    hasher.finalize().as_bytes()[..8].iter().fold(0, |all, byte| all << 8 | u64::from(*byte))
}

/// For each session: its name's length and its name, seven numbers, its text's length and its text.
fn pack<'a>(all: impl Iterator<Item = (&'a str, &'a Words<'a>)>) -> Vec<u8> {
    let mut out = Vec::new();
    for (slug, Words { stamp, read, answers, text }) in all {
        let mut number = |n: u64| out.extend_from_slice(&n.to_le_bytes());
        let Stamp(changed, touched, size, inode) = *stamp;
        [changed as u64, touched as u64, size, inode, *read as u64, *answers].into_iter().for_each(&mut number);
        number(slug.len() as u64);
        number(text.len() as u64);
        out.extend_from_slice(slug.as_bytes());
        out.extend_from_slice(text.as_bytes());
    }
    out
}

fn unpack(mut bytes: &[u8]) -> Option<HashMap<&str, Words<'_>>> {
    let mut all = HashMap::new();
    while !bytes.is_empty() {
        let mut numbers = [0u64; 8];
        for number in &mut numbers {
            let (head, rest) = bytes.split_first_chunk::<8>()?;
            *number = u64::from_le_bytes(*head);
            bytes = rest;
        }
        let [changed, touched, size, inode, read, answers, slug, text] = numbers;
        let (slug, rest) = bytes.split_at_checked(usize::try_from(slug).ok()?)?;
        let (text, rest) = rest.split_at_checked(usize::try_from(text).ok()?)?;
        bytes = rest;
        let stamp = Stamp(changed as i64, touched as i64, size, inode);
        let text = std::str::from_utf8(text).ok()?.into();
        all.insert(std::str::from_utf8(slug).ok()?, Words { stamp, read: read as i64, answers, text });
    }
    Some(all)
}

const LAST: &str = "last-list";

/// Keeps the order of a list, so that its numbers are names.
pub(super) fn keep_order(library: &Library, slugs: &[&str]) {
    store(library, LAST, slugs.join("\n").as_bytes());
}

/// The session that had a number in the last list; the first has 1.
pub(super) fn numbered(library: &Library, number: usize) -> Option<String> {
    let bytes = load(library, LAST)?;
    let text = String::from_utf8(bytes).ok()?;
    text.lines().nth(number.checked_sub(1)?).map(str::to_owned)
}
