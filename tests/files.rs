//! Finished files: their formats, what they carry, what stands beside them, and how they are measured.
#![cfg(all(feature = "flac", feature = "opus", feature = "mp3"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by unwrapping it")]

mod common;

use common::{Desk, stderr};
use lofty::{file::TaggedFileExt, tag::ItemKey};
use std::{fs, path::Path};

const SCRIPT: &str = "---\ntitle: Rain & rest\nauthor: Ada Löwe\ndate: 2026-11-22\nvoice: tone\n---\n# Arriving\nBreathe in.\
                      \u{20}[pause 1s]\r\n// a comment\n# Resting\nNotice where something solid is holding you from below, the \
                      floor under your feet or the chair behind you.";

const NAMES: [&str; 4] = ["a.wav", "a.flac", "a.opus", "a.mp3"];

fn refused(desk: &Desk, args: &[&str]) -> String {
    let before = desk.names();
    let output = desk.run(args);
    assert_eq!(output.status.code(), Some(1), "{args:?}: {}", stderr(&output));
    assert_eq!(desk.names(), before);
    stderr(&output)
}

/// A desk with the script, rendered into every format.
fn rendered() -> Desk {
    let desk = Desk::new();
    desk.write("a.md", SCRIPT);
    for name in NAMES {
        desk.good(&["render", "a.md", "-o", name]);
    }
    desk
}

#[test]
fn the_extension_says_the_format() {
    let desk = rendered();
    let head = |name: &str| fs::read(desk.path(name)).unwrap()[..4].to_vec();
    assert_eq!(NAMES.map(head), [b"RIFF".to_vec(), b"fLaC".to_vec(), b"OggS".to_vec(), b"ID3\x04".to_vec()]);
    desk.good(&["say", "Hello.", "--voice", "tone", "-o", "said.flac"]);
    assert_eq!(head("said.flac"), b"fLaC");
    assert_eq!(
        refused(&desk, &["render", "a.md", "-o", "a.aac"]),
        "error: a.aac ends in no format's name; known are .wav, .flac, .opus and .mp3\n"
    );
    assert_eq!(
        refused(&desk, &["render", "a.md", "-o", "a"]),
        "error: a has no extension that says its format; known are .wav, .flac, .opus and .mp3\n"
    );
}

#[test]
fn samples_are_as_deep_as_asked_for_where_the_format_stores_samples() {
    let desk = Desk::new();
    desk.write("a.md", SCRIPT);
    for (bits, stored, float) in [("16", 16, false), ("24", 24, false), ("32f", 32, true)] {
        desk.good(&["render", "a.md", "-o", "a.wav", "--bits", bits]);
        let spec = hound::WavReader::open(desk.path("a.wav")).unwrap().spec();
        assert_eq!((spec.bits_per_sample, spec.sample_format == hound::SampleFormat::Float), (stored, float));
    }
    desk.good(&["render", "a.md", "-o", "a.flac", "--bits", "24"]);
    let stream = fs::read(desk.path("a.flac")).unwrap();
    // Bits less one stand behind 20 bits of rate and 3 of channels.
    assert_eq!(u64::from_be_bytes(stream[18..26].try_into().unwrap()) >> 36 & 0x1f, 23);
    let said = |name: &str, bits: &str| refused(&desk, &["render", "a.md", "-o", name, "--bits", bits]);
    assert_eq!(said("b.flac", "32f"), "error: FLAC has no samples of 32f bits; it has 16 and 24\n");
    assert_eq!(
        said("b.opus", "16"),
        "error: Opus has no samples of 16 bits; it stores no samples, so leave --bits out\n"
    );
    assert_eq!(
        said("b.mp3", "24"),
        "error: MP3 has no samples of 24 bits; it stores no samples, so leave --bits out\n"
    );
    assert_eq!(
        refused(&desk, &["render", "a.md", "-o", "b.flac", "--rf64", "always"]),
        "error: --rf64 is for WAV files, and b.flac is FLAC\n  help: leave --rf64 out, or choose .wav\n"
    );
    assert_eq!(
        refused(&desk, &["render", "a.md", "-o", "b.opus", "--sample-rate", "44100"]),
        "error: Opus has no rate of 44100 Hz; render at 48000, 24000, 16000, 12000 or 8000 Hz\n"
    );
}

