//! What is known of every session in one file, and the words of every session in another, so that a large library is listed and
//! searched without opening thousands of files.
//!
//! Nothing writes them but who reads them: an entry counts only as long as the file that it was read from has the same time, size
//! and number, so several processes may write at once, and an index that is missing, old or damaged costs time and nothing else.

use super::{
    About, DERIVED, Damaged, Entry, Library, LibraryError, Listing, SCRIPT, about,
    disk::{self, failed},
    seen::{Found, Seen, Stamp},
    words,
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::{
    borrow::Cow,
    collections::HashMap,
    fs, io,
    os::unix::fs::DirEntryExt,
    sync::OnceLock,
    time::{SystemTime, UNIX_EPOCH},
};

/// How many threads wait for files.
const WAITING: usize = 16;

/// How many files each looks at before it takes others, at least.
const AT_ONCE: usize = 32;

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

/// Writes a file that can be derived; nothing when it cannot be written.
fn store(library: &Library, name: &str, bytes: &[u8]) -> Option<()> {
    let folder = library.root.join(DERIVED);
    fs::create_dir_all(&folder).ok()?;
    let work = disk::Work::begin(&library.root).ok()?;
    let part = work.folder().join(name);
    fs::write(&part, [blake3::hash(bytes).as_bytes().as_slice(), bytes].concat()).ok()?;
    fs::rename(part, folder.join(name)).ok()
}

/// Looks at many files: what takes long is waiting for a disk, which finds them sooner when it is asked for many at once.
pub(super) fn waiting<T: Send>(look: impl FnOnce() -> T + Send) -> T {
    match rayon::ThreadPoolBuilder::new().num_threads(WAITING).build() {
        Ok(pool) => pool.install(look),
        Err(_) => look(),
    }
}

/// Names of all sessions' folders.
pub(super) fn names(library: &Library) -> Result<Vec<String>, LibraryError> {
    Ok(folders(library)?.into_iter().map(|(_, name)| name).collect())
}

/// Numbers and names of all sessions' folders, in the order in which a disk finds them soonest.
fn folders(library: &Library) -> Result<Vec<(u64, String)>, LibraryError> {
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
    Ok(names)
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

/// Reads sessions that were not known, or not as they are now.
fn read_all(library: &Library, seen: &Seen, new: Vec<(u64, String)>) -> Vec<Result<Known, Damaged>> {
    if new.is_empty() {
        return Vec::new();
    }
    let read = |(folder, slug): (u64, String)| {
        let (read, stamp) = (now(), seen.anew(&slug, folder));
        match (About::read(&library.folder(&slug)), stamp) {
            (Ok(about), Ok(stamp)) => Ok(Known { slug, stamp, read, about }),
            (Err(reason), _) => Err(Damaged { slug, reason }),
            (_, Err(error)) => Err(Damaged { slug, reason: error.to_string() }),
        }
    };
    waiting(|| new.into_par_iter().with_min_len(AT_ONCE).map(read).collect())
}

/// All sessions, the newest first.
pub(super) fn entries(library: &Library) -> Result<Listing, LibraryError> {
    let folders = folders(library)?;
    let seen = Seen::of(library, about::NAME);
    // While a disk is waited for, what was known is read.
    let (known, found) = rayon::join(|| known(library), || waiting(|| look(&seen, &folders)));
    Ok(listing(library, &seen, known, folders.into_iter().zip(found), Naming::Known))
}

/// The same, and the words of each session; `bytes` holds what is kept of them, and stays where it is.
pub(super) fn entries_and_words<'a>(
    library: &Library,
    bytes: &'a OnceLock<Vec<u8>>,
) -> Result<(Listing, WordLists<'a>), LibraryError> {
    let folders = folders(library)?;
    let (seen, scripts) = (Seen::of(library, about::NAME), Seen::of(library, SCRIPT));
    let ((known, kept), (found, found_scripts)) = rayon::join(
        || rayon::join(|| known(library), || kept_words(library, bytes)),
        || waiting(|| rayon::join(|| look(&seen, &folders), || look(&scripts, &folders))),
    );
    let of_scripts = folders.iter().map(|(_, slug)| slug.clone()).zip(found_scripts).collect();
    let listing = listing(library, &seen, known, folders.into_iter().zip(found), Naming::All);
    let words = words(library, &scripts, &listing.entries, kept, &of_scripts);
    Ok((listing, words))
}

/// Notes all that the next list and the next search will ask for.
pub(super) fn renew(library: &Library) {
    // What fails here costs time later, and nothing else.
    drop(entries_and_words(library, &OnceLock::new()));
}

/// Looks at one file of each session.
fn look(seen: &Seen, folders: &[(u64, String)]) -> Vec<Found> {
    folders.par_iter().with_min_len(AT_ONCE).map(|(folder, slug)| seen.look(slug, *folder)).collect()
}

/// Which sessions get second names. To give them to thousands takes as long as to read their session.toml, so a list does the one
/// the first time and the other the next time; beside their words it is little.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Naming {
    /// Those that were known before.
    Known,
    All,
}

