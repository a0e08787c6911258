//! Scripts become WAV files, exactly and again in the same way.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by unwrapping it")]

mod common;

use common::{Desk, frames, silences, stderr};
use std::{
    fs,
    os::unix::fs::FileExt,
    path::Path,
    process::Stdio,
    thread::sleep,
    time::{Duration, Instant},
};

fn shipped(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts").join(name).display().to_string()
}

#[test]
fn a_pause_of_three_seconds_is_144_000_frames_of_zeros_also_the_500th() {
    let desk = Desk::new();
    let mut script = String::from("---\nvoice: tone\n---\n");
    for i in 0..=500 {
        script.push_str(if i % 2 == 0 { "Let go." } else { "Let it be so." });
        script.push_str(" [pause 3s]\n");
    }
    desk.write("long.md", script);
    desk.good(&["render", "long.md", "-o", "long.wav", "--no-bed", "--pace", "1.5"]);
    let silences = silences(&frames(&desk.path("long.wav")), 48_000);
    assert_eq!(silences.len(), 501);
    assert!(silences.iter().all(|length| *length == 144_000), "{silences:?}");
}

#[test]
fn the_same_script_gives_the_same_file_with_any_number_of_threads_and_a_cold_or_a_warm_cache() {
    let desk = Desk::new();
    desk.write("a.md", "---\nbeds: { rain: { recipe: night-rain } }\nmix: { fade_in: 1s, fade_out: 1s }\n---\nBreathe in, and let the shoulders drop.\n\nBreathe *out* slowly, and rest here. [pause 2s] And again, in your own time.\n");
    let cold = desk.json(&["render", "a.md", "-o", "one.wav", "--threads", "1"]);
    let warm = desk.json(&["render", "a.md", "-o", "two.wav", "--threads", "2"]);
    desk.good(&["render", "a.md", "-o", "three.wav", "--threads", "7", "--no-cache"]);
    assert_eq!((&cold["synthesized"], &warm["synthesized"], &warm["from_cache"]), (&3.into(), &0.into(), &3.into()));
    let bytes = |name: &str| blake3::hash(&fs::read(desk.path(name)).unwrap());
    assert_eq!(bytes("one.wav"), bytes("two.wav"));
    assert_eq!(bytes("one.wav"), bytes("three.wav"));
}

#[test]
fn another_seed_gives_other_samples() {
    let desk = Desk::new();
    desk.write("a.md", "Let the breath come by itself.\n");
    desk.good(&["render", "a.md", "-o", "one.wav", "--seed", "1"]);
    desk.good(&["render", "a.md", "-o", "two.wav", "--seed", "2"]);
    assert_ne!(fs::read(desk.path("one.wav")).unwrap(), fs::read(desk.path("two.wav")).unwrap());
}

#[test]
fn after_one_sentence_is_edited_exactly_one_utterance_is_spoken() {
    let desk = Desk::new();
    let text = fs::read_to_string(shipped("earned-security.md")).unwrap();
    desk.write("session.md", &text);
    let args = ["render", "session.md", "-o", "session.wav", "--voice", "tone", "--no-bed"];
    let first = desk.json(&args);
    assert_eq!(first["synthesized"], first["utterances"]);
    let edited = text.replacen("your own story", "your own long story", 1);
    assert_ne!(edited, text);
    desk.write("session.md", edited);
    let second = desk.json(&args);
    assert_eq!(second["synthesized"], 1);
    assert_eq!(second["utterances"], first["utterances"]);
}

#[test]
fn a_render_that_is_killed_leaves_the_old_file_and_the_next_one_goes_on_where_it_was() {
    let desk = Desk::new();
    desk.write("out.wav", b"RIFF this is the old file");
    let script = shipped("earned-security.md");
    let args = ["render", &script, "-o", "out.wav", "--threads", "1", "--no-bed"];
    let mut render = desk.command(&args).stderr(Stdio::null()).spawn().unwrap();
    let takes = || {
        let folders = fs::read_dir(desk.path("cache")).into_iter().flatten().flatten();
        let entries = folders.flat_map(|folder| fs::read_dir(folder.path()).into_iter().flatten().flatten());
        entries.filter(|entry| entry.path().extension().is_some_and(|e| e == "take")).count()
    };
    let began = Instant::now();
    while takes() < 4 && began.elapsed() < Duration::from_secs(60) {
        sleep(Duration::from_millis(5));
    }
    // SIGKILL.
    render.kill().unwrap();
    render.wait().unwrap();
    let kept = takes();
    assert!(kept >= 4);
    assert_eq!(fs::read(desk.path("out.wav")).unwrap(), b"RIFF this is the old file");
    let done = desk.json(&["render", &script, "-o", "out.wav", "--no-bed"]);
    assert!(done["from_cache"].as_u64().unwrap() >= kept as u64);
    assert!(done["synthesized"].as_u64().unwrap() > 0);
    assert_eq!(desk.names(), ["out.wav"]);
    let loudness = done["loudness_lufs"].as_f64().unwrap();
    assert!((-18.5..-17.5).contains(&loudness), "{loudness}");
}

