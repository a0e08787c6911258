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
    collections::{BTreeMap, HashMap},
    fs, io,
    os::unix::fs::{DirEntryExt, MetadataExt},
    path::Path,
    sync::OnceLock,
    time::{SystemTime, UNIX_EPOCH},
};

/// How many threads wait for files.
const WAITING: usize = 16;

/// How many files each looks at before it takes others, at least.
const AT_ONCE: usize = 32;

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

/// The hash of a file's bytes, 32 bytes, and the bytes; nothing when they do not fit.
fn load(library: &Library, name: &str) -> Option<Vec<u8>> {
    let bytes = fs::read(library.root.join(DERIVED).join(name)).ok()?;
    let rest = bytes.get(32..)?;
    (blake3::hash(rest).as_bytes() == &bytes[..32]).then_some(bytes)
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

/// Looks at many files: what takes long is waiting for a disk, which finds them sooner when it is asked for many at once.
fn waiting<T: Send>(look: impl FnOnce() -> T + Send) -> T {
    match rayon::ThreadPoolBuilder::new().num_threads(WAITING).build() {
        Ok(pool) => pool.install(look),
        Err(_) => look(),
    }
}

/// Names of all sessions' folders, in the order in which a disk finds them soonest.
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
            names.push((entry.ino(), entry.file_name().to_string_lossy().into_owned()));
        }
    }
    // A folder is read in the order of its hashes: its sessions lie all over the disk then. Their numbers are places on it.
    names.sort_unstable();
    Ok(names.into_iter().map(|(_, name)| name).collect())
}

/// What is wrong with a folder whose name is not UTF-8: nobody can name it.
pub(super) const UNNAMEABLE: &str = "its folder's name is not UTF-8; give the folder another name";

/// Whether a name that leads nowhere stands for a folder whose own name could not be read.
pub(super) fn is_unnameable(name: &str) -> bool {
    name.contains(char::REPLACEMENT_CHARACTER)
}

/// What was known of sessions when they were listed last.
fn known(library: &Library) -> Vec<Known> {
    let bytes = load(library, ENTRIES).unwrap_or_default();
    let lines: Vec<&[u8]> = bytes.get(32..).unwrap_or_default().split(|b| *b == b'\n').collect();
    lines.par_iter().with_min_len(64).filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

fn stamps(library: &Library, names: &[String]) -> Vec<io::Result<Stamp>> {
    let stamp = |name: &String| Stamp::of(&library.folder(name).join(about::NAME));
    waiting(|| names.par_iter().with_min_len(AT_ONCE).map(stamp).collect())
}

/// Reads sessions that were not known, or not as they are now.
fn read_all(library: &Library, new: Vec<(String, io::Result<Stamp>)>) -> Vec<Result<Known, Damaged>> {
    if new.is_empty() {
        return Vec::new();
    }
    let read = |(slug, stamp): (String, io::Result<Stamp>)| {
        let read = now();
        match (About::read(&library.folder(&slug)), stamp) {
            (Ok(about), Ok(stamp)) => Ok(Known { slug, stamp, read, about }),
            (Err(reason), _) => Err(Damaged { slug, reason }),
            (_, Err(error)) => Err(Damaged { slug, reason: error.to_string() }),
        }
    };
    waiting(|| new.into_par_iter().with_min_len(AT_ONCE).map(read).collect())
}

/// All sessions, in no order.
pub(super) fn entries(library: &Library) -> Result<Listing, LibraryError> {
    let names = names(library)?;
    // While a disk is waited for, what was known is read.
    let (known, stamps) = rayon::join(|| known(library), || stamps(library, &names));
    let before = known.len();
    let mut known: HashMap<String, Known> = known.into_iter().map(|known| (known.slug.clone(), known)).collect();
    let (mut all, mut new) = (Vec::with_capacity(names.len()), Vec::new());
    for (slug, stamp) in names.into_iter().zip(stamps) {
        match (known.remove(&slug), stamp) {
            (Some(known), Ok(stamp)) if known.stamp == stamp && stamp.is_settled(known.read) => all.push(known),
            (_, stamp) => new.push((slug, stamp)),
        }
    }
    let (mut damaged, mut changed) = (Vec::new(), false);
    for found in read_all(library, new) {
        match found {
            Ok(known) => {
                changed = true;
                all.push(known);
            }
            // It may have been removed since its name was read.
            Err(session) if library.folder(&session.slug).exists() => damaged.push(session),
            Err(Damaged { slug, .. }) if is_unnameable(&slug) => {
                damaged.push(Damaged { slug, reason: UNNAMEABLE.to_owned() });
            }
            Err(_) => {}
        }
    }
    if changed || all.len() != before {
        let lines: Vec<String> = all.par_iter().filter_map(|known| serde_json::to_string(known).ok()).collect();
        store(library, ENTRIES, lines.join("\n").as_bytes());
    }
    let entries = all
        .into_iter()
        .map(|known| Entry { folder: library.folder(&known.slug), slug: known.slug, about: known.about })
        .collect();
    Ok(Listing { entries, damaged })
}

/// Which words each session says, and how often.
pub(super) struct WordLists {
    /// All words, folded, in no order.
    pub(super) vocabulary: Vec<String>,
    /// For each session a number for each of its words: the word's place in the vocabulary times 256, and how often it is said, at
    /// most 255 times.
    pub(super) sessions: Vec<Vec<u32>>,
}

/// What was known of a session's words.
pub(super) struct KnownWords<'a> {
    stamp: Stamp,
    read: i64,
    answers: u64,
    pairs: &'a [[u8; 4]],
}

