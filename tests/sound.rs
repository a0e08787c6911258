//! What is heard beside the voice: sounds, bells, tones, the noise of a room, and how beds make way.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by unwrapping it")]

mod common;

use common::{Desk, stderr};
use std::path::Path;

/// A stem: frames of a stereo WAV file of floats.
fn stem(path: &Path) -> Vec<[f32; 2]> {
    let mut reader = hound::WavReader::open(path).unwrap();
    let samples: Vec<f32> = reader.samples().map(Result::unwrap).collect();
    samples.chunks_exact(2).map(|frame| [frame[0], frame[1]]).collect()
}

fn peak(frames: &[[f32; 2]]) -> f32 {
    frames.iter().flatten().fold(0.0, |peak, sample| peak.max(sample.abs()))
}

/// The first frame that is not silent.
fn onset(frames: &[[f32; 2]]) -> usize {
    frames.iter().position(|frame| *frame != [0.0, 0.0]).unwrap()
}

/// A file of one second at 48 kHz: a sine of 1 kHz.
fn beep(desk: &Desk, name: &str) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 48_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(desk.path(name), spec).unwrap();
    for n in 0..48_000 {
        let phase = f64::from(n) * 1_000.0 / 48_000.0;
        writer.write_sample(((phase * std::f64::consts::TAU).sin() * 8_000.0 + 1.0) as i16).unwrap();
    }
    writer.finalize().unwrap();
}

/// Renders a script and gives its stems: speech, beds, bells, tones.
fn stems(desk: &Desk, script: &str) -> [Vec<[f32; 2]>; 4] {
    desk.write("s.md", script);
    desk.good(&["render", "s.md", "-o", "s.wav", "--stems", "stems"]);
    ["speech", "beds", "bells", "tones"].map(|name| stem(&desk.path(&format!("stems/{name}.wav"))))
}

const QUIET: &str = "voice: tone\nmix: { fade_in: 0s, fade_out: 0s }";

#[test]
fn speech_waits_for_a_sound_to_end_when_it_is_told_to() {
    let desk = Desk::new();
    beep(&desk, "beep.wav");
    let [speech, _, bells, _] = stems(&desk, &format!("---\n{QUIET}\n---\n[sound beep.wav -3dB wait]\nLet go.\n"));
    // Its first sample is too quiet to be heard and is trimmed.
    assert!((47_998..=48_000).contains(&onset(&speech)), "{}", onset(&speech));
    assert_eq!(onset(&bells), 0);
    assert_eq!(peak(&bells[48_000..]), 0.0);
    // A sine in both channels is as loud in LUFS as its peak in dB: 3 dB under the speech, at -18 LUFS.
    let level = 20.0 * peak(&bells).log10();
    assert!((level + 21.0).abs() < 0.1, "{level}");

    let [speech, _, bells, _] = stems(&desk, &format!("---\n{QUIET}\n---\n[sound beep.wav]\nLet go. [pause 2s]\n"));
    assert_eq!((onset(&speech), onset(&bells)), (0, 0));
}

#[test]
fn a_wanted_length_counts_sounds_that_are_waited_for() {
    let desk = Desk::new();
    beep(&desk, "beep.wav");
    let script = format!("---\n{QUIET}\nduration: 20s\n---\n[sound beep.wav wait]\nLet go. [pause 12s~] Let go.\n");
    assert_eq!(stems(&desk, &script)[0].len(), 20 * 48_000);
}

#[test]
fn a_bell_may_be_a_file_and_is_struck_as_often_as_any() {
    let desk = Desk::new();
    beep(&desk, "beep.wav");
    let [_, _, bells, _] =
        stems(&desk, &format!("---\n{QUIET}\n---\n[bell beep.wav x3 every 2s -6dB]\nLet go. [pause 6s]\n"));
    for stroke in 0..3 {
        assert!(peak(&bells[stroke * 96_000..][..48_000]) > 0.05, "stroke {stroke}");
        assert_eq!(peak(&bells[stroke * 96_000 + 48_000..][..48_000]), 0.0, "after stroke {stroke}");
    }
    desk.write("bad.md", "[bell chime]\nLet go.\n");
    let output = desk.run(&["check", "bad.md"]);
    assert!(stderr(&output).contains("bells are bowl, tingsha, gong, or a sound file"), "{}", stderr(&output));
}

