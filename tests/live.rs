//! A session that is read while it is still being spoken.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by unwrapping it")]

use std::{
    path::Path,
    time::{Duration, Instant},
};
use undertone::{
    audio::{Frames, SampleRate, Stereo},
    mix::Volumes,
    plan::Settings,
    script::Access,
    session::{Doing, Engine, Live, Studio},
};

const RATE: SampleRate = SampleRate::HZ_48000;

const SCRIPT: &str = "---\nvoice: tone\nbeds: { rain: { recipe: night-rain, level: -12dB } }\nmix: { fade_in: 1s, fade_out: 2s }\n---\n[bed \
                      rain]\n\n# One\nLet go of the day. [pause 2s] And rest.\n\n# Two\n[bell]\nBreathe. [breathe in 3, hold 1, out 4]\nAnd \
                      wake. [pause 1s] Slowly.\n";

fn live(text: &str) -> (tempfile::TempDir, Live) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.md");
    std::fs::write(&path, text).unwrap();
    let studio = Studio {
        voices: Vec::new(),
        ambience: vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("ambience")],
        access: Access { allowed: Vec::new() },
        engine: Engine::Rten,
        rate: RATE,
        threads: 2,
        cache: None,
        stems: None,
    };
    let prepared = studio.prepare(&path, &Settings::default()).unwrap();
    (folder, studio.play(prepared).unwrap())
}

/// Waits until all speech is there.
fn complete(live: &mut Live) {
    let began = Instant::now();
    while !live.is_complete() && began.elapsed() < Duration::from_secs(20) {
        live.wait_for_more(Duration::from_millis(50));
        live.update().unwrap();
    }
    assert!(live.is_complete());
}

fn hear(live: &mut Live, at: Frames, count: usize) -> Vec<Stereo> {
    let mut frames = vec![Stereo::ZERO; count];
    live.hear(at, &mut frames, Volumes::UNITY, Volumes::UNITY);
    frames
}

/// All of it, when everything was there from the beginning.
fn whole(text: &str) -> Vec<Stereo> {
    let (_folder, mut live) = live(text);
    live.starter()(Frames(0));
    complete(&mut live);
    live.jump(Frames(0));
    let length = live.timeline().length;
    hear(&mut live, Frames(0), length.0 as usize)
}

#[test]
fn nothing_can_be_read_past_the_beds_making_way_for_words_that_are_not_there() {
    let (_folder, mut live) = live(SCRIPT);
    live.update().unwrap();
    let first = live.timeline().speech[0].start;
    // The beds begin to make way 250 ms before a word.
    assert_eq!(live.timeline().horizon, first - Frames(12_000));
    let ready = live.ready(Frames(0));
    assert!(ready <= first - Frames(12_000) && ready > first - Frames(12_064));
    assert!(!live.is_complete());
}

#[test]
fn words_that_are_late_move_with_everything_after_them_and_nothing_before_them_does() {
    let (_folder, mut live) = live(SCRIPT);
    let ready = live.ready(Frames(0));
    let before = hear(&mut live, Frames(0), ready.0 as usize);
    let (first, two) = (live.timeline().speech[0].start, live.timeline().chapters[1].0);
    assert!(live.hold(Frames(4_800)));
    assert!(live.hold(Frames(4_800)));
    assert_eq!(live.ready(Frames(0)), ready + Frames(9_600));
    assert_eq!(live.timeline().speech[0].start, first + Frames(9_600));
    assert_eq!(live.timeline().chapters[1].0, two + Frames(9_600));
    assert!(hear(&mut live, Frames(0), ready.0 as usize) == before, "what was read stays as it was");
}

/// All of a session that is held up for two seconds before its first words, and wherever it is not ready.
fn held_up(text: &str) -> Vec<Stereo> {
    let (_folder, mut live) = live(text);
    let (mut frames, mut at, mut started) = (Vec::new(), Frames(0), false);
    while at < live.timeline().length {
        live.update().unwrap();
        let ready = live.ready(at);
        if ready == Frames(0) {
            if at > Frames(96_000) && !std::mem::replace(&mut started, true) {
                live.starter()(at);
            }
            if !live.hold(Frames(1_024)) {
                live.wait_for_more(Duration::from_millis(5));
            }
            continue;
        }
        let count = ready.0.min(1_024) as usize;
        frames.extend(hear(&mut live, at, count));
        at = at + Frames(count as u64);
    }
    frames
}