#[test]
fn title_author_and_date_are_read_by_others() {
    let desk = rendered();
    for name in NAMES {
        let file = lofty::read_from_path(desk.path(name)).unwrap();
        let tag = file.primary_tag().or(file.first_tag()).unwrap();
        let item = |key: ItemKey| tag.get_string(key).map(str::to_owned);
        assert_eq!(item(ItemKey::TrackTitle).as_deref(), Some("Rain & rest"), "{name}");
        assert_eq!(item(ItemKey::TrackArtist).as_deref(), Some("Ada Löwe"), "{name}");
        assert_eq!(item(ItemKey::RecordingDate).as_deref(), Some("2026-11-22"), "{name}");
    }
}

#[test]
fn chapters_are_read_by_others() {
    let desk = rendered();
    let plan = desk.json(&["plan", "a.md"]);
    assert_eq!(plan["cues"][0]["kind"], "chapter");
    // The first sentence, then a second of pause.
    let tag = id3::Tag::read_from_path(desk.path("a.mp3")).unwrap();
    let chapters: Vec<_> = tag.chapters().collect();
    let title = |i: usize| chapters[i].frames[0].content().text().unwrap();
    assert_eq!((chapters.len(), title(0), title(1)), (2, "Arriving", "Resting"));
    assert_eq!((chapters[0].start_time, chapters[0].end_time), (0, chapters[1].start_time));
    let second = chapters[1].start_time;
    let contents = tag.tables_of_contents().next().unwrap();
    assert_eq!((contents.top_level, contents.ordered, contents.elements.len()), (true, true, 2));
    let frames = hound::WavReader::open(desk.path("a.wav")).unwrap().duration();
    assert_eq!(chapters[1].end_time, frames / 48);
    for name in ["a.flac", "a.opus"] {
        let bytes = fs::read(desk.path(name)).unwrap();
        let text = String::from_utf8_lossy(&bytes[..4000]).into_owned();
        assert!(text.contains("CHAPTER001=00:00:00.000") && text.contains("CHAPTER001NAME=Arriving"), "{name}");
        let stamp = format!("CHAPTER002=00:00:{:02}.{:03}", second / 1000, second % 1000);
        assert!(text.contains(&stamp) && text.contains("CHAPTER002NAME=Resting"), "{name}: {stamp}");
    }
    let wav = fs::read(desk.path("a.wav")).unwrap();
    let cue = wav.windows(4).position(|id| id == b"cue ").unwrap();
    let at = u32::from_le_bytes(wav[cue + 12 + 24 + 4..cue + 12 + 24 + 8].try_into().unwrap());
    assert_eq!((at / 48, wav[cue + 8]), (second, 2));
}

#[test]
fn the_script_comes_back_byte_for_byte_from_every_format() {
    let desk = rendered();
    for name in NAMES {
        assert_eq!(desk.good(&["extract", name]), SCRIPT, "{name}");
        desk.good(&["extract", name, "-o", "back.md"]);
        assert_eq!(fs::read_to_string(desk.path("back.md")).unwrap(), SCRIPT, "{name}");
    }
    // A tag of more than a page of Ogg, and of more than 16 bits.
    desk.write("a.md", format!("{SCRIPT}\n<!-- {} -->\n", "long ".repeat(30_000)));
    for name in NAMES {
        desk.good(&["render", "a.md", "-o", name]);
        assert_eq!(desk.good(&["extract", name]), fs::read_to_string(desk.path("a.md")).unwrap(), "{name}");
    }
    desk.write("back.md", "mine");
    assert_eq!(
        refused(&desk, &["extract", "a.wav", "-o", "back.md"]),
        "error: back.md is there already and is not this script\n  help: move it away, or replace it with --force\n"
    );
    desk.good(&["extract", "a.wav", "-o", "back.md", "--force"]);
}