fn listing(
    library: &Library,
    seen: &Seen,
    known: Vec<Known>,
    found: impl Iterator<Item = ((u64, String), Found)>,
    naming: Naming,
) -> Listing {
    let mut known: HashMap<String, Known> = known.into_iter().map(|known| (known.slug.clone(), known)).collect();
    let (mut all, mut new, mut unseen) = (Vec::with_capacity(known.len()), Vec::new(), Vec::new());
    for ((folder, slug), Found { stamp, second, .. }) in found {
        match (known.remove(&slug), stamp) {
            (Some(known), Some(stamp)) if known.stamp == stamp && stamp.is_settled(known.read) => {
                let found = if second { &mut all } else { &mut unseen };
                found.push(known);
            }
            _ => new.push((folder, slug)),
        }
    }
    known.keys().for_each(|gone| seen.forget(gone));
    let mut outdated = !known.is_empty();
    let mut damaged = Vec::new();
    for found in read_all(library, seen, new) {
        match found {
            Ok(known) => {
                outdated = true;
                let named = naming == Naming::All && known.stamp.is_settled(known.read);
                if named { &mut unseen } else { &mut all }.push(known);
            }
            // It may have been removed since its name was read.
            Err(session) if library.folder(&session.slug).exists() => damaged.push(session),
            Err(Damaged { slug, .. }) if is_unnameable(&slug) => {
                damaged.push(Damaged { slug, reason: UNNAMEABLE.to_owned() });
            }
            Err(_) => {}
        }
    }
    outdated |= seen.name(unseen.iter_mut().map(|known| (known.slug.as_str(), &mut known.stamp)));
    all.append(&mut unseen);
    if outdated {
        let lines: Vec<String> = all.par_iter().filter_map(|known| serde_json::to_string(known).ok()).collect();
        // That an index cannot be written costs time and nothing else.
        let _ = store(library, ENTRIES, lines.join("\n").as_bytes());
    }
    let entry = |known: Known| Entry { folder: library.folder(&known.slug), slug: known.slug, about: known.about };
    let mut entries: Vec<Entry> = all.into_iter().map(entry).collect();
    entries.sort_by(|a, b| b.about.created.cmp(&a.about.created).then_with(|| a.slug.cmp(&b.slug)));
    damaged.sort_by(|a, b| a.slug.cmp(&b.slug));
    Listing { entries, damaged }
}

/// Which words each session says, and how often.
pub(super) struct WordLists<'a> {
    /// All words, folded, in no order.
    pub(super) vocabulary: Vec<String>,
    /// For each session a number for each of its words, its low byte first: the word's place in the vocabulary times 256, and how
    /// often it is said, at most 255 times.
    pub(super) sessions: Vec<Cow<'a, [[u8; 4]]>>,
}

/// What was known of a session's words.
#[derive(Clone, Copy)]
struct KnownWords<'a> {
    stamp: Stamp,
    read: i64,
    answers: u64,
    pairs: &'a [[u8; 4]],
}

/// What is kept of the words of sessions; nothing when nothing is.
fn kept_words<'a>(library: &Library, bytes: &'a OnceLock<Vec<u8>>) -> Unpacked<'a> {
    let bytes = bytes.get_or_init(|| load(library, WORDS).unwrap_or_default());
    unpack(bytes.get(32..).unwrap_or_default()).unwrap_or_default()
}