#[test]
fn a_sound_that_is_not_there_or_not_a_sound_is_named_where_it_is_asked_for() {
    let desk = Desk::new();
    desk.write("text.wav", "not a sound");
    desk.write("s.md", "Let go.\n[sound gone.wav]\nLet go.\n[sound text.wav]\n[bell ../bell.wav]\n");
    let output = desk.run(&["render", "s.md"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1));
    for expected in ["s.md:2:1", "s.md:4:1", "s.md:5:1", "gone.wav", "is not a sound that can be read"] {
        assert!(said.contains(expected), "{expected} is missing in {said}");
    }
    assert_eq!(desk.names(), ["s.md", "text.wav"]);
}

#[test]
fn a_sound_of_an_included_part_is_looked_for_beside_the_part() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("parts")).unwrap();
    beep(&desk, "parts/beep.wav");
    desk.write("parts/part.md", "[sound beep.wav wait]\n");
    let [speech, ..] = stems(&desk, &format!("---\n{QUIET}\n---\n[include parts/part.md]\nLet go.\n"));
    assert!(onset(&speech) >= 47_998);
}

#[test]
fn tones_differ_between_the_ears_and_end_where_they_are_let_out() {
    let desk = Desk::new();
    let [.., tones] = stems(
        &desk,
        &format!(
            "---\n{QUIET}\n---\n[tone binaural 200Hz 10Hz -20dB over 1s]\n[pause 4s]\n[tone off over 2s]\n[pause 4s]\nLet go.\n"
        ),
    );
    let crossings =
        |ear: usize| tones[48_000..192_000].windows(2).filter(|pair| pair[0][ear] < 0.0 && pair[1][ear] >= 0.0).count();
    assert!(crossings(0).abs_diff(195 * 3) <= 1 && crossings(1).abs_diff(205 * 3) <= 1);
    // 20 dB under speech at -18 LUFS.
    let level = 20.0 * peak(&tones[48_000..192_000]).log10();
    assert!((level + 38.0).abs() < 0.05, "{level}");
    assert!(peak(&tones[..480]) < 0.001);
    assert_eq!(peak(&tones[6 * 48_000..]), 0.0);
}

#[test]
fn a_room_is_heard_where_there_would_be_digital_silence() {
    let desk = Desk::new();
    let script =
        |mix: &str| format!("---\nvoice: tone\nmix: {{ fade_in: 0s, fade_out: 0s{mix} }}\n---\nLet go. [pause 10s]\n");
    let [_, beds, ..] = stems(&desk, &script(", room: -60dB"));
    let power: f64 = beds.iter().map(|[l, r]| f64::from(l * l + r * r)).sum::<f64>() / (2.0 * beds.len() as f64);
    let level = 10.0 * power.log10();
    assert!((-63.0..-57.0).contains(&level), "{level}");
    assert!(beds.chunks(480).all(|chunk| peak(chunk) > 0.0));
    let [_, beds, ..] = stems(&desk, &script(""));
    assert_eq!(peak(&beds), 0.0);
}