#[test]
fn a_file_without_a_script_says_so() {
    let desk = Desk::new();
    desk.write("a.md", SCRIPT);
    for name in NAMES {
        desk.good(&["render", "a.md", "-o", name, "--no-script"]);
        assert_eq!(refused(&desk, &["extract", name]), format!("error: there is no script in {name}\n"));
        let bytes = fs::read(desk.path(name)).unwrap();
        assert!(!bytes.windows(9).any(|window| window == b"a comment"), "{name}");
    }
    assert_eq!(refused(&desk, &["extract", "a.md"]), "error: a.md is not a WAV, FLAC, Opus or MP3 file\n");
    desk.write("short.flac", b"fLaC\x84\0\xff\xff");
    assert_eq!(refused(&desk, &["extract", "short.flac"]), "error: short.flac is damaged before its sound begins\n");
    assert!(refused(&desk, &["extract", "none.wav"]).starts_with("error: cannot read none.wav: "));
}

#[test]
fn a_script_that_includes_others_is_carried_whole() {
    let desk = Desk::new();
    fs::create_dir(desk.path("parts")).unwrap();
    desk.write("parts/place.md", "See {{place}} before you. [pause 1s]\n\n[repeat 2]\nStay {{n}}.\n[end]\n");
    desk.write("a.md", "---\nvoice: tone\n---\nArrive.\n\n[include parts/place.md with place = \"a lake\"]\n\nGo.\n");
    desk.good(&["render", "a.md", "-o", "a.flac"]);
    desk.good(&["extract", "a.flac", "-o", "back.md"]);
    fs::remove_file(desk.path("parts/place.md")).unwrap();
    let back = fs::read_to_string(desk.path("back.md")).unwrap();
    assert!(back.contains("See a lake before you.") && !back.contains("include"), "{back}");
    desk.good(&["render", "back.md", "-o", "b.flac", "--no-script"]);
    let sound = |name: &str| {
        let mut reader = symphonia_frames(&desk.path(name));
        reader.truncate(1 << 20);
        reader
    };
    assert_eq!(sound("a.flac"), sound("b.flac"));
}

#[test]
fn what_an_included_script_plays_and_decides_is_carried_with_it() {
    let desk = Desk::new();
    let folder = |name: &str| fs::create_dir_all(desk.path(name)).unwrap();
    folder("home/parts/inner");
    desk.write("bell.md", "---\nvoice: tone\n---\n[bell]\n");
    desk.good(&["render", "bell.md", "-o", "home/parts/chime.wav"]);
    fs::copy(desk.path("home/parts/chime.wav"), desk.path("home/drop.wav")).unwrap();
    desk.write(
        "home/parts/place.md",
        "[sound chime.wav -20dB]\n\n[if place = lake]\nSee the water.\n[else if mood = calm]\nRest a while.\n[else]\nSee \
         the trees.\n[end]\n\n[include inner/deep.md]\n",
    );
    desk.write("home/parts/inner/deep.md", "[bell ../../drop.wav x2]\n\n[sound ../chime.wav]\n\n[bell gong]\n");
    desk.write(
        "home/a.md",
        "---\nvoice: tone\nask: { mood: { one_of: [calm, sad], default: calm } }\n---\nArrive.\n\n\
         [include parts/place.md with place = \"Lake\"]\n\n[include parts/place.md with place = \"wood\"]\n",
    );
    desk.good(&["render", "home/a.md", "-o", "a.flac"]);
    desk.good(&["extract", "a.flac", "-o", "home/back.md"]);
    fs::remove_file(desk.path("home/parts/place.md")).unwrap();
    let back = fs::read_to_string(desk.path("home/back.md")).unwrap();
    let sounds: Vec<&str> =
        back.lines().filter(|line| line.starts_with("[sound") || line.starts_with("[bell")).collect();
    let once = ["[sound parts/chime.wav -20dB]", "[bell drop.wav x2]", "[sound parts/chime.wav]", "[bell gong]"];
    assert_eq!(sounds, [once, once].concat());
    assert_eq!(back.matches("See the water.").count(), 1, "{back}");
    assert_eq!(back.matches("[if mood = calm]").count(), 1, "what is not given is still asked:\n{back}");
    desk.good(&["render", "home/back.md", "-o", "b.flac", "--no-script"]);
    assert_eq!(symphonia_frames(&desk.path("a.flac")), symphonia_frames(&desk.path("b.flac")));
}

