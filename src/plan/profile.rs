//! Defaults of each category, and what a script says instead.

use crate::{
    audio::Decibels,
    script::{Category, FrontMatter},
};
use std::time::Duration;

/// Pace, pauses, levels and fades of a session.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// 1.0 is the voice's own speed.
    pub pace: f32,
    /// After a sentence.
    pub sentence: Duration,
    /// Between paragraphs.
    pub paragraph: Duration,
    /// Around a heading.
    pub heading: Duration,
    /// `...`.
    pub ellipsis: Duration,
    /// One breath.
    pub breath: Duration,
    /// Level of a bed that does not say its own, relative to the speech.
    pub bed_level: Decibels,
    /// How far beds go down under speech.
    pub duck: Decibels,
    /// How far beds rise in silences.
    pub lift: Decibels,
    /// How long before a word the beds begin to go down.
    pub attack: Duration,
    /// How long they take to come back.
    pub release: Duration,
    /// From the start to the beds' full level.
    pub fade_in: Duration,
    /// From the beds' full level to the end.
    pub fade_out: Duration,
    /// A noise floor, in dB of full scale.
    pub room: Option<Decibels>,
    /// Loudness of the speech in LUFS; `None` is the preset's.
    pub loudness: Option<f32>,
    /// Ceiling of the true peak in dBTP; `None` is the preset's.
    pub true_peak: Option<f32>,
    /// The master preset's name.
    pub preset: Option<String>,
}

/// Pace, then sentence, paragraph, heading, ellipsis and breath in seconds, then bed level, duck and lift in dB, then fade-in and
/// fade-out in seconds.
///
/// Paces are slow because Piper's voices say about 220 words a minute at their own, where guided sessions are spoken at 100 to 140,
/// pauses included.
const DEFAULTS: [(Category, [f32; 11]); 5] = [
    (Category::Sleep, [0.66, 1.2, 4.0, 6.0, 6.0, 5.0, -22.0, 4.0, 2.0, 15.0, 60.0]),
    (Category::Mindfulness, [0.72, 0.8, 3.0, 4.5, 6.0, 4.0, -24.0, 6.0, 2.0, 10.0, 20.0]),
    (Category::Stress, [0.75, 0.7, 2.2, 3.5, 5.0, 4.0, -24.0, 6.0, 2.0, 6.0, 15.0]),
    (Category::Hypnosis, [0.68, 1.0, 3.0, 4.5, 5.0, 4.0, -24.0, 6.0, 2.0, 10.0, 20.0]),
    (Category::Story, [0.82, 0.6, 1.6, 3.5, 3.0, 4.0, -26.0, 6.0, 2.0, 8.0, 20.0]),
];

impl Profile {
    /// The defaults of a category.
    #[must_use]
    pub fn of(category: Category) -> Self {
        let row = DEFAULTS.iter().find(|(c, _)| *c == category).map_or(DEFAULTS[1].1, |(_, row)| *row);
        let [pace, sentence, paragraph, heading, ellipsis, breath, bed, duck, lift, fade_in, fade_out] = row;
        let seconds = |s: f32| Duration::from_millis((s * 1000.0).round() as u64);
        Self {
            pace,
            sentence: seconds(sentence),
            paragraph: seconds(paragraph),
            heading: seconds(heading),
            ellipsis: seconds(ellipsis),
            breath: seconds(breath),
            bed_level: Decibels(bed),
            duck: Decibels(duck),
            lift: Decibels(lift),
            attack: Duration::from_millis(250),
            release: Duration::from_millis(1500),
            fade_in: seconds(fade_in),
            fade_out: seconds(fade_out),
            room: None,
            loudness: None,
            true_peak: None,
            preset: None,
        }
    }

    /// The profile of a script: its category's, with what the script says instead.
    #[must_use]
    pub fn for_script(front: &FrontMatter) -> Self {
        fn set<T>(slot: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *slot = value;
            }
        }
        let mut profile = Self::of(front.category.unwrap_or_default());
        set(&mut profile.pace, front.pace);
        set(&mut profile.sentence, front.pauses.sentence);
        set(&mut profile.paragraph, front.pauses.paragraph);
        let heading = profile.heading;
        set(&mut profile.heading, front.pauses.heading.or(front.pauses.paragraph.map(|p| p.max(heading))));
        set(&mut profile.ellipsis, front.pauses.ellipsis);
        set(&mut profile.breath, front.pauses.breath);
        set(&mut profile.duck, front.mix.duck);
        set(&mut profile.lift, front.mix.lift);
        set(&mut profile.attack, front.mix.attack);
        set(&mut profile.release, front.mix.release);
        set(&mut profile.fade_in, front.mix.fade_in);
        set(&mut profile.fade_out, front.mix.fade_out);
        profile.room = front.mix.room;
        profile.loudness = front.master.loudness;
        profile.true_peak = front.master.true_peak;
        profile.preset = front.master.preset.as_ref().map(|preset| preset.value.clone());
        profile
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_category_has_defaults_of_its_own() {
        for (category, row) in DEFAULTS {
            assert!((Profile::of(category).pace - row[0]).abs() < 1e-6, "{category:?}");
        }
        assert_eq!(Profile::of(Category::Sleep).fade_out, Duration::from_secs(60));
    }

    #[test]
    fn what_the_script_says_wins_over_its_category() {
        let mut front = FrontMatter { category: Some(Category::Sleep), pace: Some(0.9), ..FrontMatter::default() };
        front.pauses.breath = Some(Duration::from_secs(7));
        let profile = Profile::for_script(&front);
        assert_eq!((profile.pace, profile.breath), (0.9, Duration::from_secs(7)));
        assert_eq!(profile.sentence, Duration::from_millis(1200));
    }
}
