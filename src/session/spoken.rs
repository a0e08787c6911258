//! A plan is spoken, fitted and laid out: all that a mix is read from.

use super::{Prepared, Stage, Studio, Watch, balance, chain, sheet::Sheet, worded};
use crate::{
    audio::{Clip, Decibels, Frames, SampleRate, Take},
    bed::{Bed, Sounds},
    error::Error,
    master::{SpeechMeter, Target, speech_gain},
    mix::{Ducking, Levels, Material, Mix, Score},
    plan::{Fitted, Plan, fit},
    speech::{Voice, phonemes, takes::Takes},
    timeline::Timeline,
};
use rayon::prelude::*;
use std::{
    collections::HashSet,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

/// What a session is mixed from.
pub(super) struct Stock {
    pub(super) takes: Takes,
    pub(super) beds: Vec<Bed>,
    pub(super) sounds: Sounds,
    pub(super) room: Option<(Bed, Decibels)>,
}

impl Stock {
    pub(super) fn material(&self) -> Material<'_> {
        let room = self.room.as_ref().map(|(bed, level)| (bed, *level));
        Material { takes: &self.takes, beds: &self.beds, sounds: &self.sounds, room }
    }
}

/// A session whose speech has been made.
pub(super) struct Spoken {
    pub(super) fitted: Fitted,
    pub(super) score: Score,
    pub(super) stock: Stock,
    pub(super) levels: Levels,
    pub(super) target: Target,
    /// Utterances that were spoken now.
    pub(super) synthesized: usize,
    /// When voices and beds were ready.
    pub(super) opened: Instant,
}

impl Spoken {
    pub(super) fn mix(&self) -> Mix<'_> {
        Mix::new(&self.score, self.stock.material(), &self.levels)
    }
}

/// A clip, and how it was come by.
pub(super) struct Spoke {
    pub(super) clip: Clip,
    /// Where the cache keeps it.
    pub(super) entry: Option<String>,
    /// Whether it was made now.
    pub(super) anew: bool,
    /// What went wrong on the way, each with a word for its kind.
    pub(super) warnings: Vec<(&'static str, String)>,
}

impl Studio {
    /// Speaks a session and lays it out.
    pub(super) fn spoken(
        &self,
        pool: &rayon::ThreadPool,
        prepared: Prepared,
        watch: &dyn Watch,
    ) -> Result<Spoken, Error> {
        let Prepared { plan, sources, beds, sounds, room, mut target, .. } = prepared;
        phonemes::initialise()?;
        let (voices, ()) =
            pool.install(|| rayon::join(|| self.open_voices(&plan), || beds.par_iter().for_each(Bed::prepare)));
        let voices = voices?;
        let opened = Instant::now();
        let key = Sheet::key(self, &plan, &target);
        let (takes, entries, synthesized) = pool.install(|| self.speak(&plan, &voices, watch))?;
        let loudness = speech_loudness(&plan, &takes, self.rate);
        let mut gains = speech_gains(&plan, &loudness, target.loudness_lufs);
        let lengths = takes.lengths();
        let fitted = fit(plan, &lengths, self.rate).map_err(|diagnostics| Error::Script { diagnostics, sources })?;
        let timeline = Timeline::lay(&fitted);
        if let Some(bounds) = target.rms_dbfs {
            let ceiling = Decibels(target.true_peak_dbtp as f32);
            let change = pool.install(|| balance::change_for_rms(bounds, ceiling, &timeline, &takes, &gains));
            target.loudness_lufs += change;
            gains.iter_mut().for_each(|gain| *gain *= Decibels(change as f32).amplitude());
        }
        if let (Some(cache), Some(key)) = (&self.cache, key) {
            let sheet = Sheet::new(entries, &lengths, &gains, target.loudness_lufs);
            sheet.keep(cache, &key);
            for (voice, loudness) in voices.iter().zip(&loudness) {
                if let (Some(voice), Some(loudness)) = (voice, loudness) {
                    cache.keep_level(voice.identity(), *loudness);
                }
            }
        }
        let levels = Levels { speech: gains, loudness: target.loudness_lufs, ducking: ducking(fitted.plan()) };
        let stock = Stock { takes, beds, sounds, room };
        let score = Score::new(timeline, stock.material(), &levels);
        Ok(Spoken { fitted, score, stock, levels, target, synthesized, opened })
    }

    /// The voices of a plan. One that is never used is not opened.
    fn open_voices(&self, plan: &Plan) -> Result<Vec<Option<Box<dyn Voice + Send>>>, Error> {
        plan.voices
            .par_iter()
            .enumerate()
            .map(|(i, name)| {
                let used = plan.utterances.iter().any(|utterance| utterance.voice == i);
                used.then(|| self.voice(name.as_deref())).transpose()
            })
            .collect()
    }

