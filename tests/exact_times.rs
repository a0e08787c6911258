//! Breaths, counts, waits and wanted lengths end on the very frame.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by unwrapping it")]

mod common;

use common::{Desk, cues::planned, frames};
use undertone::{
    audio::{Frames, SampleRate},
    plan::{Settings, fit},
    timeline::Timeline,
};

/// Renders a script with the tone voice at a pace of 1: how many frames it has, and where sound begins and ends in it.
fn rendered(body: &str, args: &[&str]) -> (usize, Vec<(usize, usize)>) {
    let desk = Desk::new();
    desk.write("a.md", format!("---\nvoice: tone\npace: 1\n---\n{body}"));
    desk.good(&[&["render", "a.md", "-o", "a.wav"], args].concat());
    let frames = frames(&desk.path("a.wav"));
    let mut sounds: Vec<(usize, usize)> = Vec::new();
    for (at, _) in frames.iter().enumerate().filter(|(_, frame)| **frame != [0, 0]) {
        match sounds.last_mut() {
            // Less silence than a tenth of a second is inside of a sound.
            Some(last) if at - last.1 < 4800 => last.1 = at + 1,
            _ => sounds.push((at, at + 1)),
        }
    }
    (frames.len(), sounds)
}

/// Where sounds begin.
fn starts(sounds: &[(usize, usize)]) -> Vec<usize> {
    sounds.iter().map(|sound| sound.0).collect()
}

#[test]
fn each_phase_of_a_breath_begins_on_its_frame_and_the_last_ends_on_its() {
    let (length, sounds) = rendered("[breathe in 4, hold 2, out 6.5, x2]\n", &[]);
    assert_eq!(length, 2 * 600_000);
    assert_eq!(starts(&sounds), [0, 192_000, 288_000, 600_000, 792_000, 888_000]);
}

#[test]
fn each_count_begins_on_its_frame_and_the_last_ends_on_its() {
    let (length, sounds) = rendered("Rest now.\n[pause 1s]\n[count 3 to 1 every 2.5s | \"{{n}} more.\"]\n", &[]);
    let start = sounds[0].1 + 48_000;
    assert_eq!(starts(&sounds), [0, start, start + 120_000, start + 240_000]);
    assert_eq!(length, start + 360_000);
}

#[test]
fn at_begins_what_follows_on_its_frame() {
    let (length, sounds) = rendered("Rest now. [at 0:10] And on. [pause 1.25s]\n", &[]);
    assert_eq!(starts(&sounds), [0, 480_000]);
    assert_eq!(length, sounds[1].1 + 60_000);
}

#[test]
fn a_wanted_length_is_the_length_to_the_frame_and_exact_pauses_stay() {
    let body = "This is one. [pause 5s] This is two.\n\nThis is three.\n";
    let desk = Desk::new();
    desk.write("b.md", format!("---\nvoice: tone\npace: 1\nduration: 15s\n---\n{body}"));
    desk.good(&["render", "b.md", "-o", "b.wav"]);
    assert_eq!(frames(&desk.path("b.wav")).len(), 720_000);
    let (length, sounds) = rendered(body, &["--duration", "15s"]);
    assert_eq!((length, sounds.len()), (720_000, 3));
    assert_eq!(sounds[1].0 - sounds[0].1, 240_000);
    assert_eq!(sounds[2].1, 720_000);
    // Seven elastic pauses of 2 s share what is left of a length that none of them divides.
    let odd = "Rest now. [pause 2s~] ".repeat(7);
    assert_eq!(rendered(&odd, &["--duration", "20.01s"]).0, 960_480);
}

#[test]
fn ninety_minutes_of_pauses_end_on_the_frame() {
    let laid = |text: &str, speech: u64| {
        let plan = planned(text, &Settings::default());
        let speech = vec![Frames(speech); plan.utterances.len()];
        Timeline::lay(&fit(plan, &speech, SampleRate::HZ_48000).unwrap())
    };
    let only = laid(&"[pause 3s]\n".repeat(1800), 0);
    assert_eq!(only.length, Frames(90 * 60 * 48_000));

    // "Let it be so." in the tone voice, at 0.72.
    let take = 13 * 4333;
    let spoken = laid(&"Let it be so. [pause 3s]\n".repeat(1800), take);
    assert_eq!(spoken.speech.len(), 1800);
    for (i, place) in (0u64..).zip(&spoken.speech) {
        assert_eq!(place.start, Frames(i * (take + 144_000)));
    }
    assert_eq!(spoken.length, Frames(1800 * (take + 144_000)));

    // A third of a second is 15,999.9984 frames in what can be written; after 1,800 of them 2.88 frames are missing.
    let odd = laid(&"Let it be so. [pause 3.3333333s]\n".repeat(1800), take);
    for (i, place) in (0u64..).zip(&odd.speech) {
        assert_eq!(place.start, Frames(i * (take + 160_000) - (i * 16 + 4_999) / 10_000));
    }
    assert_eq!(odd.length, Frames(1800 * (take + 160_000) - 3));
}
