//! The rules of the language, one by one: an example, and all that is told when it cannot be.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by unwrapping it")]

mod common;

use common::{
    Desk,
    cues::{cues, in_words, planned, told, told_with},
    stderr,
};
use std::{fs, os::unix::fs::symlink, time::Duration};
use undertone::{
    audio::{Frames, SampleRate},
    plan::{Settings, fit},
    timeline::Timeline,
};

#[test]
fn rule_1_what_is_written_takes_the_place_of_what_follows_by_itself() {
    assert_eq!(
        cues(
            "---\npauses: { sentence: 1s, paragraph: 4s, ellipsis: 6s, breath: 5s }\n---\nThis is one. And this is two.\n\nThis is three.\n\n[pause 10s]\n\nThis is four. [pause 2s]\n[pause 3s~]\n\nThis is five.\n...\n~~\nThis is six ... and so on. [pause 0s] At once.\n"
        ),
        [
            "\"This is one.\"",
            "pause 1s elastic",
            "\"And this is two.\"",
            "pause 4s elastic",
            "\"This is three.\"",
            "pause 10s",
            "\"This is four.\"",
            "pause 2s",
            "pause 3s elastic",
            "\"This is five.\"",
            "pause 6s elastic",
            "pause 5s elastic",
            "\"This is six\"",
            "pause 6s elastic",
            "\"and so on.\"",
            "\"At once.\""
        ]
    );
    assert_eq!(
        told("Rest now.\n~~~~\nAnd on.\n"),
        "error: a breath is ~, ~~ or ~~~\n  --> a.md:2:1\n  |\n2 | ~~~~\n  | ^^^^\n  = for more, write [pause 5 breaths]\n"
    );
    assert_eq!(
        told("Rest now. [pause -2s] And on.\n"),
        "error: a duration cannot be negative\n  --> a.md:1:18\n  |\n1 | Rest now. [pause -2s] And on.\n  |                  ^^^\n  = write 4s, 500ms, 1m30s, 2 min, 1:30 or 2 breaths, up to 24 hours\n"
    );
}

#[test]
fn rule_2_a_pause_is_a_barrier() {
    assert_eq!(
        cues("Now. And now. [pause 2s] And now. [mark here] So. [bell] Be *very* still [volume -6] and rest.\n"),
        [
            "\"Now. And now.\"",
            "pause 2s",
            "\"And now.\"",
            "mark here",
            "pause 800ms elastic",
            "\"So.\"",
            "bell bowl -6 dB at [0ns]",
            "pause 800ms elastic",
            "\"Be very still\"",
            "\"and rest.\" -6 dB"
        ]
    );
    assert_eq!(
        told("Rest now. [pause 3s\nAnd on.\n"),
        "error: this bracket is not closed\n  --> a.md:1:11\n  |\n1 | Rest now. [pause 3s\n  |           ^\n  = write ] at the end of the direction, or \\[ for the character itself\n"
    );
}

#[test]
fn rule_4_a_wanted_length_that_cannot_be_reached_is_told_with_what_can() {
    assert_eq!(
        told("---\nvoice: tone\npace: 1\nduration: 10m\n---\nRest now.\n\nAnd go on.\n"),
        "error: this session cannot last 10:00\n  --> a.md:4:11\n  |\n4 | duration: 10m\n  |           ^^^\n  = it lasts 0:03.9 by itself, and its elastic pauses reach from 0:01.8 to 0:12.9\n"
    );
    assert_eq!(
        told_with("---\nvoice: tone\npace: 1\n---\nRest now. [pause 20s] And go on.\n", &["--duration", "10s"]),
        "error: this session cannot last 0:10\n  --> a.md\n  = it lasts 0:20.9 and has no elastic pauses, such as [pause 10s~]\n"
    );
}

#[test]
fn rule_5_a_category_sets_defaults_the_script_wins_over_it_and_the_command_line_over_both() {
    assert_eq!(
        cues(
            "---\ncategory: sleep\npauses: { sentence: 900ms }\n---\nRest now, and rest. And go on. [pace 0.8] So be it.\n\nThat is all.\n"
        ),
        [
            "\"Rest now, and rest.\"",
            "pause 900ms elastic",
            "\"And go on.\"",
            "pause 900ms elastic",
            "\"So be it.\" at 0.8",
            "pause 4s elastic",
            "\"That is all.\" at 0.8"
        ]
    );
    assert_eq!(
        told("---\ncategory: sleepy\n---\nRest now.\n"),
        "error: \"sleepy\" is not known here\n  --> a.md:2:11\n  |\n2 | category: sleepy\n  |           ^^^^^^\n  = did you mean \"sleep\"? It is one of sleep, mindfulness, stress, hypnosis, story\n"
    );
}

