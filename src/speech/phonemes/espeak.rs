//! espeak-ng: its data, its start, and the one lock that its global state needs.

use crate::speech::SpeechError;
use etcetera::BaseStrategy;
use std::{
    env, fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// Where espeak-ng's wrapper looks for data first.
const DATA_VARIABLE: &str = "PIPER_ESPEAKNG_DATA_DIRECTORY";

/// The name of the folder that it looks for.
const DATA_NAME: &str = "espeak-ng-data";

/// The folder around the data, with the version of the crates that hold it: a new version is a new folder.
const VERSIONED_NAME: &str = "espeak-ng-data-0.2.0";

/// Languages whose dictionaries are built in.
const LANGUAGES: [&str; 7] = ["de", "en", "es", "fr", "it", "nl", "pt"];

/// Files that espeak-ng cannot do without, beside the dictionaries.
const CORE_FILES: [&str; 4] = ["phontab", "phonindex", "phondata", "intonations"];

/// Held around every call of espeak-ng. Holds the data's folder once espeak-ng runs.
static ESPEAK: Mutex<Option<PathBuf>> = Mutex::new(None);

pub(super) fn initialise() -> Result<(), SpeechError> {
    with_data(|_| Ok(()))
}

/// The phonemes of one clause, without punctuation.
pub(super) fn phonemize(text: &str, voice: &str) -> Result<String, SpeechError> {
    if !text.contains(char::is_alphanumeric) && text.chars().all(|c| c.is_whitespace() || c.is_ascii_punctuation()) {
        // Lone hyphens and slashes would be read out by name.
        return Ok(String::new());
    }
    with_data(|data| {
        let failed = |reason| SpeechError::Phonemes { text: text.to_owned(), reason };
        let language = voice.split(['-', '_']).next().unwrap_or_default();
        // A voice's name is part of a path in espeak-ng.
        let proper = !language.is_empty() && voice.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        if !proper || !data.join(format!("{language}_dict")).is_file() {
            let there = languages(data).join(", ");
            return Err(failed(format!("there is no dictionary for the language \"{voice}\"; there are {there}")));
        }
        let sentences = espeak_rs::text_to_phonemes(text, voice, None).map_err(|error| failed(error.to_string()))?;
        let joined = sentences.join(" ");
        let words: Vec<&str> = joined.split_whitespace().collect();
        Ok(words.join(" ").trim_end_matches([' ', ',', ';', ':', '.', '?', '!']).to_owned())
    })
}

/// Calls `work` under the lock with the folder of the data, after espeak-ng has been started.
fn with_data<T>(work: impl FnOnce(&Path) -> Result<T, SpeechError>) -> Result<T, SpeechError> {
    // Nothing of ours is half done when a thread has panicked here, so the lock is as good as before.
    let mut ready = ESPEAK.lock().unwrap_or_else(PoisonError::into_inner);
    let data = match ready.take() {
        Some(data) => data,
        None => start()?,
    };
    work(ready.insert(data))
}

/// Starts espeak-ng and gives the folder of its data.
fn start() -> Result<PathBuf, SpeechError> {
    let asked = env::var(DATA_VARIABLE).ok().map(PathBuf::from).filter(|folder| folder.join(DATA_NAME).exists());
    let (folder, _elsewhere) = if let Some(folder) = asked {
        (std::path::absolute(&folder).unwrap_or(folder), None)
    } else {
        let folder = installed()?;
        let elsewhere = Elsewhere::go(&folder).map_err(|source| cannot_use(&folder, source))?;
        (folder, Some(elsewhere))
    };
    espeak_rs::text_to_phonemes("a", "en", None).map_err(|error| SpeechError::Phonemes {
        text: String::new(),
        reason: format!("espeak-ng does not start with the data in {}: {error}", folder.display()),
    })?;
    Ok(folder.join(DATA_NAME))
}

/// Another current directory until it is dropped.
struct Elsewhere {
    /// `None` when the current directory is gone and there is nothing to return to.
    back: Option<PathBuf>,
}

impl Elsewhere {
    fn go(folder: &Path) -> io::Result<Self> {
        let back = env::current_dir().ok();
        env::set_current_dir(folder)?;
        Ok(Self { back })
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        if let Some(back) = &self.back {
            // It was there a moment ago; if it has gone since, relative paths fail where they are used and say so.
            let _ = env::set_current_dir(back);
        }
    }
}

/// Languages that have a dictionary in a folder.
fn languages(data: &Path) -> Vec<String> {
    let names =
        fs::read_dir(data).into_iter().flatten().flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut languages: Vec<String> = names.filter_map(|name| name.strip_suffix("_dict").map(str::to_owned)).collect();
    languages.sort();
    languages
}

fn cannot_use(path: &Path, source: io::Error) -> SpeechError {
    SpeechError::Cache { path: path.to_owned(), source }
}

/// The folder that holds our data, which is put there when it is missing.
fn installed() -> Result<PathBuf, SpeechError> {
    if let Ok(base) = etcetera::choose_base_strategy() {
        let cache = base.cache_dir().join("undertone");
        if let Ok(folder) = install_into(&cache) {
            return Ok(folder);
        }
    }
    // Private to this process, and left behind: espeak-ng reads dictionaries from it as long as the process lives.
    let temporary = env::temp_dir();
    let folder = tempfile::Builder::new()
        .prefix("undertone-")
        .tempdir()
        .map_err(|source| cannot_use(&temporary, source))?
        .keep();
    install_into(&folder).map_err(|source| cannot_use(&folder, source))
}

/// Puts the data into a folder of its own in `parent`, unless it is there.
///
/// It is written beside and renamed, so that no other process ever sees half of it.
pub(super) fn install_into(parent: &Path) -> io::Result<PathBuf> {
    // The wrapper finds it by an absolute path, whatever the current directory is later.
    let folder = std::path::absolute(parent.join(VERSIONED_NAME))?;
    if is_complete(&folder) {
        return Ok(folder);
    }
    fs::create_dir_all(parent)?;
    let beside = tempfile::Builder::new().prefix(".espeak-ng-data-").tempdir_in(parent)?;
    let fresh = beside.path().join("fresh");
    install(&fresh.join(DATA_NAME))?;
    if folder.exists() && !is_complete(&folder) {
        fs::rename(&folder, beside.path().join("broken"))?;
    }
    match fs::rename(&fresh, &folder) {
        // Another process was faster.
        Err(_) if is_complete(&folder) => Ok(folder),
        Err(error) => Err(error),
        Ok(()) => Ok(folder),
    }
}

fn is_complete(folder: &Path) -> bool {
    let data = folder.join(DATA_NAME);
    CORE_FILES.iter().all(|name| data.join(name).is_file())
        && LANGUAGES.iter().all(|language| data.join(format!("{language}_dict")).is_file())
}

fn install(data: &Path) -> io::Result<()> {
    espeak_ng_data_phonemes::install(data)?;
    espeak_ng_data_dict_de::install(data)?;
    espeak_ng_data_dict_en::install(data)?;
    espeak_ng_data_dict_es::install(data)?;
    espeak_ng_data_dict_fr::install(data)?;
    espeak_ng_data_dict_it::install(data)?;
    espeak_ng_data_dict_nl::install(data)?;
    espeak_ng_data_dict_pt::install(data)?;
    // Voices for another synthesizer. With them there are more voices than espeak-ng can list, which it complains about.
    match fs::remove_dir_all(data.join("voices/mb")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