/// What is kept of the words of sessions, in `bytes` that stay where they are; nothing when nothing is.
pub(super) fn kept_words<'a>(library: &Library, bytes: &'a OnceLock<Vec<u8>>) -> Unpacked<'a> {
    let bytes = bytes.get_or_init(|| load(library, WORDS).unwrap_or_default());
    unpack(bytes.get(32..).unwrap_or_default()).unwrap_or_default()
}

/// The words of sessions, in the order of the entries.
pub(super) fn words(library: &Library, entries: &[Entry], (vocabulary, known): Unpacked<'_>) -> WordLists {
    enum Found<'a> {
        Same(&'a KnownWords<'a>),
        Read(Stamp, i64, u64, BTreeMap<String, u8>),
    }
    let look = || {
        entries
            .par_iter()
            .with_min_len(AT_ONCE)
            .map(|entry| {
                let read = now();
                let stamp = Stamp::of(&entry.script()).unwrap_or(Stamp(0, 0, 0, 0));
                let answers = answers_hash(&entry.about);
                let same = known
                    .get(entry.slug.as_str())
                    .filter(|known| known.stamp == stamp && known.answers == answers && stamp.is_settled(known.read));
                same.map_or_else(|| Found::Read(stamp, read, answers, counted(entry)), Found::Same)
            })
            .collect()
    };
    let found: Vec<Found<'_>> = waiting(look);
    let fresh = found.iter().any(|found| matches!(found, Found::Read(..)));
    let mut vocabulary: Vec<String> = vocabulary.into_iter().map(str::to_owned).collect();
    let mut places: HashMap<String, u32> = HashMap::new();
    if fresh {
        places.extend(vocabulary.iter().cloned().zip(0..));
    }
    let mut sessions = Vec::with_capacity(found.len());
    let mut heads = Vec::with_capacity(found.len());
    for found in found {
        let (stamp, read, answers, pairs) = match found {
            Found::Same(known) => {
                let pairs: Vec<u32> = known.pairs.iter().map(|pair| u32::from_le_bytes(*pair)).collect();
                (known.stamp, known.read, known.answers, pairs)
            }
            Found::Read(stamp, read, answers, counts) => {
                let pairs = counts.into_iter().map(|(word, count)| {
                    let place = *places.entry(word).or_insert_with_key(|word| {
                        vocabulary.push(word.clone());
                        vocabulary.len() as u32 - 1
                    });
                    place << 8 | u32::from(count)
                });
                (stamp, read, answers, pairs.collect())
            }
        };
        heads.push((stamp, read, answers));
        sessions.push(pairs);
    }
    if fresh || sessions.len() != known.len() {
        let all =
            entries.iter().zip(&heads).zip(&sessions).map(|((entry, head), pairs)| (entry.slug.as_str(), *head, pairs));
        store(library, WORDS, &pack(&vocabulary, all));
    }
    WordLists { vocabulary, sessions }
}