#[test]
fn rule_6_all_that_is_wrong_is_told_at_once() {
    assert_eq!(
        told(
            "---\nvoice: tone\nbeds: { sea: { file: sea.wav } }\n---\nRest now, {{nmae}}. [bell gnog] And on.\n[if mood] Rest. [end]\n\n[bed rain off]\n"
        ),
        "error: cannot find sea.wav: No such file or directory (os error 2)\n  --> a.md:3:22\n  |\n3 | beds: { sea: { file: sea.wav } }\n  |                      ^^^^^^^\nerror: there is no answer called \"nmae\"\n  --> a.md:5:11\n  |\n5 | Rest now, {{nmae}}. [bell gnog] And on.\n  |           ^^^^^^^^\n  = give one with --set nmae=..., ask for it under \"ask:\" above the text, or write {{nmae|default}}\nerror: there is no bell called \"gnog\"\n  --> a.md:5:21\n  |\n5 | Rest now, {{nmae}}. [bell gnog] And on.\n  |                     ^^^^^^^^^^^\n  = bells are bowl, tingsha, gong, or a sound file such as bells/temple.wav\nerror: there is no answer called \"mood\"\n  --> a.md:6:5\n  |\n6 | [if mood] Rest. [end]\n  |     ^^^^\n  = give one with --set mood=..., ask for it under \"ask:\" above the text, or write {{mood|default}}\nerror: the bed \"rain\" is not on\n  --> a.md:8:1\n  |\n8 | [bed rain off]\n  | ^^^^^^^^^^^^^^\n  = beds that are on: sea\n"
    );
}

#[test]
fn rule_7_limits_are_told() {
    assert_eq!(
        told("Rest now. [pause 20h] And on. [pause 5h]\n"),
        "error: the session passes 24:00:00 here\n  --> a.md:1:31\n  |\n1 | Rest now. [pause 20h] And on. [pause 5h]\n  |                               ^^^^^^^^^^\n  = shorten it, or allow more with --max-duration\n"
    );
    assert_eq!(
        told_with("---\nvoice: tone\n---\nRest now. [pause 2m]\n", &["--max-duration", "1m"]),
        "error: the session passes 1:00 here\n  --> a.md:4:11\n  |\n4 | Rest now. [pause 2m]\n  |           ^^^^^^^^^^\n  = shorten it, or allow more with --max-duration\n"
    );
    assert_eq!(
        told("[repeat 1000]\n[repeat 1000]\nRest now.\n\n[end]\n[end]\n"),
        "error: the session has more than 100,000 steps\n  --> a.md:3:1\n  |\n3 | Rest now.\n  | ^^^^^^^^^\n  = repeat less, or make several sessions of it\n"
    );
    assert_eq!(
        told(
            "[breathe in 4, out 4, x10000]\n[breathe in 4, out 4, x10000]\n[breathe in 4, out 4, x10000]\n[breathe in 4, out 4, x10000]\n[breathe in 4, out 4, x10000]\n[breathe in 4, out 4, x10000]\n"
        ),
        "error: the session has more than 100,000 steps\n  --> a.md:6:1\n  |\n6 | [breathe in 4, out 4, x10000]\n  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  = repeat less, or make several sessions of it\n"
    );
    assert_eq!(
        told("Rest. [include ../secret.md]\n"),
        "error: ../secret.md lies outside of the script's folder; move it there, or allow its folder with --allow-dir\n  --> a.md:1:16\n  |\n1 | Rest. [include ../secret.md]\n  |                ^^^^^^^^^^^^\n"
    );
    assert_eq!(
        told("Rest. [include .]\n"),
        "error: . is not a regular file\n  --> a.md:1:16\n  |\n1 | Rest. [include .]\n  |                ^\n"
    );
}

#[test]
fn rule_8_a_seed_is_a_number() {
    assert_eq!(
        told("---\nseed: -1\n---\nRest now.\n"),
        "error: this is not a number that is allowed here\n  --> a.md:2:7\n  |\n2 | seed: -1\n  |       ^^\n  = it is 0 to 9007199254740992\n"
    );
}

#[test]
fn rule_3_time_is_exact() {
    let plan = planned("[breathe in 1.0001, out 2.00003, x1000]\n[count 1 to 9 every 700ms]\n", &Settings::default());
    let speech = vec![Frames(4801); plan.utterances.len()];
    let timeline = Timeline::lay(&fit(plan, &speech, SampleRate::HZ_48000).unwrap());
    // One cycle is 144,006.24 frames: nothing is rounded before the sum is.
    for (cycle, place) in (0u64..).zip(timeline.speech[..2000].chunks(2)) {
        assert_eq!(place[0].start, Frames((cycle * 14_400_624 + 50) / 100));
        assert_eq!(place[1].start, Frames((cycle * 14_400_624 + 4_800_480 + 50) / 100));
    }
    let counts: Vec<u64> = timeline.speech[2000..].iter().map(|place| place.start.0).collect();
    assert_eq!(counts, (0..9).map(|n| 144_006_240 + n * 33_600).collect::<Vec<_>>());
    assert_eq!(
        told("---\nvoice: tone\n---\n[breathe in 900ms, out 600ms, x3]\n"),
        "error: \"Breathe out.\" takes 1.08 s to say and has 0.60 s\n  --> a.md:4:1\n  |\n4 | [breathe in 900ms, out 600ms, x3]\n  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  = give it more time, say less, or raise the pace\n"
    );
}

