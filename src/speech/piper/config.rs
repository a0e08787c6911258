//! What lies beside a model: `MODEL.onnx.json`.

use crate::{audio::SampleRate, speech::SpeechError};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

/// What a voice says about itself.
#[derive(Debug, Clone)]
pub(super) struct Config {
    pub(super) rate: SampleRate,
    /// The espeak-ng voice that makes its phonemes.
    pub(super) espeak_voice: String,
    /// How much noise the sound is made from.
    pub(super) noise: f32,
    /// How much longer than in its training a phoneme lasts.
    pub(super) length: f32,
    /// How much the lengths of phonemes vary.
    pub(super) noise_w: f32,
    /// At least 1.
    pub(super) speakers: u32,
    pub(super) speaker_ids: BTreeMap<String, u32>,
    /// Before everything.
    pub(super) bos: Vec<i32>,
    /// After everything.
    pub(super) eos: Vec<i32>,
    /// After each phoneme.
    pub(super) pad: Vec<i32>,
    pub(super) phonemes: HashMap<char, Vec<i32>>,
}

#[derive(Deserialize)]
struct File {
    audio: Audio,
    espeak: Option<Espeak>,
    #[serde(default)]
    inference: Inference,
    num_speakers: Option<u32>,
    #[serde(default)]
    speaker_id_map: BTreeMap<String, u32>,
    phoneme_id_map: BTreeMap<String, Vec<i32>>,
    phoneme_type: Option<String>,
}

#[derive(Deserialize)]
struct Audio {
    sample_rate: u64,
}

#[derive(Deserialize)]
struct Espeak {
    voice: String,
}

/// Defaults are those of Piper.
#[derive(Deserialize)]
#[serde(default)]
struct Inference {
    noise_scale: f32,
    length_scale: f32,
    noise_w: f32,
}

impl Default for Inference {
    fn default() -> Self {
        Self { noise_scale: 0.667, length_scale: 1.0, noise_w: 0.8 }
    }
}

impl Config {
    /// Reads and checks a configuration; its bytes are returned too, since they are part of what a voice is.
    pub(super) fn read(path: &Path) -> Result<(Self, Vec<u8>), SpeechError> {
        let (bytes, _) = super::file::read(path, &[])?;
        let config = Self::parse(&bytes).map_err(|reason| SpeechError::Malformed { path: path.into(), reason })?;
        Ok((config, bytes))
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let file: File =
            serde_json::from_slice(bytes).map_err(|error| format!("it is not the JSON of a Piper voice: {error}"))?;
        let rate = u32::try_from(file.audio.sample_rate)
            .ok()
            .and_then(SampleRate::new)
            .ok_or_else(|| format!("its sample_rate is {}; 8000 to 192000 is allowed", file.audio.sample_rate))?;
        if let Some(kind) = file.phoneme_type.filter(|kind| kind != "espeak") {
            return Err(format!("its phoneme_type is \"{kind}\"; only \"espeak\" can be spoken"));
        }
        let scale = |name: &str, value: f32, least: f32| {
            if (least..=10.0).contains(&value) {
                Ok(value)
            } else {
                Err(format!("its {name} is {value}; {least} to 10 is allowed"))
            }
        };
        let special = |key: &str, what: &str| match file.phoneme_id_map.get(key) {
            Some(ids) if !ids.is_empty() => Ok(ids.clone()),
            _ => Err(format!("its phoneme_id_map has no \"{key}\", which {what}")),
        };
        let voice = file.espeak.map(|espeak| espeak.voice).filter(|voice| !voice.is_empty());
        Ok(Self {
            rate,
            espeak_voice: voice.ok_or("it names no espeak voice, which makes its phonemes")?,
            noise: scale("noise_scale", file.inference.noise_scale, 0.0)?,
            length: scale("length_scale", file.inference.length_scale, 0.1)?,
            noise_w: scale("noise_w", file.inference.noise_w, 0.0)?,
            speakers: file.num_speakers.unwrap_or(1).max(1),
            speaker_ids: file.speaker_id_map,
            pad: special("_", "stands between phonemes")?,
            bos: special("^", "begins an utterance")?,
            eos: special("$", "ends an utterance")?,
            phonemes: file
                .phoneme_id_map
                .iter()
                .filter_map(|(key, ids)| {
                    let mut chars = key.chars();
                    let one = chars.next().filter(|_| chars.next().is_none())?;
                    Some((one, ids.clone()))
                })
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"audio": {"sample_rate": 16000}, "espeak": {"voice": "de"}, "num_speakers": 2,
        "inference": {"noise_scale": 0.333, "length_scale": 1.1}, "speaker_id_map": {"anna": 0, "bert": 1},
        "phoneme_id_map": {"_": [0], "^": [1], "$": [2], "a": [14], "ab": [15]}}"#;

    fn reason(from: &str, to: &str) -> String {
        assert!(GOOD.contains(from));
        Config::parse(GOOD.replace(from, to).as_bytes()).unwrap_err()
    }

    #[test]
    fn a_configuration_is_read() {
        let config = Config::parse(GOOD.as_bytes()).unwrap();
        assert_eq!(config.rate.hertz(), 16_000);
        assert_eq!((config.noise, config.length, config.noise_w), (0.333, 1.1, 0.8));
        assert_eq!((config.espeak_voice.as_str(), config.speakers), ("de", 2));
        assert_eq!(config.speaker_ids["bert"], 1);
        assert_eq!(config.phonemes[&'a'], [14]);
        assert_eq!(config.phonemes.len(), 4);
    }

    #[test]
    fn a_bad_configuration_says_what_is_wrong_and_what_is_allowed() {
        assert_eq!(reason("16000", "0"), "its sample_rate is 0; 8000 to 192000 is allowed");
        assert_eq!(reason("16000", "99999999999"), "its sample_rate is 99999999999; 8000 to 192000 is allowed");
        assert_eq!(reason("1.1", "-1"), "its length_scale is -1; 0.1 to 10 is allowed");
        assert_eq!(reason("\"_\": [0], ", ""), "its phoneme_id_map has no \"_\", which stands between phonemes");
        assert_eq!(reason("\"^\": [1], ", ""), "its phoneme_id_map has no \"^\", which begins an utterance");
        assert_eq!(reason("\"$\": [2]", "\"$\": []"), "its phoneme_id_map has no \"$\", which ends an utterance");
        assert_eq!(
            reason("\"num_speakers\"", "\"phoneme_type\": \"text\", \"num_speakers\""),
            "its phoneme_type is \"text\"; only \"espeak\" can be spoken"
        );
        assert!(reason("{\"audio\"", "audio").starts_with("it is not the JSON of a Piper voice: "));
    }
}
