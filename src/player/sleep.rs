//! The sleep timer: playback ends by itself, so slowly that nobody wakes of it.

use super::status::Sleep;
use crate::audio::{Decibels, Frames, SampleRate};
use std::time::Duration;

/// How long the fade takes.
const FADE: Duration = Duration::from_secs(120);

/// Where the fade ends: what was speech at -18 LUFS is under the noise of a quiet bedroom then.
const FLOOR: Decibels = Decibels(-60.0);

/// What the key goes through.
const STEPS: [Setting; 6] = [
    Setting::Off,
    Setting::After(Duration::from_secs(15 * 60)),
    Setting::After(Duration::from_secs(30 * 60)),
    Setting::After(Duration::from_secs(45 * 60)),
    Setting::After(Duration::from_secs(60 * 60)),
    Setting::EndOfChapter,
];

/// What it is set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Setting {
    Off,
    After(Duration),
    EndOfChapter,
}

/// A timer that counts what is played.
#[derive(Debug, Clone)]
pub(super) struct Timer {
    rate: SampleRate,
    setting: Setting,
    /// What is left of a time.
    left: Frames,
    /// What was left when it was set: it never fades for longer.
    span: Frames,
}

impl Timer {
    pub(super) fn new(rate: SampleRate, time: Option<Duration>) -> Self {
        let setting = time.map_or(Setting::Off, Setting::After);
        Self { rate, setting, left: Frames(0), span: Frames(0) }.set_to(setting, Frames(0))
    }

    fn set_to(mut self, setting: Setting, chapter: Frames) -> Self {
        self.setting = setting;
        if let Setting::After(time) = setting {
            self.left = self.rate.frames(time);
        }
        self.span = self.left(chapter).unwrap_or_default();
        self
    }

    /// Sets it to what comes next, with the end of the chapter so far away.
    pub(super) fn step(&mut self, chapter: Frames) {
        let next = STEPS.iter().position(|step| *step == self.setting).map_or(0, |i| (i + 1) % STEPS.len());
        *self = self.clone().set_to(STEPS[next], chapter);
    }

    /// How many frames are left, with the end of the chapter so far away; nothing when it is off.
    pub(super) fn left(&self, chapter: Frames) -> Option<Frames> {
        match self.setting {
            Setting::Off => None,
            Setting::After(_) => Some(self.left),
            Setting::EndOfChapter => Some(chapter),
        }
    }

    /// What a screen shows.
    pub(super) fn shown(&self, chapter: Frames) -> Option<Sleep> {
        match self.setting {
            Setting::Off => None,
            Setting::After(_) => Some(Sleep::In(self.rate.duration(self.left))),
            Setting::EndOfChapter => Some(Sleep::EndOfChapter(self.rate.duration(chapter))),
        }
    }

    /// So many frames were played.
    pub(super) fn pass(&mut self, frames: Frames) {
        self.left = self.left - frames;
    }

    /// The gain when so many frames are left: it falls evenly in dB, which is evenly for the ear.
    pub(super) fn gain(&self, left: Frames) -> f32 {
        let fade = self.rate.frames(FADE).min(self.span);
        if left >= fade {
            return 1.0;
        }
        Decibels(FLOOR.0 * (1.0 - left.0 as f32 / fade.0 as f32)).amplitude()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::HZ_48000;

    fn minutes(minutes: u64) -> Frames {
        Frames(minutes * 60 * 48_000)
    }

    #[test]
    fn the_last_two_minutes_fall_by_half_a_decibel_a_second() {
        let timer = Timer::new(RATE, Some(Duration::from_secs(900)));
        let gain = |left| Decibels::from_amplitude(timer.gain(left)).0;
        assert_eq!([gain(minutes(3)), gain(minutes(2))], [0.0, 0.0]);
        assert!((gain(minutes(1)) + 30.0).abs() < 0.001);
        assert!((gain(Frames(48_000)) + 59.5).abs() < 0.001);
        assert!((gain(Frames(0)) + 60.0).abs() < 0.001);
    }

    #[test]
    fn a_time_of_less_than_two_minutes_fades_from_its_beginning() {
        let timer = Timer::new(RATE, Some(Duration::from_secs(60)));
        let gain = |left| Decibels::from_amplitude(timer.gain(left)).0;
        assert_eq!(gain(minutes(1)), 0.0);
        assert!((gain(Frames(30 * 48_000)) + 30.0).abs() < 0.001);
    }

    #[test]
    fn a_chapter_that_ends_soon_fades_from_where_the_timer_was_set() {
        let mut timer = Timer::new(RATE, None);
        let soon = Frames(20 * 48_000);
        (0..5).for_each(|_| timer.step(soon));
        let gain = |left| Decibels::from_amplitude(timer.gain(left)).0;
        assert_eq!(gain(soon), 0.0);
        assert!((gain(Frames(10 * 48_000)) + 30.0).abs() < 0.001);
    }

    #[test]
    fn the_key_goes_through_all_settings_and_off_again() {
        let mut timer = Timer::new(RATE, None);
        let chapter = Frames(48_000 * 7);
        let mut shown = Vec::new();
        for _ in 0..7 {
            timer.step(chapter);
            shown.push(timer.shown(chapter));
        }
        let time = |minutes: u64| Some(Sleep::In(Duration::from_secs(60 * minutes)));
        let end = Some(Sleep::EndOfChapter(Duration::from_secs(7)));
        assert_eq!(shown, [time(15), time(30), time(45), time(60), end, None, time(15)]);
    }
}