#[test]
fn rule_4_a_wanted_length_stretches_elastic_pauses_alone() {
    let text = "This is one. And that is two.\n\nThis is three. [pause 10s] And four. [pause 2s~]\n...\nThis is six.\n";
    let cues = |seconds| {
        let settings = Settings { duration: Some(Duration::from_secs(seconds)), ..Settings::default() };
        let plan = planned(text, &settings);
        let speech = vec![Frames(48_000); plan.utterances.len()];
        let fitted = fit(plan, &speech, SampleRate::HZ_48000).unwrap();
        assert_eq!(Timeline::lay(&fitted).length, Frames(seconds * 48_000));
        in_words(fitted.plan())
    };
    let pauses = |cues: Vec<String>| cues.into_iter().filter(|cue| cue.starts_with("pause")).collect::<Vec<_>>();
    // 5 s of speech, 10 s exact; elastic are 0.8, 3, 2 and 6 s: 11.8 s.
    assert_eq!(
        pauses(cues(27)),
        [
            "pause 813.559322ms elastic",
            "pause 3.050847457s elastic",
            "pause 10s",
            "pause 2.033898305s elastic",
            "pause 6.101694916s elastic"
        ]
    );
    assert_eq!(pauses(cues(62))[2], "pause 10s");
}

#[test]
fn rule_5_the_command_line_wins_over_the_script() {
    let settings = Settings { pace: Some(1.2), voice: Some("tone".to_owned()), ..Settings::default() };
    let plan = planned("---\npace: 0.6\nvoice: en_US-joe-medium\n---\nRest now. [pace 0.5] And on.\n", &settings);
    assert_eq!((plan.profile.pace, plan.voices[0].as_deref()), (1.2, Some("tone")));
    // A pace in the text keeps its relation to the script's.
    assert_eq!(in_words(&plan)[2], "\"And on.\" by tone at 1");
}

#[test]
fn rule_7_files_have_limits() {
    let desk = Desk::new();
    let told = |name: &str| {
        let output = desk.run(&["check", name]);
        assert_eq!(output.status.code(), Some(1), "{name}");
        stderr(&output)
    };
    desk.write("large.md", "Rest now. ".repeat((4 << 20) / 10 + 1));
    assert_eq!(told("large.md"), "error: large.md is larger than the 4 MiB that a script may have\n");

    for i in 0..=17 {
        let next = if i < 17 { format!("[include {}.md]", i + 1) } else { String::new() };
        desk.write(&format!("{i}.md"), format!("Part {i}. {next}\n"));
    }
    assert_eq!(
        told("0.md"),
        "error: includes stand more than 16 deep in each other here\n  --> 16.md:1:10\n  |\n1 | Part 16. [include 17.md]\n  |          ^^^^^^^^^^^^^^^\n  = include the innermost file directly\n"
    );

    desk.write("many.md", "[include 17.md]\n".repeat(1001));
    assert_eq!(
        told("many.md"),
        "error: the session has more than 1000 includes\n  --> many.md:1001:1\n     |\n1001 | [include 17.md]\n     | ^^^^^^^^^^^^^^^\n  = put what they have in common into one file\n"
    );

    desk.write("one.md", "One. [include two.md]\n");
    desk.write("two.md", "Two. [include one.md]\n");
    assert_eq!(
        told("one.md"),
        "error: this includes itself: one.md > two.md > one.md\n  --> two.md:1:6\n  |\n1 | Two. [include one.md]\n  |      ^^^^^^^^^^^^^^^^\n  = take one of these includes out\n"
    );

    let beds: Vec<String> = (0..33).map(|i| format!("  b{i}: ocean")).collect();
    desk.write("beds.md", format!("---\nbeds:\n{}\n---\nRest now.\n", beds.join("\n")));
    assert_eq!(
        told("beds.md"),
        "error: there are more than 32 beds\n  --> beds.md:35:3\n   |\n35 |   b32: ocean\n   |   ^^^\n  = a session has at most 32 beds\n"
    );

    fs::create_dir(desk.path("home")).unwrap();
    symlink(desk.path("17.md"), desk.path("home/link.md")).unwrap();
    desk.write("home/a.md", "Rest now. [include link.md]\n");
    assert_eq!(
        told("home/a.md"),
        "error: link.md lies outside of the script's folder; move it there, or allow its folder with --allow-dir\n  --> home/a.md:1:20\n  |\n1 | Rest now. [include link.md]\n  |                    ^^^^^^^\n"
    );
}

#[test]
fn rule_8_the_same_seed_gives_the_same_plan() {
    let text = "[repeat 12]\n[choose]\nThat was then. | That was long ago.\n[end]\n[end]\n";
    let cues = |seed| in_words(&planned(text, &Settings { seed: Some(seed), ..Settings::default() }));
    assert_eq!(cues(7), cues(7));
    assert_ne!(cues(7), cues(8));
}
