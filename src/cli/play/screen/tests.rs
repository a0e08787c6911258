use super::*;
use ratatui::{Terminal, backend::TestBackend, style::Color};
use undertone::{audio::Decibels, player::Heard, script::BreathPhase};

fn s(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// A session of 11:44 whose third chapter has begun two seconds ago.
pub(in crate::cli::play) fn sample() -> Status {
    let chapters = [(0.0, "Arriving"), (90.0, "Settling"), (190.0, "The stream"), (400.0, "Rest")];
    Status {
        title: "A night by the water".to_owned(),
        chapters: chapters.map(|(start, title)| (s(start), title.to_owned())).to_vec(),
        bookmarks: vec![s(240.0)],
        position: s(192.4),
        length: s(704.0),
        prepared: s(704.0),
        motion: Motion::Playing,
        heard: Heard::Speech { text: "Feel the floor under your feet.".to_owned(), said: 0.5 },
        voice_level: Decibels(-15.0),
        bed_level: Decibels(-30.0),
        voice: Decibels(0.0),
        bed: Some(Decibels(-3.0)),
        muted: false,
        sleep: None,
        looping: false,
        notice: None,
    }
}

fn plain_look() -> Look {
    Look::new(Colours::None, false)
}