/// How often each word is said in a session.
fn counted(entry: &Entry) -> BTreeMap<String, u8> {
    /// More than any language has; it is a limit for what is no text.
    const MOST: usize = 1 << 20;
    let mut counts: BTreeMap<String, u8> = BTreeMap::new();
    for word in words::fold(&said(entry).unwrap_or_default()).split_whitespace().take(MOST) {
        match counts.get_mut(word) {
            Some(count) => *count = count.saturating_add(1),
            None => drop(counts.insert(word.to_owned(), 1)),
        }
    }
    counts
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

/// The number of words, each with its length; then for each session eight numbers, its name, and its words' numbers.
fn pack<'a>(vocabulary: &[String], all: impl Iterator<Item = (&'a str, (Stamp, i64, u64), &'a Vec<u32>)>) -> Vec<u8> {
    let mut out = (vocabulary.len() as u64).to_le_bytes().to_vec();
    for word in vocabulary {
        out.extend_from_slice(&(word.len() as u64).to_le_bytes());
        out.extend_from_slice(word.as_bytes());
    }
    for (slug, (Stamp(changed, touched, size, inode), read, answers), pairs) in all {
        let (changed, touched, read) = (changed as u64, touched as u64, read as u64);
        for number in [changed, touched, size, inode, read, answers, slug.len() as u64, pairs.len() as u64] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(slug.as_bytes());
        out.extend(pairs.iter().flat_map(|pair| pair.to_le_bytes()));
    }
    out
}

/// All words, and what is known of the words of each session, by name.
type Unpacked<'a> = (Vec<&'a str>, HashMap<&'a str, KnownWords<'a>>);

fn unpack(mut bytes: &[u8]) -> Option<Unpacked<'_>> {
    fn number(bytes: &mut &[u8]) -> Option<u64> {
        let (head, rest) = bytes.split_first_chunk::<8>()?;
        *bytes = rest;
        Some(u64::from_le_bytes(*head))
    }
    fn take<'a>(bytes: &mut &'a [u8], length: u64) -> Option<&'a [u8]> {
        let (head, rest) = bytes.split_at_checked(usize::try_from(length).ok()?)?;
        *bytes = rest;
        Some(head)
    }
    let (mut vocabulary, mut all) = (Vec::new(), HashMap::new());
    for _ in 0..number(&mut bytes)? {
        let length = number(&mut bytes)?;
        vocabulary.push(std::str::from_utf8(take(&mut bytes, length)?).ok()?);
    }
    while !bytes.is_empty() {
        let mut numbers = [0u64; 8];
        for number_ in &mut numbers {
            *number_ = number(&mut bytes)?;
        }
        let [changed, touched, size, inode, read, answers, slug, pairs] = numbers;
        let slug = std::str::from_utf8(take(&mut bytes, slug)?).ok()?;
        let (pairs, _) = take(&mut bytes, pairs.checked_mul(4)?)?.as_chunks::<4>();
        let stamp = Stamp(changed as i64, touched as i64, size, inode);
        all.insert(slug, KnownWords { stamp, read: read as i64, answers, pairs });
    }
    Some((vocabulary, all))
}

const LAST: &str = "last-list";

/// Keeps the order of a list, so that its numbers are names.
pub(super) fn keep_order(library: &Library, slugs: &[&str]) {
    store(library, LAST, slugs.join("\n").as_bytes());
}

/// The session that had a number in the last list; the first has 1.
pub(super) fn numbered(library: &Library, number: usize) -> Option<String> {
    let bytes = load(library, LAST)?;
    let text = std::str::from_utf8(&bytes[32..]).ok()?;
    text.lines().nth(number.checked_sub(1)?).map(str::to_owned)
}