#[test]
fn stems_add_up_to_the_mix() {
    let desk = Desk::new();
    // Nothing is loud enough for the limiter, which then changes nothing.
    let script = "---\nvoice: tone\nmaster: { loudness: -30LUFS }\nbeds: { rain: { recipe: night-rain } }\n---\n[bell]\n[tone isochronic 180Hz 8Hz]\nLet go. [pan -0.5] And rest. [pause 3s] [volume -6dB] Rest.\n";
    let stems = stems(&desk, script);
    let mixed = common::frames(&desk.path("s.wav"));
    assert!(stems.iter().all(|stem| stem.len() == mixed.len() && peak(stem) > 0.0));
    for (n, frame) in mixed.iter().enumerate() {
        for side in 0..2 {
            let sum: f32 = stems.iter().map(|stem| stem[n][side]).sum();
            // Dither and rounding are at most a step and a half of 16 bits.
            assert!((sum - f32::from(frame[side]) / 32_768.0).abs() <= 1.51 / 32_768.0, "frame {n}");
        }
    }
}

#[test]
fn beds_go_down_by_the_depth_before_the_first_sample_of_speech() {
    let desk = Desk::new();
    // A steady tone as a bed, so that its level can be read off; its loop closes in phase.
    beep(&desk, "beep.wav");
    let script = |duck: &str| {
        format!(
            "---\nvoice: tone\nbeds: {{ hum: {{ file: beep.wav, level: -20dB }} }}\nmix: {{ fade_in: 4s, fade_out: 4s, lift: 3dB, duck: {duck} }}\n---\n[bed hum over 0s]\nLet everything go. [pause 1s] And rest. [pause 8s] Rest.\n"
        )
    };
    let [speech, beds, ..] = stems(&desk, &script("8dB"));
    let [_, steady, ..] = stems(&desk, &script("0dB"));
    // The gain in dB that ducking makes at a frame, by the peaks over a period.
    let level = |frames: &[[f32; 2]], at: usize| f64::from(peak(&frames[at..at + 48]));
    let gain = |at: usize| 20.0 * (level(&beds, at) / level(&steady, at)).log10();
    let spoken: Vec<usize> = (0..speech.len()).filter(|n| speech[*n] != [0.0, 0.0]).collect();
    let first = spoken[0];
    assert!((gain(first - 48) + 8.0).abs() < 0.2, "{}", gain(first - 48));
    assert!(spoken.iter().step_by(997).all(|at| (gain(*at) + 8.0).abs() < 0.2));
    // Before the word, and in a gap of one second, beds are up or on their way up; over eight seconds they come all the way.
    assert!(gain(first - 48_000 / 2).abs() < 0.2);
    let last_gap = spoken.windows(2).find(|pair| pair[1] - pair[0] > 7 * 48_000).unwrap();
    assert!(gain(last_gap[0] + 4 * 48_000).abs() < 0.2, "both are lifted alike");
    // No step of more than half a decibel in a millisecond.
    let gains: Vec<f64> = (48_000..beds.len() - 96_000).step_by(48).map(gain).collect();
    let steepest = gains.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f64::max);
    assert!(steepest < 0.5, "{steepest}");
    // In the short gap the level turns round once.
    let gap = spoken.windows(2).find(|pair| (40_000..60_000).contains(&(pair[1] - pair[0]))).unwrap();
    let within: Vec<f64> = (gap[0]..gap[1]).step_by(480).map(gain).collect();
    let turns = within.windows(3).filter(|w| w[1] > w[0] + 0.01 && w[1] > w[2] + 0.01).count();
    assert!(turns <= 1, "{turns}");
}

