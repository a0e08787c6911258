//! What a session came to when it was spoken before: with it a session whose takes are all kept is heard at once, without a voice
//! being opened or a word being looked at.

use super::Studio;
use crate::{audio::Frames, master::Target, plan::Plan, speech::cache::Cache};
use serde::{Deserialize, Serialize};
use std::{path::Path, time::UNIX_EPOCH};

/// Takes of a session, by utterance, and its loudness.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Sheet {
    pub(super) utterances: Vec<Entry>,
    /// The loudness that levels are relative to in LUFS.
    pub(super) loudness: f64,
}

/// The take of an utterance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Where the cache keeps it.
    pub(super) take: String,
    /// Its length at the session's rate.
    pub(super) frames: u64,
    /// The bits of its gain.
    pub(super) gain: u32,
}

impl Sheet {
    /// The sheet of a session, when all of its takes are kept.
    pub(super) fn new(entries: Vec<Option<String>>, lengths: &[Frames], gains: &[f32], loudness: f64) -> Self {
        let entries = entries.into_iter().zip(lengths).zip(gains);
        let utterances = entries.map(|((take, frames), gain)| Entry {
            take: take.unwrap_or_default(),
            frames: frames.0,
            gain: gain.to_bits(),
        });
        Self { utterances: utterances.collect(), loudness }
    }

    /// Names the sheet of a plan: a hash of all that its samples depend on, with files known by size and time of change rather than
    /// by their content, which takes longer to read than the session takes to begin.
    pub(super) fn key(studio: &Studio, plan: &Plan, target: &Target) -> Option<String> {
        let mut text =
            format!("{} {:?} {:?} {target:?} {plan:?}", env!("CARGO_PKG_VERSION"), studio.engine, studio.rate);
        text.push_str(&stamp(&std::env::current_exe().ok()?)?);
        for name in &plan.voices {
            let name = name.as_deref().unwrap_or(crate::speech::catalog::DEFAULT_VOICE);
            if let Some(model) = studio.find_voice(name).ok()? {
                text.push_str(&stamp(&model)?);
                text.push_str(&stamp(&model.with_extension("onnx.json"))?);
            }
        }
        Some(blake3::hash(text.as_bytes()).to_hex().to_string())
    }

    /// Keeps it beside the takes. Without it the next time begins a little later.
    pub(super) fn keep(&self, cache: &Cache, key: &str) {
        if let Ok(bytes) = serde_json::to_vec(self) {
            cache.keep_note(key, &bytes);
        }
    }

    /// The sheet that was kept for a plan.
    pub(super) fn find(cache: &Cache, key: &str, plan: &Plan) -> Option<Self> {
        let sheet: Self = serde_json::from_slice(&cache.note(key)?).ok()?;
        let whole = sheet.utterances.len() == plan.utterances.len();
        let kept = sheet.utterances.iter().all(|entry| cache.has(&entry.take));
        (whole && kept && sheet.loudness.is_finite()).then_some(sheet)
    }
}

/// What a file is known by.
fn stamp(path: &Path) -> Option<String> {
    let about = std::fs::metadata(path).ok()?;
    let changed = about.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!(" {} {} {}", path.display(), about.len(), changed.as_nanos()))
}
