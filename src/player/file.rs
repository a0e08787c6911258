//! A finished sound file, decoded while it is heard.

use super::{Heard, source::Source};
use crate::{
    audio::{Decibels, Frames, SampleRate, Stereo},
    bed::{self, BedError, Told},
    captions::Caption,
    error::Error,
    mix::Volumes,
    sink::GENTLY,
};
use std::{
    collections::VecDeque,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How much is decoded ahead of what is read, and how much is kept behind it: skipping ten seconds decodes nothing.
const WINDOW: Duration = Duration::from_secs(20);

/// A sound file that is decoded while it is heard.
pub struct SoundFile {
    path: PathBuf,
    rate: SampleRate,
    chapters: Vec<(Frames, String)>,
    captions: Vec<Caption>,
    decoding: Arc<Decoding>,
}

struct Decoding {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Which decoding this is: one that was left for another stops.
    turn: u64,
    /// Frames, and the position of the first.
    frames: VecDeque<Stereo>,
    first: u64,
    /// Where the reader is.
    read: u64,
    /// The length of the file, as it says itself or as was found.
    length: Option<Told>,
    rate: Option<SampleRate>,
    ended: bool,
    failed: Option<BedError>,
    warnings: Vec<String>,
}

impl State {
    fn end(&self) -> u64 {
        self.first + self.frames.len() as u64
    }

    /// As long as nothing says surely where it ends, it goes on behind what was decoded: to have met the decoder is not the end.
    fn length(&self) -> u64 {
        match self.length {
            Some(Told { frames, sure }) if sure || self.ended => frames.0,
            told => told.map_or(0, |told| told.frames.0).max(self.end() + u64::from(!self.ended)),
        }
    }
}

impl SoundFile {
    /// Opens a file, whose captions and chapters may be known from elsewhere; chapters that a WAV file has itself win.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is no sound.
    pub fn open(path: &Path, captions: Vec<Caption>, chapters: &[(Duration, String)]) -> Result<Self, Error> {
        let decoding = Arc::new(Decoding { state: Mutex::default(), changed: Condvar::new() });
        decode(&decoding, path, 0);
        let mut state = decoding.look();
        while state.rate.is_none() && !state.ended {
            state = decoding.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if let Some(error) = state.failed.take() {
            return Err(error.into());
        }
        let rate = state.rate.unwrap_or(SampleRate::HZ_48000);
        drop(state);
        let time = |seconds: f64| Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default();
        let own: Vec<_> = bed::chapters(path).into_iter().map(|(at, title)| (time(at), title)).collect();
        let chapters = if own.is_empty() { chapters.to_vec() } else { own };
        let chapters = chapters.into_iter().map(|(at, title)| (rate.frames(at), title)).collect();
        Ok(Self { path: path.to_owned(), rate, chapters, captions, decoding })
    }
}

impl Decoding {
    fn look(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Decodes a file from a frame on in a thread of its own, never more than a window ahead of the reader.
fn decode(decoding: &Arc<Decoding>, path: &Path, from: u64) {
    let mut state = decoding.look();
    state.turn += 1;
    let turn = state.turn;
    state.frames.clear();
    (state.first, state.read, state.ended) = (from, from, false);
    drop(state);
    let (shared, path) = (Arc::clone(decoding), path.to_owned());
    let work = move || {
        let heard = bed::hear_from(&path, Frames(from), |rate, told, frames| {
            let window = rate.frames(WINDOW).0;
            let mut state = shared.look();
            if state.rate.is_none() {
                (state.rate, state.length) = (Some(rate), told);
                shared.changed.notify_all();
            }
            while state.turn == turn && state.end() > state.read + window {
                state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            if state.turn != turn {
                return ControlFlow::Break(());
            }
            state.frames.extend(frames);
            let kept = state.read.saturating_sub(window);
            let gone = kept.saturating_sub(state.first).min(state.frames.len() as u64);
            state.frames.drain(..gone as usize);
            state.first += gone;
            shared.changed.notify_all();
            ControlFlow::Continue(())
        });
        let mut state = shared.look();
        if state.turn == turn {
            state.ended = true;
            match heard {
                Ok(warnings) => {
                    state.length = Some(Told { frames: Frames(state.end()), sure: true });
                    state.warnings = warnings;
                }
                Err(error) => state.failed = Some(error),
            }
        }
        drop(state);
        shared.changed.notify_all();
    };
    if std::thread::Builder::new().name("decoder".into()).spawn(work).is_err() {
        decoding.look().ended = true;
    }
}

impl Source for SoundFile {
    fn rate(&self) -> SampleRate {
        self.rate
    }

    fn length(&self) -> Frames {
        Frames(self.decoding.look().length())
    }

    fn prepared(&self) -> Frames {
        self.length()
    }

    fn chapters(&self) -> Vec<(Frames, String)> {
        self.chapters.clone()
    }

    fn heard(&self, at: Frames) -> Heard {
        if self.captions.is_empty() {
            return Heard::Unknown;
        }
        let at = self.rate.duration(at);
        let next = self.captions.partition_point(|caption| caption.end <= at);
        let before = next.checked_sub(1).map_or(Duration::ZERO, |i| self.captions[i].end);
        match self.captions.get(next) {
            Some(caption) if caption.start <= at => {
                let passed = at.saturating_sub(caption.start).as_secs_f32();
                let said = passed / caption.end.saturating_sub(caption.start).as_secs_f32().max(0.001);
                Heard::Speech { text: caption.lines.join(" "), said }
            }
            next => {
                let until = next.map_or_else(|| self.rate.duration(self.length()), |caption| caption.start);
                Heard::Pause { left: until.saturating_sub(at), whole: until.saturating_sub(before) }
            }
        }
    }

    fn ready(&mut self, at: Frames) -> Result<Frames, Error> {
        let mut state = self.decoding.look();
        state.read = at.0;
        let there = at.0 >= state.first && (at.0 <= state.end());
        let ready = if there { state.end() - at.0 } else { 0 };
        // What was decoded before it failed is heard.
        if ready == 0
            && let Some(error) = state.failed.take()
        {
            return Err(error.into());
        }
        let lost = at.0 < state.first;
        drop(state);
        self.decoding.changed.notify_all();
        if lost {
            decode(&self.decoding, &self.path, at.0);
        }
        Ok(Frames(ready))
    }

    fn hear(&mut self, at: Frames, out: &mut [Stereo], from: Volumes, to: Volumes) -> Volumes {
        let state = self.decoding.look();
        let step = (to.voice - from.voice) / out.len() as f32;
        let mut peak = 0f32;
        for (i, frame) in out.iter_mut().enumerate() {
            let place = (at.0 + i as u64).checked_sub(state.first);
            let heard = place.and_then(|place| state.frames.get(place as usize)).copied().unwrap_or(Stereo::ZERO);
            *frame = heard * (from.voice + step * i as f32);
            peak = peak.max(frame.left.abs()).max(frame.right.abs());
        }
        Volumes { voice: peak, bed: 0.0 }
    }

    fn wait(&self, time: Duration) {
        let state = self.decoding.look();
        drop(self.decoding.changed.wait_timeout(state, time));
    }

    fn hold(&mut self, _: Frames) -> bool {
        false
    }

    fn reaches(&mut self, at: Frames) -> bool {
        let mut state = self.decoding.look();
        if at.0 >= state.length() && state.length.is_none_or(|told| !told.sure) {
            // Nothing but to look.
            state.read = at.0;
            self.decoding.changed.notify_all();
            while !state.ended && state.end() <= at.0 {
                state = self.decoding.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
        at.0 < state.length()
    }

    fn jump(&mut self, to: Frames) -> Frames {
        let to = Frames(to.0.min(self.length().0));
        // It is read from a little earlier on, to come in softly.
        let from = to - self.rate.frames(GENTLY);
        let state = self.decoding.look();
        let there = (state.first..=state.end()).contains(&from.0);
        drop(state);
        if !there {
            decode(&self.decoding, &self.path, from.0);
        }
        to
    }

    fn finish(&self) -> Option<(Decibels, u64)> {
        None
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn has_stems(&self) -> bool {
        false
    }

    fn warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.decoding.look().warnings)
    }
}

impl Drop for SoundFile {
    fn drop(&mut self) {
        self.decoding.look().turn += 1;
        self.decoding.changed.notify_all();
    }
}
