//! What can be played: a script that is being spoken, or a finished file.

use super::{Heard, Mark};
use crate::{
    audio::{Decibels, Frames, SampleRate, Stereo},
    error::Error,
    mix::Volumes,
    session::{Doing, Live},
};
use std::time::Duration;

/// What is played: read from any frame on, as far as it is ready.
pub trait Source: Send {
    /// Frames a second.
    fn rate(&self) -> SampleRate;

    /// How long it is; an estimate while that is not known.
    fn length(&self) -> Frames;

    /// Up to where it can be played.
    fn prepared(&self) -> Frames;

    /// Where chapters begin, and their titles.
    fn chapters(&self) -> Vec<(Frames, String)>;

    /// What is heard at a frame.
    fn heard(&self, at: Frames) -> Heard;

    /// What a frame is found again by.
    fn mark(&self, at: Frames) -> Mark {
        self.rate().duration(at).into()
    }

    /// Where a place has come to lie.
    fn find(&self, mark: Mark) -> Frames {
        self.rate().frames(mark.at)
    }

    /// How many frames can be read from `at` on now; nothing more will come when `at` is its length.
    ///
    /// # Errors
    ///
    /// When no more can be made.
    fn ready(&mut self, at: Frames) -> Result<Frames, Error>;

    /// Overwrites `out` with the frames from `at` on, whose volumes move from one setting to another, and tells the highest samples
    /// of voice and bed.
    fn hear(&mut self, at: Frames, out: &mut [Stereo], from: Volumes, to: Volumes) -> Volumes;

    /// Waits until more is ready, at most for a time.
    fn wait(&self, time: Duration);

    /// Whether it goes on at a frame; where only its end tells, it is looked for.
    fn reaches(&mut self, at: Frames) -> bool {
        at < self.length()
    }

    /// Makes room for so many frames while the words that come next are not ready; false when they cannot be put off.
    fn hold(&mut self, longer: Frames) -> bool;

    /// Where the words begin that are under way at a frame, and are not ready; the frame itself when they can be entered there.
    fn begun(&self, at: Frames) -> Frames {
        at
    }

    /// Goes to another frame; the result is where that has come to lie.
    fn jump(&mut self, to: Frames) -> Frames;

    /// What the true peak is held to, in dBTP, and the seed of the dither; nothing for what is finished already.
    fn finish(&self) -> Option<(Decibels, u64)>;

    /// How long it may take from the start until something is ready that has been prepared before.
    fn patience(&self) -> Duration;

    /// Whether voice and bed can be told apart.
    fn has_stems(&self) -> bool;

    /// What went wrong on the way, each told once.
    fn warnings(&mut self) -> Vec<String>;
}

impl Source for Live {
    fn rate(&self) -> SampleRate {
        self.timeline().rate
    }

    fn length(&self) -> Frames {
        self.timeline().length
    }

    fn prepared(&self) -> Frames {
        self.timeline().horizon
    }

    fn chapters(&self) -> Vec<(Frames, String)> {
        self.timeline().chapters.clone()
    }

    fn heard(&self, at: Frames) -> Heard {
        let time = |frames| self.timeline().rate.duration(frames);
        match self.doing(at) {
            Doing::Speaks(text, said) => Heard::Speech { text: text.to_owned(), said },
            Doing::Rests(left, whole) => Heard::Pause { left: time(left), whole: time(whole) },
            Doing::Breathes(phase, passed, whole) => Heard::Breath { phase, passed: time(passed), whole: time(whole) },
        }
    }

    fn mark(&self, at: Frames) -> Mark {
        Mark { at: self.timeline().rate.duration(at), spot: Some(self.spot(at)) }
    }

    fn find(&self, mark: Mark) -> Frames {
        let known = mark.spot.and_then(|spot| self.frame_of(spot));
        known.unwrap_or_else(|| self.timeline().rate.frames(mark.at))
    }

    fn ready(&mut self, at: Frames) -> Result<Frames, Error> {
        self.update()?;
        Ok(Live::ready(self, at))
    }

    fn hear(&mut self, at: Frames, out: &mut [Stereo], from: Volumes, to: Volumes) -> Volumes {
        Live::hear(self, at, out, from, to)
    }

    fn wait(&self, time: Duration) {
        self.wait_for_more(time);
    }

    fn hold(&mut self, longer: Frames) -> bool {
        Live::hold(self, longer)
    }

    fn begun(&self, at: Frames) -> Frames {
        Live::begun(self, at)
    }

    fn jump(&mut self, to: Frames) -> Frames {
        Live::jump(self, to)
    }

    fn finish(&self) -> Option<(Decibels, u64)> {
        Some((Decibels(self.target().true_peak_dbtp as f32), self.plan().seed))
    }

    fn patience(&self) -> Duration {
        /// Takes that were made before are read within this.
        const KEPT: Duration = Duration::from_millis(250);
        if self.was_kept() { KEPT } else { Duration::ZERO }
    }

    fn has_stems(&self) -> bool {
        true
    }

    fn warnings(&mut self) -> Vec<String> {
        Live::warnings(self)
    }
}