#[test]
fn a_session_that_was_held_up_has_all_its_words_whole() {
    let script = "---\nvoice: tone\n---\nLet go of the day. [pause 2s] And rest.\n\nBreathe. [count 3 to 1 every 4s]\nAnd wake.\n";
    let (held, wanted) = (held_up(script), whole(script));
    assert!(held.len() > wanted.len() + 48_000, "{} of {}", held.len(), wanted.len());
    let sound = |frames: Vec<Stereo>| frames.into_iter().filter(|frame| *frame != Stereo::ZERO).collect::<Vec<_>>();
    assert!(sound(held) == sound(wanted));
}

#[test]
fn there_is_no_step_in_the_bed_of_a_session_that_was_held_up() {
    let (held, wanted) = (held_up(SCRIPT), whole(SCRIPT));
    // Noise has steps of its own; none may stand out.
    let step =
        |frames: &[Stereo]| frames.windows(2).map(|pair| (pair[1].left - pair[0].left).abs()).fold(0.0, f32::max);
    assert!(step(&held) <= step(&wanted) * 1.05, "{} and {}", step(&held), step(&wanted));
}

#[test]
fn what_was_made_while_it_was_read_is_after_a_jump_what_is_rendered() {
    let wanted = whole(SCRIPT);
    let (_folder, mut live) = live(SCRIPT);
    assert!(live.hold(Frames(9_600)));
    live.starter()(Frames(0));
    complete(&mut live);
    let back = live.jump(Frames(0));
    assert_eq!((back, live.timeline().length.0 as usize), (Frames(0), wanted.len()));
    assert!(hear(&mut live, Frames(0), wanted.len()) == wanted);
    let two = live.timeline().chapters[1].0;
    assert_eq!(live.jump(two), two);
}

#[test]
fn a_jump_into_what_is_not_there_yet_lands_where_its_chapter_begins() {
    let (_folder, mut live) = live(SCRIPT);
    let guessed = live.timeline().chapters[1].0;
    let at = live.jump(guessed);
    assert_eq!(at, live.timeline().chapters[1].0);
    live.starter()(at);
    complete(&mut live);
    // What was passed over stays as long as it was thought to be: what is heard does not move.
    assert_eq!(live.timeline().chapters[1].0, at);
    assert_eq!(live.ready(at), live.timeline().length - at);
}

#[test]
fn a_place_is_found_again_when_the_words_before_it_turn_out_longer_or_shorter() {
    let (_folder, mut cold) = live(SCRIPT);
    let chapter = |live: &Live| live.timeline().chapters[1].0;
    let second = Frames(48_000);
    // Where the second chapter will probably be, when nothing has been said yet; and a second after it.
    let guessed = chapter(&cold);
    let spots = [cold.spot(guessed), cold.spot(guessed + second)];
    cold.starter()(Frames(0));
    complete(&mut cold);
    cold.jump(Frames(0));
    assert_ne!(chapter(&cold), guessed);
    assert_eq!(spots.map(|spot| cold.frame_of(spot)), [Some(chapter(&cold)), Some(chapter(&cold) + second)]);
    // Another time, and with pauses of another length; but not with other words.
    let (_folder, other) = live(&SCRIPT.replace("[pause 2s]", "[pause 9s]"));
    assert_eq!(other.frame_of(spots[0]), Some(chapter(&other)));
    let (_folder, other) = live(&SCRIPT.replace("the day", "the night"));
    assert_eq!(other.frame_of(spots[0]), None);
}

#[test]
fn it_is_known_what_is_heard_at_any_frame() {
    let (_folder, mut live) = live(SCRIPT);
    live.starter()(Frames(0));
    complete(&mut live);
    live.jump(Frames(0));
    let timeline = live.timeline().clone();
    let first = &timeline.speech[0];
    assert_eq!(live.doing(first.start), Doing::Speaks("Let go of the day.", 0.0));
    assert_eq!(live.doing(first.start - Frames(10)), Doing::Rests(Frames(10), first.start));
    let pause = Frames(96_000);
    assert_eq!(live.doing(first.end() + Frames(1)), Doing::Rests(pause - Frames(1), pause));
    let out = (timeline.cues.iter().zip(&live.plan().cues)).rev().find_map(|((start, length), cue)| match &cue.kind {
        undertone::plan::CueKind::Slot { .. } => Some((*start, *length)),
        _ => None,
    });
    let (start, length) = out.unwrap();
    let breath = undertone::script::BreathPhase::Out;
    assert_eq!(live.doing(start + Frames(480)), Doing::Breathes(breath, Frames(480), length));
    assert_eq!(length, Frames(4 * 48_000));
}
