//! What was heard, when, and how far: an append-only log, one JSON object a line.
//!
//! Each line ends with the beginning of a hash of the rest, so that a wrong byte is seen. A line is written at once and synced before
//! it counts; what a stop leaves of one is cut off by whoever writes next.

use super::{
    Entry, HISTORY, Library, LibraryError,
    disk::{failed, sync_folder},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    time::Duration,
};

/// A session that was heard, as a player tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct Played {
    /// When it was begun.
    pub started: Timestamp,
    /// Where it was left, from the session's start.
    pub position: Duration,
    /// How long it was heard.
    pub heard: Duration,
    /// Whether it came to its end.
    pub finished: bool,
}

/// One line of the history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heard {
    /// When it was begun.
    pub at: Timestamp,
    /// The name that the session's folder had then.
    pub session: String,
    /// By this the session is known also under another name: see [`super::About::id`].
    pub id: String,
    /// What the session was called then.
    pub title: String,
    /// Where it was left, in seconds from its start.
    pub position: f64,
    /// How long it was heard, in seconds.
    pub heard: f64,
    /// How long it was, in seconds.
    pub length: f64,
    /// Whether it came to its end.
    pub finished: bool,
}

/// What stands before the hash of a line, and how long the hash is.
const SUM: &str = ",\"sum\":\"";
const SUM_LENGTH: usize = 8;

/// Enough of a title to know it by, in characters.
const LONGEST_TITLE: usize = 500;

impl Heard {
    pub(super) fn line(&self) -> Result<String, LibraryError> {
        let json = serde_json::to_string(self)
            .map_err(|error| LibraryError::Cannot(format!("cannot write a line of history: {error}")))?;
        let open = json.strip_suffix('}').unwrap_or(&json);
        Ok(format!("{open}{SUM}{}\"}}\n", &blake3::hash(open.as_bytes()).to_hex()[..SUM_LENGTH]))
    }

    /// Reads a line, without its end; nothing when a byte of it is wrong.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(line).ok()?;
        let (open, sum) = text.split_at_checked(text.len().checked_sub(SUM.len() + SUM_LENGTH + 2)?)?;
        let sum = sum.strip_prefix(SUM)?.strip_suffix("\"}")?;
        (blake3::hash(open.as_bytes()).to_hex()[..SUM_LENGTH] == *sum).then_some(())?;
        serde_json::from_str(&format!("{open}}}")).ok()
    }
}

impl Library {
    /// Writes down that a session was heard. When this returns it stays, whatever happens to the process. It may have been renamed or
    /// removed while it was heard.
    ///
    /// # Errors
    ///
    /// When the disk fails.
    pub fn record(&self, entry: &Entry, played: &Played) -> Result<(), LibraryError> {
        let _guard = self.lock()?;
        let seconds = |time: Duration| (time.as_secs_f64() * 1000.0).round() / 1000.0;
        self.append(&[Heard {
            at: played.started,
            session: entry.slug.clone(),
            id: entry.about.id.clone(),
            title: entry.about.title.chars().take(LONGEST_TITLE).collect(),
            position: seconds(played.position),
            heard: seconds(played.heard),
            length: seconds(entry.about.length),
            finished: played.finished,
        }])
    }

    /// Appends lines. Whoever calls it holds the library's lock.
    pub(super) fn append(&self, lines: &[Heard]) -> Result<(), LibraryError> {
        let path = self.root.join(HISTORY);
        let new = !path.exists();
        let mut file =
            OpenOptions::new().read(true).append(true).create(true).open(&path).map_err(failed("open", &path))?;
        cut_torn_line(&mut file).map_err(failed("write", &path))?;
        let mut text = String::new();
        for line in lines {
            text += &line.line()?;
        }
        file.write_all(text.as_bytes()).and_then(|()| file.sync_data()).map_err(failed("write", &path))?;
        if new { sync_folder(&self.root) } else { Ok(()) }
    }

    /// Everything that was heard, in the order in which it was written, and the numbers of lines that cannot be read.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn history(&self) -> Result<(Vec<Heard>, Vec<usize>), LibraryError> {
        let path = self.root.join(HISTORY);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(<_>::default()),
            Err(error) => return Err(failed("read", &path)(error)),
        };
        let (mut all, mut wrong) = (Vec::new(), Vec::new());
        for (line, number) in bytes.split_inclusive(|b| *b == b'\n').zip(1..) {
            match line.strip_suffix(b"\n").map(Heard::parse) {
                Some(Some(heard)) => all.push(heard),
                Some(None) => wrong.push(number),
                None => match Heard::parse(line) {
                    Some(heard) => all.push(heard),
                    // A process that writes, or one that was stopped: it was not said to be written.
                    None if is_torn(line) => {}
                    None => wrong.push(number),
                },
            }
        }
        Ok((all, wrong))
    }

    /// Where a session was left when it was heard last, unless it came to its end.
    ///
    /// # Errors
    ///
    /// When the history or the session cannot be read.
    pub fn last_position(&self, slug: &str) -> Result<Option<Duration>, LibraryError> {
        let id = self.entry(slug)?.about.id;
        let last = self.history()?.0.into_iter().filter(|heard| heard.id == id).max_by_key(|heard| heard.at);
        Ok(last.filter(|heard| !heard.finished).and_then(|heard| Duration::try_from_secs_f64(heard.position).ok()))
    }

    /// When each session was heard last, and whether it ever came to its end, by its id.
    ///
    /// # Errors
    ///
    /// When the history cannot be read.
    pub fn last_heard(&self) -> Result<HashMap<String, (Timestamp, bool)>, LibraryError> {
        let mut last: HashMap<String, (Timestamp, bool)> = HashMap::new();
        for heard in self.history()?.0 {
            let known = last.entry(heard.id).or_insert((heard.at, heard.finished));
            *known = (known.0.max(heard.at), known.1 || heard.finished);
        }
        Ok(last)
    }
}

/// Whether a line that cannot be read is the beginning of one, and not one of which a byte is wrong.
fn is_torn(line: &[u8]) -> bool {
    let sum = line.windows(SUM.len()).rposition(|part| part == SUM.as_bytes());
    sum.is_none_or(|at| line.len() < at + SUM.len() + SUM_LENGTH + 2)
}

/// Removes what a stop left of a line. A last line that lacks only its end, or is damaged, gets an end.
fn cut_torn_line(file: &mut File) -> io::Result<()> {
    /// No line of ours is longer: a stop leaves less.
    const LONGEST: u64 = 1 << 16;
    let length = file.metadata()?.len();
    let start = length.saturating_sub(LONGEST);
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(start))?;
    file.read_to_end(&mut tail)?;
    if tail.is_empty() || tail.ends_with(b"\n") {
        return Ok(());
    }
    let line = tail.iter().rposition(|b| *b == b'\n').map(|at| at + 1).or((start == 0).then_some(0));
    let torn = |line: &usize| Heard::parse(&tail[*line..]).is_none() && is_torn(&tail[*line..]);
    let Some(line) = line.filter(torn) else { return file.write_all(b"\n") };
    file.set_len(start + line as u64)
}