#[test]
fn a_render_that_is_killed_while_it_writes_leaves_the_old_file_and_no_stray_once_another_has_run() {
    let desk = Desk::new();
    desk.write("out.wav", b"RIFF this is the old file");
    desk.write("a.md", "---\nvoice: tone\n---\nOne sentence for the long night. [pause 2h]\n");
    let mut render = desk.command(&["render", "a.md", "-o", "out.wav"]).stderr(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    while desk.names().len() < 3 && began.elapsed() < Duration::from_secs(60) {
        sleep(Duration::from_millis(2));
    }
    sleep(Duration::from_millis(100));
    render.kill().unwrap();
    render.wait().unwrap();
    assert_eq!(desk.names().len(), 3, "the unfinished file lies beside the old one: {:?}", desk.names());
    assert_eq!(fs::read(desk.path("out.wav")).unwrap(), b"RIFF this is the old file");
    desk.write("a.md", "---\nvoice: tone\n---\nOne sentence for the long night.\n");
    desk.good(&["render", "a.md", "-o", "out.wav"]);
    assert_eq!(desk.names(), ["a.md", "out.wav"]);
}

#[test]
fn a_stop_from_the_keyboard_leaves_nothing_behind_and_exits_with_130() {
    let desk = Desk::new();
    desk.write("a.md", "---\nvoice: tone\n---\nOne sentence for the long night. [pause 4h]\n");
    let mut render = desk.command(&["render", "a.md", "-o", "out.wav"]).stderr(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    while desk.names().len() < 2 && began.elapsed() < Duration::from_secs(60) {
        sleep(Duration::from_millis(2));
    }
    let stopped = std::process::Command::new("kill").args(["-INT", &render.id().to_string()]).status().unwrap();
    assert!(stopped.success());
    assert_eq!(render.wait().unwrap().code(), Some(130));
    assert_eq!(desk.names(), ["a.md"]);
}

#[test]
fn a_pipe_gets_the_same_bytes_as_a_file_with_exact_sizes() {
    let desk = Desk::new();
    desk.write("a.md", "---\nvoice: tone\n---\nLet the breath come by itself. [pause 1s] And go.\n");
    desk.good(&["render", "a.md", "-o", "a.wav"]);
    let piped = desk.run(&["render", "a.md", "-o", "-"]);
    assert!(piped.status.success(), "{}", stderr(&piped));
    assert_eq!(piped.stdout, fs::read(desk.path("a.wav")).unwrap());
    let size = u32::from_le_bytes(piped.stdout[4..8].try_into().unwrap());
    assert_eq!(size as usize + 8, piped.stdout.len());
}

#[test]
fn quiet_says_nothing_and_what_programs_read_goes_to_standard_output() {
    let desk = Desk::new();
    desk.write("a.md", "---\nvoice: tone\n---\nLet the breath come by itself.\n");
    let quiet = desk.run(&["render", "a.md", "--quiet"]);
    assert_eq!((quiet.stdout.len(), stderr(&quiet).as_str()), (0, ""));
    assert!(desk.path("a.wav").exists());
    let said = desk.run(&["render", "a.md"]);
    assert_eq!(said.stdout.len(), 0);
    assert!(stderr(&said).starts_with("a.wav: 0:0"), "{}", stderr(&said));
    assert!(!stderr(&said).contains('\x1b'));
    let json = desk.json(&["render", "a.md", "-o", "b.wav"]);
    for key in ["file", "duration_s", "speech_s", "utterances", "loudness_lufs", "true_peak_dbtp", "times_real_time"] {
        assert!(!json[key].is_null(), "{key}");
    }
}

#[test]
fn speech_has_its_loudness_and_the_peak_keeps_the_ceiling() {
    let desk = Desk::new();
    desk.write("a.md", "---\nmaster: { loudness: -16LUFS, true_peak: -3dBTP }\n---\nNotice where something solid is holding you, and let it hold you for a while.\n");
    let json = desk.json(&["render", "a.md", "--no-bed"]);
    assert!((json["loudness_lufs"].as_f64().unwrap() + 16.0).abs() < 0.5, "{json}");
    assert!(json["true_peak_dbtp"].as_f64().unwrap() <= -3.0 + 0.05, "{json}");
}

#[test]
fn ten_thousand_words_without_a_stop_are_cut_into_inferences_of_sixty_at_most() {
    let desk = Desk::new();
    desk.write("a.md", "and the breath goes on and out again ".repeat(1250));
    let json = desk.json(&["render", "a.md", "--voice", "tone", "--no-bed", "--sample-rate", "8000"]);
    assert!(json["duration_s"].as_f64().unwrap() > 3000.0);
    let plan = desk.json(&["plan", "a.md"]);
    let words = |cue: &serde_json::Value| cue["text"].as_str().unwrap().split_whitespace().count();
    let spoken: Vec<usize> =
        plan["cues"].as_array().unwrap().iter().filter(|cue| cue["kind"] == "speech").map(words).collect();
    assert_eq!(spoken.iter().sum::<usize>(), 10_000);
    assert!(spoken.iter().all(|words| *words <= 60), "{spoken:?}");
}

#[test]
fn a_planted_folder_of_phoneme_data_is_not_used() {
    let desk = Desk::new();
    fs::create_dir(desk.path("espeak-ng-data")).unwrap();
    desk.write("espeak-ng-data/phontab", b"planted");
    let said = desk.good(&["say", "--phonemes", "Notice the ground."]);
    assert_eq!(said, "nˈoʊɾɪs ðə ɡɹˈaʊnd.\n");
}

#[test]
fn a_voice_is_found_by_name_by_folder_and_beside_a_binary_that_was_moved() {
    let desk = Desk::new();
    let voice = Path::new(env!("CARGO_MANIFEST_DIR")).join("voices/en_US-joe-medium");
    fs::create_dir_all(desk.path("elsewhere/voices/en_US-joe-medium")).unwrap();
    for file in fs::read_dir(&voice).unwrap().flatten() {
        fs::copy(file.path(), desk.path("elsewhere/voices/en_US-joe-medium").join(file.file_name())).unwrap();
    }
    let moved = desk.path("elsewhere/undertone");
    fs::copy(env!("CARGO_BIN_EXE_undertone"), &moved).unwrap();
    let voices = std::process::Command::new(&moved)
        .args(["voices", "--json"])
        .current_dir("/")
        .env_remove("UNDERTONE_VOICES")
        .output()
        .unwrap();
    let voices: serde_json::Value = serde_json::from_slice(&voices.stdout).unwrap();
    let found = voices[0]["path"].as_str().unwrap();
    assert!(found.contains("elsewhere/voices"), "{found}");
    assert_eq!((&voices[0]["sample_rate"], &voices[0]["speakers"]), (&22_050.into(), &1.into()));
    assert_eq!(voices[0]["licence"], "CC0");
    desk.good(&["say", "Hello there.", "--voice", voice.to_str().unwrap(), "-o", "folder.wav"]);
    desk.good(&["say", "Hello there.", "--voice", "en_US-joe-medium", "-o", "name.wav"]);
    assert_eq!(fs::read(desk.path("folder.wav")).unwrap(), fs::read(desk.path("name.wav")).unwrap());
}

#[test]
fn takes_that_were_damaged_on_disk_are_spoken_again() {
    let desk = Desk::new();
    desk.write("a.md", "---\nvoice: tone\n---\nLet the breath come by itself.\n");
    desk.good(&["render", "a.md", "-o", "one.wav"]);
    for folder in fs::read_dir(desk.path("cache")).unwrap().flatten() {
        for take in fs::read_dir(folder.path()).unwrap().flatten() {
            let file = fs::File::options().write(true).open(take.path()).unwrap();
            file.write_at(b"damage", 3000).unwrap();
        }
    }
    let again = desk.json(&["render", "a.md", "-o", "two.wav"]);
    assert_eq!(again["synthesized"], 1);
    assert_eq!(fs::read(desk.path("one.wav")).unwrap(), fs::read(desk.path("two.wav")).unwrap());
}