/// The words of sessions, in the order of the entries.
fn words<'a>(
    library: &Library,
    seen: &Seen,
    entries: &[Entry],
    (vocabulary, mut known): Unpacked<'a>,
    found: &HashMap<String, Found>,
) -> WordLists<'a> {
    let look = |entry: &Entry| {
        let answers = answers_hash(&entry.about);
        let Found { stamp, folder, second } = found.get(&entry.slug).copied().unwrap_or_default();
        let stamp = stamp.unwrap_or_default();
        let same = known
            .get(entry.slug.as_str())
            .filter(|known| known.stamp == stamp && known.answers == answers && stamp.is_settled(known.read));
        if let Some(known) = same {
            return (Said { words: *known, counts: None }, second);
        }
        let (read, stamp) = (now(), seen.anew(&entry.slug, folder).unwrap_or_default());
        let words = KnownWords { stamp, read, answers, pairs: &[] };
        // What is not settled yet is read again, and gets its second name then.
        (Said { words, counts: Some(counted(entry)) }, !stamp.is_settled(read))
    };
    let mut found: Vec<(Said<'a>, bool)> = waiting(|| entries.par_iter().with_min_len(AT_ONCE).map(look).collect());
    for entry in entries {
        known.remove(entry.slug.as_str());
    }
    known.keys().for_each(|gone| seen.forget(gone));
    let mut outdated = !known.is_empty() || found.iter().any(|(said, _)| said.counts.is_some());
    let unseen = entries.iter().zip(&mut found).filter(|(_, (_, second))| !second);
    outdated |= seen.name(unseen.map(|(entry, (said, _))| (entry.slug.as_str(), &mut said.words.stamp)));
    let mut vocabulary: Vec<String> = vocabulary.into_iter().map(str::to_owned).collect();
    let mut places: HashMap<String, u32> = HashMap::new();
    if found.iter().any(|(said, _)| said.counts.is_some()) {
        places.extend(vocabulary.iter().cloned().zip(0..));
    }
    let mut sessions = Vec::with_capacity(found.len());
    let mut heads = Vec::with_capacity(found.len());
    for (Said { words, counts }, _) in found {
        heads.push(words);
        sessions.push(counts.map_or(Cow::Borrowed(words.pairs), |counts| {
            let pairs = counts.into_iter().map(|(word, count)| {
                let place = *places.entry(word).or_insert_with_key(|word| {
                    vocabulary.push(word.clone());
                    vocabulary.len() as u32 - 1
                });
                (place << 8 | u32::from(count)).to_le_bytes()
            });
            Cow::Owned(pairs.collect())
        }));
    }
    if outdated {
        let _ = store(library, WORDS, &pack(&vocabulary, entries, &heads, &sessions));
    }
    WordLists { vocabulary, sessions }
}

/// What a session says: as it was known, or counted anew.
struct Said<'a> {
    words: KnownWords<'a>,
    counts: Option<HashMap<String, u8>>,
}

/// How often each word is said in a session.
fn counted(entry: &Entry) -> HashMap<String, u8> {
    /// More than any language has; it is a limit for what is no text.
    const MOST: usize = 1 << 20;
    let mut counts: HashMap<String, u8> = HashMap::new();
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

/// The number of words, each with its length; then for each session nine numbers, its name, and its words' numbers.
fn pack(
    vocabulary: &[String],
    entries: &[Entry],
    heads: &[KnownWords<'_>],
    sessions: &[Cow<'_, [[u8; 4]]>],
) -> Vec<u8> {
    let mut out = (vocabulary.len() as u64).to_le_bytes().to_vec();
    for word in vocabulary {
        out.extend_from_slice(&(word.len() as u64).to_le_bytes());
        out.extend_from_slice(word.as_bytes());
    }
    for ((entry, KnownWords { stamp, read, answers, .. }), pairs) in entries.iter().zip(heads).zip(sessions) {
        let Stamp { written, changed, size, number, folder } = *stamp;
        let (written, changed, read) = (written as u64, changed as u64, *read as u64);
        let (slug, count) = (entry.slug.as_str(), pairs.len() as u64);
        for number in [written, changed, size, number, folder, read, *answers, slug.len() as u64, count] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(slug.as_bytes());
        out.extend_from_slice(pairs.as_flattened());
    }
    out
}

/// All words, and what is known of the words of each session, by name.
type Unpacked<'a> = (Vec<&'a str>, HashMap<&'a str, KnownWords<'a>>);

fn unpack(mut bytes: &[u8]) -> Option<Unpacked<'_>> {
    fn next(bytes: &mut &[u8]) -> Option<u64> {
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
    for _ in 0..next(&mut bytes)? {
        let length = next(&mut bytes)?;
        vocabulary.push(std::str::from_utf8(take(&mut bytes, length)?).ok()?);
    }
    while !bytes.is_empty() {
        let mut numbers = [0u64; 9];
        for one in &mut numbers {
            *one = next(&mut bytes)?;
        }
        let [written, changed, size, number, folder, read, answers, slug, pairs] = numbers;
        let slug = std::str::from_utf8(take(&mut bytes, slug)?).ok()?;
        let (pairs, _) = take(&mut bytes, pairs.checked_mul(4)?)?.as_chunks::<4>();
        let stamp = Stamp { written: written as i64, changed: changed as i64, size, number, folder };
        all.insert(slug, KnownWords { stamp, read: read as i64, answers, pairs });
    }
    Some((vocabulary, all))
}

const LAST: &str = "last-list";

/// Keeps the order of a list, so that its numbers are names; the result is whether they are.
pub(super) fn keep_order(library: &Library, slugs: &[&str]) -> bool {
    serde_json::to_vec(slugs).is_ok_and(|slugs| store(library, LAST, &slugs).is_some())
}

/// The session that had a number in the last list; the first has 1.
pub(super) fn numbered(library: &Library, number: usize) -> Option<String> {
    let bytes = load(library, LAST)?;
    let slugs: Vec<String> = serde_json::from_slice(&bytes[32..]).ok()?;
    slugs.into_iter().nth(number.checked_sub(1)?)
}
