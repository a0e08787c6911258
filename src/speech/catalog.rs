//! Voices that are installed, and where they are looked for.

use serde::Deserialize;
use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// The voice that speaks when nobody names one.
pub const DEFAULT_VOICE: &str = "en_US-joe-medium";

/// A voice on disk.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Installed {
    /// What it is called: the name of its model without `.onnx`.
    pub name: String,
    /// Its model.
    pub path: PathBuf,
    /// Hertz.
    pub sample_rate: u32,
    /// How many people it speaks as.
    pub speakers: u32,
    /// Its language, such as `en_US`.
    pub language: String,
    /// What its model card says of the licence.
    pub licence: Option<String>,
}

/// No voice of a name.
#[derive(Debug, thiserror::Error)]
#[error("there is no voice called \"{name}\"")]
pub struct UnknownVoice {
    /// The name.
    pub name: String,
    /// What there is, and where it was looked for.
    pub help: String,
}

/// Folders that voices are looked for in, in order.
///
/// They are: those asked for, `$UNDERTONE_VOICES`, the user's data folder, beside the executable and beside the folders that it
/// lies in, and where the program was built.
#[must_use]
pub fn folders(asked: &[PathBuf]) -> Vec<PathBuf> {
    data_folders("voices", asked, "UNDERTONE_VOICES")
}

/// Folders that data of a kind is looked for in: see [`folders`].
#[must_use]
pub fn data_folders(kind: &str, asked: &[PathBuf], variable: &str) -> Vec<PathBuf> {
    use etcetera::BaseStrategy;
    let mut folders = asked.to_vec();
    folders.extend(env::var_os(variable).iter().flat_map(env::split_paths).filter(|path| !path.as_os_str().is_empty()));
    folders.extend(etcetera::choose_base_strategy().map(|base| base.data_dir().join("undertone").join(kind)));
    if let Ok(program) = env::current_exe().and_then(fs::canonicalize) {
        folders.extend(program.ancestors().skip(1).take(4).map(|folder| folder.join(kind)));
    }
    folders.push(Path::new(env!("CARGO_MANIFEST_DIR")).join(kind));
    let mut seen = Vec::new();
    folders.retain(|folder| {
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.clone());
        let new = !seen.contains(&folder);
        seen.push(folder);
        new
    });
    folders
}

/// All voices in these folders, by name. Of two with one name the first counts.
#[must_use]
pub fn list(folders: &[PathBuf]) -> Vec<Installed> {
    let mut voices: Vec<Installed> = Vec::new();
    for folder in folders {
        let inner = entries(folder).filter(|path| path.is_dir());
        for path in std::iter::once(folder.clone()).chain(inner).flat_map(|folder| models(&folder)) {
            let Some(voice) = describe(&path) else { continue };
            if voices.iter().all(|known| known.name != voice.name) {
                voices.push(voice);
            }
        }
    }
    voices.sort_by(|a, b| a.name.cmp(&b.name));
    voices
}

/// The model of a voice: by its name, or by the path of its folder or of its model.
///
/// # Errors
///
/// When there is none; the help names those that there are.
pub fn find(name: &str, folders: &[PathBuf]) -> Result<PathBuf, UnknownVoice> {
    let path = Path::new(name);
    let is_path = name.contains('/') || path.extension().is_some_and(|extension| extension == "onnx");
    if is_path || path.is_dir() {
        if path.is_dir() {
            return models(path).into_iter().next().ok_or_else(|| UnknownVoice {
                name: name.to_owned(),
                help: "the folder has no MODEL.onnx with a MODEL.onnx.json beside it".to_owned(),
            });
        }
        if path.exists() {
            return Ok(path.to_owned());
        }
    }
    // A voice that is there but unusable is named, so that its own error is shown.
    for folder in folders {
        let file = format!("{name}.onnx");
        for model in [folder.join(name).join(&file), folder.join(&file)] {
            if !is_path && model.is_file() {
                return Ok(model);
            }
        }
    }
    let voices = list(folders);
    if let Some(voice) = voices.iter().find(|voice| voice.name.eq_ignore_ascii_case(name)) {
        return Ok(voice.path.clone());
    }
    let looked = folders.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(", ");
    let names = voices.iter().map(|voice| voice.name.as_str()).collect::<Vec<_>>().join(", ");
    let help = if names.is_empty() {
        format!("no voice is installed; looked in {looked}")
    } else {
        format!("installed voices: {names}; looked in {looked}")
    };
    Err(UnknownVoice { name: name.to_owned(), help })
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.into_iter()
}

/// Models in a folder that have their configuration beside them.
fn models(folder: &Path) -> Vec<PathBuf> {
    entries(folder)
        .filter(|path| path.extension().is_some_and(|extension| extension == "onnx") && configuration(path).is_file())
        .collect()
}

/// The file that describes a model.
pub(super) fn configuration(model: &Path) -> PathBuf {
    let mut name = model.as_os_str().to_owned();
    name.push(".json");
    name.into()
}

fn describe(model: &Path) -> Option<Installed> {
    #[derive(Deserialize)]
    struct Config {
        audio: Audio,
        num_speakers: Option<u32>,
        language: Option<Language>,
        espeak: Option<Espeak>,
    }
    #[derive(Deserialize)]
    struct Audio {
        sample_rate: u32,
    }
    #[derive(Deserialize)]
    struct Language {
        code: String,
    }
    #[derive(Deserialize)]
    struct Espeak {
        voice: String,
    }
    let config: Config = serde_json::from_slice(&fs::read(configuration(model)).ok()?).ok()?;
    let card = model.parent().map(|folder| folder.join("MODEL_CARD")).and_then(|card| fs::read_to_string(card).ok());
    let licence = card.as_deref().and_then(|card| {
        let line = card
            .lines()
            .find(|line| line.to_lowercase().contains("license") || line.to_lowercase().contains("licence"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    Some(Installed {
        name: model.file_stem()?.to_string_lossy().into_owned(),
        path: model.to_owned(),
        sample_rate: config.audio.sample_rate,
        speakers: config.num_speakers.unwrap_or(1).max(1),
        language: config.language.map(|language| language.code).or(config.espeak.map(|e| e.voice)).unwrap_or_default(),
        licence,
    })
}
/// Voices by the hash of their files, and how loud they speak in LUFS: see [`usual_loudness`].
const USUAL_LOUDNESS: [(&str, f64); 1] =
    // en_US-joe-medium: -21.4 to -22.0 over the eight sessions.
    [("2fbf0d2e73302136c3b37294224f55914045013945ce76dc7039b6d762bb7c91", -21.7)];

/// How loud a voice that comes with the program speaks in LUFS, measured over the sessions that do; nothing for another voice.
/// `identity` is that of [`super::Voice::identity`].
#[must_use]
pub fn usual_loudness(identity: &str) -> Option<f64> {
    USUAL_LOUDNESS.iter().find(|(hash, _)| identity.contains(hash)).map(|(_, loudness)| *loudness)
}