#[test]
fn every_session_that_ships_is_carried_whole() {
    use undertone::{plan::plan, script};
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    for entry in fs::read_dir(&folder).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        let parsed = script::load(&entry.path(), &script::Access::default()).unwrap().script;
        let text = script::whole(&parsed);
        assert!(!text.contains("[include"), "{}", entry.path().display());
        let again = script::parse(&entry.path(), &text).script;
        let plans = [parsed, again].map(|script| plan(&script, &undertone::plan::Settings::default()).unwrap());
        let cues = plans.each_ref().map(|plan| plan.cues.iter().map(|cue| cue.kind.clone()).collect::<Vec<_>>());
        assert_eq!(cues[0], cues[1], "{}", entry.path().display());
        assert_eq!(plans[0].utterances, plans[1].utterances, "{}", entry.path().display());
    }
}

/// Samples as Symphonia decodes them.
fn symphonia_frames(path: &Path) -> Vec<u32> {
    let mut samples = Vec::new();
    undertone::bed::hear(path, |_, frames| samples.extend(frames.iter().map(|frame| frame.left.to_bits()))).unwrap();
    samples
}

#[test]
fn the_date_is_the_script_s_or_the_build_s_and_never_the_clock_s() {
    let desk = Desk::new();
    let date = |desk: &Desk| {
        let tag = id3::Tag::read_from_path(desk.path("a.mp3")).unwrap();
        id3::TagLike::date_recorded(&tag).map(|date| date.to_string())
    };
    desk.write("a.md", "---\nvoice: tone\n---\nRest.\n");
    desk.good(&["render", "a.md", "-o", "a.mp3"]);
    assert_eq!(date(&desk), None);
    let mut command = desk.command(&["render", "a.md", "-o", "a.mp3"]);
    assert!(command.env("SOURCE_DATE_EPOCH", "951782400").status().unwrap().success());
    assert_eq!(date(&desk).as_deref(), Some("2000-02-29"));
    desk.write("a.md", "---\nvoice: tone\ndate: last spring\n---\nRest.\n");
    assert_eq!(
        refused(&desk, &["render", "a.md", "-o", "a.mp3"]),
        "error: \"last spring\" is not a date\n  --> a.md:3:7\n  |\n3 | date: last spring\n  |       ^^^^^^^^^^^\n  = write 2026-11-22, 2026-11 or 2026\n"
    );
}

#[test]
fn a_long_session_is_rf64_and_a_short_one_only_when_asked_for() {
    let desk = Desk::new();
    desk.write("a.md", SCRIPT);
    desk.good(&["render", "a.md", "-o", "a.wav"]);
    desk.good(&["render", "a.md", "-o", "long.wav", "--rf64", "always"]);
    let (riff, rf64) = (fs::read(desk.path("a.wav")).unwrap(), fs::read(desk.path("long.wav")).unwrap());
    assert_eq!((&riff[..4], &rf64[..4], &rf64[12..16]), (&b"RIFF"[..], &b"RF64"[..], &b"ds64"[..]));
    assert_eq!(rf64.len(), riff.len() + 36);
    assert_eq!(u64::from_le_bytes(rf64[20..28].try_into().unwrap()) + 8, rf64.len() as u64);
    assert_eq!(symphonia_frames(&desk.path("a.wav")), symphonia_frames(&desk.path("long.wav")));
    assert_eq!(desk.json(&["inspect", "long.wav"])["warnings"], serde_json::Value::Null);
    desk.write("torn.wav", &rf64[..rf64.len() - 4000]);
    let torn = desk.json(&["inspect", "torn.wav"]);
    assert_eq!(torn["warnings"], serde_json::json!(["torn.wav ends early: it has fewer frames than it says"]));
    assert_eq!(desk.good(&["extract", "long.wav"]), SCRIPT);
    // It may be longer than 4 GiB, so nothing is said before the disk is.
    desk.write("b.md", "---\nvoice: tone\n---\nOne sentence for the night. [pause 7h]\n");
    assert!(refused(&desk, &["render", "b.md", "-o", "b.wav", "--rf64", "never"]).contains("holds 6:12:49"));
}