    /// Takes of all utterances, where the cache keeps them, and how many were made now.
    fn speak(
        &self,
        plan: &Plan,
        voices: &[Option<Box<dyn Voice + Send>>],
        watch: &dyn Watch,
    ) -> Result<(Takes, Vec<Option<String>>, usize), Error> {
        let takes = self.takes(plan)?;
        let synthesized = AtomicUsize::new(0);
        let warned = Mutex::new(HashSet::new());
        watch.begin(Stage::Speaking, plan.utterances.len() as u64);
        let speak = |(i, utterance): (usize, &crate::plan::Utterance)| {
            if watch.stopped() {
                return Err(Error::Interrupted);
            }
            let Some(voice) = voices[utterance.voice].as_deref() else { return Ok(None) };
            let spoke = self.utter(plan, i, voice)?;
            synthesized.fetch_add(usize::from(spoke.anew), Ordering::Relaxed);
            for warning in spoke.warnings {
                let mut warned = warned.lock().unwrap_or_else(PoisonError::into_inner);
                if warned.insert(warning.clone()) {
                    watch.warn(&warning.1);
                }
            }
            let take = Take::conform(spoke.clip, self.rate)?;
            takes.put(i, &take).map_err(|source| self.takes_error(source))?;
            watch.advance(1);
            Ok(spoke.entry)
        };
        let entries: Result<Vec<_>, Error> =
            plan.utterances.par_iter().enumerate().with_max_len(1).map(speak).collect();
        Ok((takes, entries?, synthesized.into_inner()))
    }

    /// Room for the takes of a plan.
    pub(super) fn takes(&self, plan: &Plan) -> Result<Takes, Error> {
        Takes::in_folder(&self.takes_folder(), plan.utterances.len()).map_err(|source| self.takes_error(source))
    }

    fn takes_folder(&self) -> std::path::PathBuf {
        self.cache.as_ref().map_or_else(std::env::temp_dir, |cache| cache.folder().to_owned())
    }

    pub(super) fn takes_error(&self, source: std::io::Error) -> Error {
        Error::Takes { folder: self.takes_folder(), source }
    }

    /// Speaks one utterance of a plan, or finds that it was spoken before.
    pub(super) fn utter(&self, plan: &Plan, utterance: usize, voice: &dyn Voice) -> Result<Spoke, Error> {
        self.utter_early(plan, utterance, voice, &mut |_| {})
    }

    /// The same, and hands on what is made while it is.
    pub(super) fn utter_early(
        &self,
        plan: &Plan,
        utterance: usize,
        voice: &dyn Voice,
        each: &mut dyn FnMut(&[f32]),
    ) -> Result<Spoke, Error> {
        let (worded, said) = worded(plan, &plan.utterances[utterance]);
        let mut warnings: Vec<_> = said.into_iter().map(|message| ("wording", message)).collect();
        let prompt = voice.prompt(&worded)?;
        let Some(cache) = &self.cache else {
            return Ok(Spoke { clip: voice.speak_early(&prompt, each)?, entry: None, anew: true, warnings });
        };
        let entry = cache.entry(voice, &prompt);
        if let Some(clip) = cache.get(&entry) {
            return Ok(Spoke { clip, entry: Some(entry), anew: false, warnings });
        }
        let clip = voice.speak_early(&prompt, each)?;
        if let Err(error) = cache.put(&entry, &clip) {
            warnings.push(("cache", format!("a take is not kept for the next render: {}", chain(&error))));
        }
        Ok(Spoke { clip, entry: Some(entry), anew: true, warnings })
    }
}

/// The loudness of all that each voice says in LUFS.
pub(super) fn speech_loudness(plan: &Plan, takes: &Takes, rate: SampleRate) -> Vec<Option<f64>> {
    let lengths = takes.lengths();
    let mut buffer = vec![0f32; 1 << 14];
    let mut measure = |voice: usize| {
        let mut meter = SpeechMeter::new(rate);
        for (i, utterance) in plan.utterances.iter().enumerate() {
            if utterance.voice != voice {
                continue;
            }
            let mut at = 0;
            while at < lengths[i].0 {
                let count = (lengths[i].0 - at).min(buffer.len() as u64);
                let block = &mut buffer[..count as usize];
                takes.read(i, Frames(at), block);
                meter.add(block);
                at += count;
            }
        }
        meter.integrated()
    };
    (0..plan.voices.len()).map(&mut measure).collect()
}

/// One gain for each voice, which brings all that it says to the target, by utterance.
pub(super) fn speech_gains(plan: &Plan, loudness: &[Option<f64>], target: f64) -> Vec<f32> {
    plan.utterances.iter().map(|utterance| speech_gain(loudness[utterance.voice], target).amplitude()).collect()
}

pub(super) fn ducking(plan: &Plan) -> Ducking {
    let profile = &plan.profile;
    Ducking { depth: profile.duck, lift: profile.lift, attack: profile.attack, release: profile.release }
}
