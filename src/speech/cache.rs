//! Takes that were spoken before, on disk.
//!
//! A take is stored under a hash of everything that its samples depend on, so an entry is never wrong, only unused. Entries are
//! written beside their place and renamed, so that renders at the same time do not see half of one, and carry a hash of their
//! content, so that a damaged one is spoken again.

use super::{Prompt, SpeechError, Voice};
use crate::audio::{Clip, SampleRate};
use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// How much a cache holds unless more is asked for: 6 hours of speech at 22,050 Hz.
pub const DEFAULT_LIMIT: u64 = 2 << 30;

/// Begins every entry; its last byte is the format's version.
const MAGIC: &[u8; 8] = b"utclip\0\x01";

/// Magic, rate, then the hash of rate and samples.
const HEADER: usize = 8 + 4 + 32;

/// A temporary file this old was left by a process that was ended.
const STALE: Duration = Duration::from_secs(60 * 60);

/// A folder of takes.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
    limit: u64,
}

impl Cache {
    /// Opens a cache, and makes its folder when there is none.
    ///
    /// `limit` is in bytes; the least recently used entries go first when [`Cache::trim`] is called.
    ///
    /// # Errors
    ///
    /// When the folder cannot be made.
    pub fn open(folder: &Path, limit: u64) -> Result<Self, SpeechError> {
        fs::create_dir_all(folder).map_err(|source| SpeechError::Cache { path: folder.to_owned(), source })?;
        Ok(Self { folder: folder.to_owned(), limit })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the take of a prompt is kept: a name within the cache.
    #[must_use]
    pub fn entry(&self, voice: &dyn Voice, prompt: &Prompt) -> String {
        let mut hash = blake3::Hasher::new();
        let mut field = |bytes: &[u8]| {
            hash.update(&(bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        field(voice.identity().as_bytes());
        field(&prompt.pace.to_le_bytes());
        field(&prompt.seed.to_le_bytes());
        for sentence in &prompt.sentences {
            field(sentence.phonemes.as_bytes());
            field(&sentence.stretch.iter().flat_map(|s| s.to_le_bytes()).collect::<Vec<_>>());
        }
        hash.finalize().to_hex().to_string()
    }

    /// Whether there is a take of this name; it may be damaged.
    #[must_use]
    pub fn has(&self, entry: &str) -> bool {
        self.path(entry, "take").is_some_and(|path| path.is_file())
    }

    /// What was spoken before, or nothing when it was not, or is damaged.
    #[must_use]
    pub fn get(&self, entry: &str) -> Option<Clip> {
        let path = self.path(entry, "take")?;
        let clip = decode(&fs::read(&path).ok()?);
        match &clip {
            Some(_) => touch(&path),
            None => drop(fs::remove_file(&path)),
        }
        clip
    }

    /// Stores what was spoken.
    ///
    /// # Errors
    ///
    /// When it cannot be written. The render can go on without.
    pub fn put(&self, entry: &str, clip: &Clip) -> Result<(), SpeechError> {
        self.store(entry, "take", &encode(clip))
    }

    /// Keeps a note beside the takes under a name of hexadecimal digits; it is only ever a help, so it may fail.
    pub fn keep_note(&self, name: &str, note: &[u8]) {
        let hash = blake3::hash(note);
        drop(self.store(name, "note", &[hash.as_bytes(), note].concat()));
    }

    /// The note of this name, when it was kept and is whole.
    #[must_use]
    pub fn note(&self, name: &str) -> Option<Vec<u8>> {
        let path = self.path(name, "note")?;
        let bytes = fs::read(&path).ok()?;
        let (hash, note) = bytes.split_at_checked(32)?;
        touch(&path);
        (hash == blake3::hash(note).as_bytes()).then(|| note.to_vec())
    }

    /// Remembers how loud a voice speaks, in LUFS.
    pub fn keep_level(&self, identity: &str, loudness: f64) {
        let name = level_name(identity);
        if self.level(identity).is_none_or(|known| (known - loudness).abs() > 0.05) {
            self.keep_note(&name, &loudness.to_le_bytes());
        }
    }

    /// How loud a voice spoke before, in LUFS.
    #[must_use]
    pub fn level(&self, identity: &str) -> Option<f64> {
        let note = self.note(&level_name(identity))?;
        Some(f64::from_le_bytes(note.try_into().ok()?)).filter(|loudness| loudness.is_finite())
    }

    fn store(&self, entry: &str, kind: &str, bytes: &[u8]) -> Result<(), SpeechError> {
        let path = self.path(entry, kind).unwrap_or_else(|| self.folder.clone());
        let store = || -> io::Result<()> {
            let folder = path.parent().unwrap_or(&self.folder);
            fs::create_dir_all(folder)?;
            let mut file = tempfile::Builder::new().prefix(".take-").tempfile_in(folder)?;
            file.write_all(bytes)?;
            file.persist(&path).map_err(|error| error.error)?;
            Ok(())
        };
        store().map_err(|source| SpeechError::Cache { path: path.clone(), source })
    }

    /// The file of an entry, whose name is made of hexadecimal digits alone.
    fn path(&self, entry: &str, kind: &str) -> Option<PathBuf> {
        let plain = entry.len() == 64 && entry.bytes().all(|byte| byte.is_ascii_hexdigit());
        plain.then(|| self.folder.join(&entry[..2]).join(format!("{}.{kind}", &entry[2..])))
    }

    /// Removes the least recently used entries until the rest fits, and what ended processes left half-written.
    ///
    /// Whatever cannot be removed is left: another render may be doing the same.
    pub fn trim(&self) {
        let now = SystemTime::now();
        let mut entries = Vec::new();
        for folder in list(&self.folder).filter(|path| path.is_dir()) {
            for path in list(&folder) {
                let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
                let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                if path.extension().is_some_and(|extension| extension == "take" || extension == "note") {
                    entries.push((used, metadata.len(), path));
                } else if now.duration_since(used).is_ok_and(|age| age > STALE) {
                    drop(fs::remove_file(&path));
                }
            }
        }
        let mut total: u64 = entries.iter().map(|(_, length, _)| length).sum();
        entries.sort();
        for (_, length, path) in entries {
            if total <= self.limit {
                break;
            }
            if fs::remove_file(&path).is_ok() {
                total -= length;
            }
        }
    }
}

fn level_name(identity: &str) -> String {
    blake3::hash(format!("level {identity}").as_bytes()).to_hex().to_string()
}

/// Marks a file as used now. The time of last use is the time of change: access times are often not kept.
fn touch(path: &Path) {
    drop(fs::File::options().append(true).open(path).and_then(|file| file.set_modified(SystemTime::now())));
}

fn list(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

fn encode(clip: &Clip) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + clip.samples.len() * 4);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&clip.rate.hertz().to_le_bytes());
    bytes.extend_from_slice(&[0; 32]);
    bytes.extend(clip.samples.iter().flat_map(|sample| sample.to_le_bytes()));
    let hash = content_hash(&bytes);
    bytes[12..HEADER].copy_from_slice(&hash);
    bytes
}

fn decode(bytes: &[u8]) -> Option<Clip> {
    let (header, samples) = bytes.split_at_checked(HEADER)?;
    if &header[..8] != MAGIC || header[12..] != content_hash(bytes) || samples.len() % 4 != 0 {
        return None;
    }
    let word = |bytes: &[u8]| -> [u8; 4] { std::array::from_fn(|i| bytes[i]) };
    let rate = SampleRate::new(u32::from_le_bytes(word(&header[8..12])))?;
    let samples = samples.chunks_exact(4).map(|bytes| f32::from_le_bytes(word(bytes))).collect();
    Some(Clip { samples, rate })
}

/// The hash of the rate and the samples.
fn content_hash(bytes: &[u8]) -> [u8; 32] {
    let mut hash = blake3::Hasher::new();
    hash.update(&bytes[8..12]).update(&bytes[HEADER..]);
    *hash.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::{PromptSentence, tone::ToneVoice};

    fn prompt(text: &str, pace: f32) -> Prompt {
        let stretch = vec![1.0; text.chars().count()];
        Prompt { sentences: vec![PromptSentence { phonemes: text.into(), stretch }], pace, seed: 7 }
    }

    fn get(cache: &Cache, voice: &ToneVoice, text: &str, pace: f32) -> Option<Clip> {
        cache.get(&cache.entry(voice, &prompt(text, pace)))
    }

    fn path(cache: &Cache, voice: &ToneVoice, text: &str) -> PathBuf {
        cache.path(&cache.entry(voice, &prompt(text, 1.0)), "take").unwrap()
    }

    fn filled(limit: u64) -> (tempfile::TempDir, Cache, ToneVoice) {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path(), limit).unwrap();
        let voice = ToneVoice::new(SampleRate::HZ_48000);
        for text in ["one", "two", "three"] {
            let prompt = prompt(text, 1.0);
            cache.put(&cache.entry(&voice, &prompt), &voice.speak(&prompt).unwrap()).unwrap();
            std::thread::sleep(Duration::from_millis(5));
        }
        (folder, cache, voice)
    }

    #[test]
    fn a_take_is_read_back_in_the_same_samples_and_only_for_the_same_prompt() {
        let (_folder, cache, voice) = filled(DEFAULT_LIMIT);
        assert_eq!(get(&cache, &voice, "two", 1.0), Some(voice.speak(&prompt("two", 1.0)).unwrap()));
        assert_eq!(get(&cache, &voice, "two", 0.9), None);
        assert_eq!(get(&cache, &ToneVoice::new(SampleRate::new(24_000).unwrap()), "two", 1.0), None);
    }

    #[test]
    fn a_damaged_take_is_not_used_and_goes() {
        let (_folder, cache, voice) = filled(DEFAULT_LIMIT);
        let path = path(&cache, &voice, "one");
        let entry = cache.entry(&voice, &prompt("one", 1.0));
        for at in [0, 9, 20, HEADER + 3] {
            cache.put(&entry, &voice.speak(&prompt("one", 1.0)).unwrap()).unwrap();
            let mut bytes = fs::read(&path).unwrap();
            bytes[at] ^= 1;
            fs::write(&path, bytes).unwrap();
            assert_eq!(cache.get(&entry), None, "byte {at}");
            assert!(!path.exists());
        }
    }

    #[test]
    fn the_least_recently_used_take_goes_first() {
        let (_folder, cache, voice) = filled(DEFAULT_LIMIT);
        assert!(get(&cache, &voice, "one", 1.0).is_some());
        let size = |text: &str| fs::metadata(path(&cache, &voice, text)).unwrap().len();
        let limit = size("one") + size("three");
        Cache::open(cache.folder(), limit).unwrap().trim();
        assert!(get(&cache, &voice, "one", 1.0).is_some());
        assert!(get(&cache, &voice, "two", 1.0).is_none());
        assert!(get(&cache, &voice, "three", 1.0).is_some());
    }
}