#[test]
fn captions_stand_beside_the_sound_and_are_read_by_others() {
    let desk = Desk::new();
    desk.write("a.md", SCRIPT);
    desk.good(&["render", "a.md", "-o", "out.opus", "--captions", "srt,vtt,lrc,txt"]);
    assert_eq!(desk.names(), ["a.md", "out.lrc", "out.opus", "out.srt", "out.txt", "out.vtt"]);
    let text = |name: &str| fs::read_to_string(desk.path(name)).unwrap();
    let srt = subtp::srt::SubRip::parse(&text("out.srt")).unwrap().subtitles;
    let lines: Vec<String> = srt.iter().map(|subtitle| subtitle.text.join("|")).collect();
    assert_eq!(
        lines,
        [
            "Breathe in.",
            "Notice where something solid|is holding you from below,",
            "the floor under your feet|or the chair behind you."
        ]
    );
    let millis = |t: &subtp::srt::SrtTimestamp| {
        u32::from(t.minutes) * 60_000 + u32::from(t.seconds) * 1000 + u32::from(t.milliseconds)
    };
    let times: Vec<(u32, u32)> = srt.iter().map(|subtitle| (millis(&subtitle.start), millis(&subtitle.end))).collect();
    // A second of pause after the first; the second sentence's time is divided.
    assert_eq!((times[0].0, times[1].0 - times[0].1, times[2].0 - times[1].1), (0, 1000, 0));
    let subtp::vtt::WebVtt { blocks, .. } = subtp::vtt::WebVtt::parse(&text("out.vtt")).unwrap();
    let cues: Vec<String> = blocks
        .into_iter()
        .filter_map(|block| match block {
            subtp::vtt::VttBlock::Que(cue) => Some(cue.payload.join("|")),
            _ => None,
        })
        .collect();
    assert_eq!(cues, lines);
    assert!(text("out.lrc").starts_with("[ti:Rain & rest]\n[ar:Ada Löwe]\n[length:00:"), "{}", text("out.lrc"));
    assert_eq!(
        text("out.txt"),
        "Transcript: Rain & rest\n\n# Arriving\n\nBreathe in.\n\n# Resting\n\nNotice where something solid is holding you \
         from below, the floor under your feet or the chair behind you.\n"
    );
    // Their own kind is replaced without a question.
    desk.good(&["render", "a.md", "-o", "out.opus", "--captions", "srt,vtt,lrc,txt"]);
}