#[test]
fn ambiences_are_listed_and_can_be_rendered_alone() {
    let desk = Desk::new();
    let listed = desk.good(&["beds"]);
    assert_eq!(listed.lines().count(), 12, "{listed}");
    assert!(listed.contains("night-rain"));
    desk.good(&["beds", "render", "ocean", "--duration", "3s", "-o", "sea.wav"]);
    let sea = common::frames(&desk.path("sea.wav"));
    assert_eq!(sea.len(), 144_000);
    assert!(sea[60_000..84_000].iter().flatten().any(|sample| sample.unsigned_abs() > 300));
    let output = desk.run(&["beds", "render", "nigt-rain"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("night-rain"), "{}", stderr(&output));
    assert_eq!(desk.names(), ["sea.wav"]);
}

#[test]
fn a_render_says_what_is_wrong_with_a_bed_that_it_uses_all_the_same() {
    let desk = Desk::new();
    beep(&desk, "beep.wav");
    let whole = std::fs::read(desk.path("beep.wav")).unwrap();
    desk.write("half.wav", &whole[..whole.len() / 2]);
    desk.write("s.md", "---\nvoice: tone\nbeds: { hum: { file: half.wav } }\n---\n[bed hum]\nLet go.\n");
    let loud = stderr(&desk.run(&["render", "s.md"]));
    assert!(loud.starts_with("warning") && loud.contains("half.wav ends early"), "{loud}");
    assert_eq!(stderr(&desk.run(&["render", "s.md", "--quiet"])), "");
}

#[test]
fn a_session_goes_on_until_its_last_bell_has_rung_and_its_beds_have_gone() {
    let desk = Desk::new();
    let [speech, _, bells, _] = stems(&desk, &format!("---\n{QUIET}\n---\nLet go.\n[bell tingsha]\n"));
    let end = speech.iter().rposition(|frame| *frame != [0.0, 0.0]).unwrap() + 1;
    assert!((speech.len() - end).abs_diff(7 * 48_000) <= 2, "{}", speech.len() - end);
    // 60 dB down, and faded out.
    assert!(peak(&bells[bells.len() - 48_000..]) < 0.002 * peak(&bells));
    assert!(peak(&bells[bells.len() - 48..]) < 1e-5);

    let script = "---\nvoice: tone\nbeds: { rain: { recipe: night-rain } }\n---\n[bed rain]\nLet go.\n[bed off over 20s]\nAnd rest.\n";
    let [speech, beds, ..] = stems(&desk, script);
    let end = speech.iter().rposition(|frame| *frame != [0.0, 0.0]).unwrap() + 1;
    let gap = speech[..end].windows(4800).rposition(|gap| peak(gap) == 0.0).unwrap();
    assert!(speech.len() - gap > 19 * 48_000 && speech.len() - gap < 21 * 48_000, "{}", speech.len() - gap);
    assert!(peak(&beds[beds.len() - 480..]) < 1e-4);
}

#[test]
fn a_wanted_length_is_kept_and_what_is_still_heard_at_its_end_is_faded_out() {
    let desk = Desk::new();
    let script = format!("---\n{QUIET}\nduration: 30s\n---\nLet go. [pause 8s~]\n[bell bowl]\n[pause 2s]\n");
    let [.., bells, _] = stems(&desk, &script);
    assert_eq!(bells.len(), 30 * 48_000);
    assert!(peak(&bells[29 * 48_000..][..4800]) > 0.01);
    assert!(peak(&bells[30 * 48_000 - 48..]) < 1e-4);
}

#[test]
fn an_ambience_is_played_on_the_default_device() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let desk = Desk::new();
    // A device that writes down what it plays, as fast as it comes.
    desk.write(
        "asound.conf",
        "pcm.!default { type plug slave.pcm { type file file \"played.raw\" format \"raw\" slave.pcm { type null } } }\nctl.!default { type null }\n",
    );
    let output = desk
        .command(&["beds", "play", "ocean", "--duration", "2s"])
        .env("ALSA_CONFIG_PATH", desk.path("asound.conf"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let played = std::fs::read(desk.path("played.raw")).unwrap();
    assert!(played.iter().any(|byte| *byte != 0));
    let none = desk
        .command(&["beds", "play", "ocean"])
        .env("ALSA_CONFIG_PATH", desk.write("none.conf", "ctl.!default { type null }\n"))
        .output()
        .unwrap();
    assert_eq!(none.status.code(), Some(1));
    assert!(stderr(&none).contains("there is no sound device to play on"), "{}", stderr(&none));
}