#[test]
fn captions_and_reports_take_the_place_of_nothing_else() {
    let desk = Desk::new();
    desk.write("a.md", SCRIPT);
    desk.write("out.txt", "Notes of mine\n");
    let args = ["render", "a.md", "-o", "out.wav", "--captions", "txt"];
    assert_eq!(
        refused(&desk, &args),
        "error: out.txt is there already and is not txt captions\n  help: move it away, or replace it with --force\n"
    );
    assert_eq!(fs::read_to_string(desk.path("out.txt")).unwrap(), "Notes of mine\n");
    desk.good(&[&args[..], &["--force"]].concat());
    desk.write("session.txt", SCRIPT);
    assert_eq!(
        refused(&desk, &["render", "session.txt", "-o", "session.wav", "--captions", "txt", "--force"]),
        "error: session.txt is the script itself\n  help: name another file with -o\n"
    );
    assert_eq!(
        refused(&desk, &["render", "a.md", "-o", "-", "--captions", "srt"]),
        "error: captions are written beside a file, and the sound goes to standard output\n  help: name a file with -o, or leave --captions out\n"
    );
    assert_eq!(
        refused(&desk, &["render", "a.md", "-o", "out.wav", "--report", "./out.wav"]),
        "error: the report would take the place of ./out.wav\n  help: name another file with --report\n"
    );
    assert_eq!(
        refused(&desk, &["render", "a.md", "-o", "out.wav", "--report", "session.txt"]),
        "error: session.txt is there already and is not a report\n  help: move it away, or replace it with --force\n"
    );
    let wrong = desk.run(&["render", "a.md", "--captions", "ass"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(
        stderr(&wrong).contains("there are no captions 'ass'; there are srt, vtt, lrc and txt"),
        "{}",
        stderr(&wrong)
    );
}

#[test]
fn a_report_tells_what_the_file_measures() {
    let desk = Desk::new();
    desk.write("a.md", SCRIPT.replace("voice: tone", "voice: tone\nbeds: { rain: { recipe: night-rain, level: -24dB } }\nmix: { duck: 0dB, fade_in: 1s, fade_out: 1s }").replace("# Arriving", "[bed rain]\n# Arriving"));
    let made = desk.json(&["render", "a.md", "-o", "a.wav", "--report", "a.json"]);
    let report: serde_json::Value = serde_json::from_slice(&fs::read(desk.path("a.json")).unwrap()).unwrap();
    let inspected = desk.json(&["inspect", "a.wav"]);
    let figure = |value: &serde_json::Value, key: &str| value[key].as_f64().unwrap();
    for key in ["integrated_lufs", "true_peak_dbtp", "range_lu", "seconds", "rms_dbfs", "longest_silence_seconds"] {
        let (a, b) = (figure(&report, key), figure(&inspected, key));
        assert!((a - b).abs() < 0.01, "{key}: {a} and {b}");
    }
    assert!((figure(&report, "integrated_lufs") - figure(&made, "loudness_lufs")).abs() < 1e-9);
    assert!((figure(&report, "speech_over_beds_lu") - 24.0).abs() < 1.0, "{report}");
    assert!(figure(&report, "largest_step_at_joins") < 0.01, "{report}");
    assert_eq!((&report["clipped_samples"], &report["gate"]["preset"]), (&0.into(), &"session".into()));
    assert_eq!(report["gate"]["failures"], serde_json::json!([]));
    assert!(inspected["speech_over_beds_lu"].is_null());
    assert!(report["dc"][0].as_f64().unwrap().abs() < 1e-3);
}

#[test]
fn every_format_measures_alike() {
    let desk = rendered();
    for name in NAMES {
        let report = desk.json(&["inspect", name]);
        assert!((report["integrated_lufs"].as_f64().unwrap() + 18.0).abs() < 0.6, "{name}: {report}");
        let length = hound::WavReader::open(desk.path("a.wav")).unwrap().duration();
        assert_eq!((report["seconds"].as_f64().unwrap() * 48_000.0).round() as u32, length, "{name}");
    }
    let table = desk.good(&["inspect", "a.wav"]);
    for row in ["length            0:", "loudness          -1", "clipped samples   0\n", "longest silence   1.0 s\n"] {
        assert!(table.contains(row), "{row}: {table}");
    }
}

#[test]
fn opus_files_that_are_cut_off_or_damaged_are_heard_as_far_as_they_go() {
    let desk = Desk::new();
    desk.write("a.md", SCRIPT);
    desk.good(&["render", "a.md", "-o", "a.opus"]);
    let whole = fs::read(desk.path("a.opus")).unwrap();
    let seconds = |name: &str| desk.json(&["inspect", name])["seconds"].as_f64().unwrap();
    desk.write("cut.opus", &whole[..whole.len() / 2]);
    assert!((1.0..seconds("a.opus")).contains(&seconds("cut.opus")));
    for every in [7, 97, 1009] {
        let mut damaged = whole.clone();
        damaged.iter_mut().skip(60).step_by(every).for_each(|byte| *byte ^= 0x55);
        desk.write("damaged.opus", damaged);
        let output = desk.run(&["inspect", "damaged.opus"]);
        assert!(matches!(output.status.code(), Some(0 | 1)) && !stderr(&output).contains("panicked"), "{output:?}");
    }
    desk.write("head.opus", &whole[..40]);
    assert!(
        refused(&desk, &["inspect", "head.opus"]).starts_with("error: head.opus is not a sound that can be read (")
    );
    // What is written can lie under another session.
    desk.write("b.md", "---\nvoice: tone\nbeds: { calm: { file: a.opus } }\n---\n[bed calm]\nLet the breath come by itself. [pause 3s]\n");
    let levels = desk.json(&["render", "b.md", "-o", "b.flac", "--report", "b.json"]);
    assert!(levels["duration_s"].as_f64().unwrap() > 3.0);
    let report: serde_json::Value = serde_json::from_slice(&fs::read(desk.path("b.json")).unwrap()).unwrap();
    assert!(report["speech_over_beds_lu"].as_f64().unwrap() > 10.0, "{report}");
}

#[test]
fn a_gate_passes_or_names_the_rule_with_value_and_bound() {
    let desk = Desk::new();
    desk.write("a.md", SCRIPT);
    desk.good(&["render", "a.md", "-o", "a.wav", "--preset", "r128"]);
    desk.good(&["inspect", "a.wav", "--gate", "r128"]);
    desk.good(&["inspect", "a.wav", "--gate", "session"]);
    let output = desk.run(&["inspect", "a.wav", "--gate", "podcast"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1));
    let lufs = said.split("loudness is ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap().to_owned();
    assert!((lufs.parse::<f64>().unwrap() + 23.0).abs() < 0.5, "{said}");
    assert_eq!(
        said,
        format!("error: a.wav does not pass as podcast: loudness is {lufs} LUFS, and -16.0 within 1.0 is asked for\n")
    );
    let json = desk.run(&["inspect", "a.wav", "--gate", "acx", "--json"]);
    assert_eq!(json.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((&json["gate"]["preset"], &json["gate"]["passed"]), (&"acx".into(), &false.into()));
    let unknown = desk.run(&["inspect", "a.wav", "--gate", "loud"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("there is no level preset 'loud'; there are session, podcast, acx and r128"));
    assert!(refused(&desk, &["inspect", "a.md"]).starts_with("error: a.md is not a sound that can be read ("));
}

#[test]
fn a_preset_of_the_command_line_wins_over_all_that_the_script_says_of_levels() {
    let desk = Desk::new();
    desk.write("a.md", SCRIPT.replace("voice: tone", "voice: tone\nmaster: { preset: r128, loudness: -30LUFS }"));
    let loudness = |args: &[&str]| desk.json(args)["loudness_lufs"].as_f64().unwrap();
    assert!((loudness(&["render", "a.md"]) + 30.0).abs() < 0.5);
    assert!((loudness(&["render", "a.md", "--preset", "podcast"]) + 16.0).abs() < 0.5);
}

#[test]
fn the_acx_preset_brings_the_whole_to_the_rms_that_is_asked_for_however_long_its_pauses() {
    let desk = Desk::new();
    for pause in ["1s", "20s"] {
        let text = SCRIPT.replace("[pause 1s]", &format!("[pause {pause}]"));
        desk.write("a.md", text);
        desk.good(&["render", "a.md", "-o", "a.wav", "--preset", "acx"]);
        let output = desk.run(&["inspect", "a.wav", "--gate", "acx"]);
        assert!(output.status.success(), "{pause}: {}", stderr(&output));
    }
}

#[test]
fn what_lies_in_the_tag_of_an_mp3_is_not_taken_for_sound() {
    let desk = Desk::new();
    desk.write("s.md", "---\nvoice: tone\n---\nLet go. [pause 2s]\n");
    desk.good(&["render", "s.md", "-o", "s.mp3", "--no-script"]);
    let mut whole = fs::read(desk.path("s.mp3")).unwrap();
    let size = whole[6..10].iter().fold(0, |size, byte| size << 7 | usize::from(*byte));
    // Four frames of MPEG layer II, 480 bytes each, in a text of the tag.
    let mut text = b"\x03a\0".to_vec();
    for _ in 0..4 {
        text.extend([0xff, 0xfd, 0x94, 0x64]);
        text.resize(text.len() + 476, 0);
    }
    let sizes = |length: usize| [0u8, 0, (length >> 7) as u8 & 0x7f, length as u8 & 0x7f];
    let mut tag = b"ID3\x04\0\0".to_vec();
    tag.extend(sizes(text.len() + 10));
    tag.extend(b"TXXX");
    tag.extend(sizes(text.len()));
    tag.extend([0, 0]);
    tag.extend(text);
    whole.splice(..size + 10, tag);
    desk.write("odd.mp3", whole);
    let length = |name: &str| desk.json(&["inspect", name])["seconds"].as_f64().unwrap();
    assert_eq!(length("odd.mp3"), length("s.mp3"));
}
