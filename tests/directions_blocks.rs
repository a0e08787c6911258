//! Moments and blocks of the language: what each becomes in the plan, and all that is told when it is written wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by unwrapping it")]

mod common;

use common::{
    Desk,
    cues::{cues, in_words, told},
};
use undertone::{
    plan::{Settings, plan},
    script::{Access, load},
};

#[test]
fn a_mark_names_a_moment() {
    assert_eq!(
        cues("Rest now. [mark here] And on.\n"),
        ["\"Rest now.\"", "mark here", "pause 800ms elastic", "\"And on.\""]
    );
    assert_eq!(
        told("Rest now. [mark]\n"),
        "error: [mark] needs a name\n  --> a.md:1:11\n  |\n1 | Rest now. [mark]\n  |           ^^^^^^\n  = write [mark NAME]\n"
    );
}

#[test]
fn at_waits_until_a_time() {
    assert_eq!(cues("Rest now. [at 2:30] And on.\n"), ["\"Rest now.\"", "at 150s", "\"And on.\""]);
    assert_eq!(
        told("Rest now. [at noon]\n"),
        "error: \"noon\" is not a duration\n  --> a.md:1:15\n  |\n1 | Rest now. [at noon]\n  |               ^^^^\n  = write [at 12:30], [at 90s] or [at 1h5m]\n"
    );
    assert_eq!(
        told("---\nvoice: tone\n---\nRest now, and take all the time that you want about it. [at 0:01] And on.\n"),
        "error: it is already 0:03.6 here\n  --> a.md:4:57\n  |\n4 | …est now, and take all the time that you want about it. [at 0:01] And on.\n  |                                                         ^^^^^^^^^\n  = ask for a later time, or shorten what comes before\n"
    );
}

#[test]
fn a_block_is_repeated_and_counts() {
    assert_eq!(
        cues("[repeat 3]\nRound {{n}} it is. [pause 2s]\n[end]\n"),
        ["\"Round 1 it is.\"", "pause 2s", "\"Round 2 it is.\"", "pause 2s", "\"Round 3 it is.\"", "pause 2s"]
    );
    assert_eq!(
        told("[repeat often]\nRest now.\n[end]\n"),
        "error: [repeat] needs a number\n  --> a.md:1:9\n  |\n1 | [repeat often]\n  |         ^^^^^\n  = write [repeat 3] ... [end]; up to 10,000 times\n"
    );
    assert_eq!(
        told("[repeat 20000]\nRest now.\n[end]\n"),
        "error: 20000 times is too often\n  --> a.md:1:9\n  |\n1 | [repeat 20000]\n  |         ^^^^^\n  = write [repeat 3] ... [end]; up to 10,000 times\n"
    );
    assert_eq!(
        told("[repeat 3]\nRest now.\n"),
        "error: this [repeat] is not ended\n  --> a.md:1:1\n  |\n1 | [repeat 3]\n  | ^^^^^^^^^^\n  = write [end] after the last line that belongs to it\n"
    );
    assert_eq!(
        told("Rest now.\n[end]\n"),
        "error: there is no block that this ends\n  --> a.md:2:1\n  |\n2 | [end]\n  | ^^^^^\n  = [end] closes [repeat], [if], [unless] and [choose]\n"
    );
}

#[test]
fn a_condition_takes_the_first_arm_that_holds() {
    assert_eq!(
        cues(
            "---\nask: { mood: { say: \"How are you?\", one_of: [calm, tired], default: tired } }\n---\n[if mood = Calm]\nYou are calm.\n[else if mood != calm]\nYou are tired.\n[else]\nYou are neither.\n[end]\n[unless mood = calm]\nSo rest now.\n[end]\n[if mood]\nYou gave an answer.\n[end]\n"
        ),
        [
            "\"You are tired.\"",
            "pause 800ms elastic",
            "\"So rest now.\"",
            "pause 800ms elastic",
            "\"You gave an answer.\""
        ]
    );
    assert_eq!(
        told("[if = calm]\nRest now.\n[end]\n"),
        "error: [if] needs a condition\n  --> a.md:1:1\n  |\n1 | [if = calm]\n  | ^^^^^^^^^^^\n  = write [if KEY = VALUE], [if KEY != VALUE] or [if KEY]\n"
    );
    assert_eq!(
        told(
            "---\nask: { mood: { say: \"How are you?\", one_of: [calm, tired], default: tired } }\n---\n[if moood = calm]\nRest now.\n[end]\n"
        ),
        "error: there is no answer called \"moood\"\n  --> a.md:4:5\n  |\n4 | [if moood = calm]\n  |     ^^^^^\n  = did you mean \"mood\"?\n"
    );
    assert_eq!(
        told("Rest now.\n[else]\nOr walk.\n"),
        "error: there is no [if] that this belongs to\n  --> a.md:2:1\n  |\n2 | [else]\n  | ^^^^^^\n  = an [else] stands between [if] and [end]\n"
    );
    assert_eq!(
        told(
            "---\nask: { mood: { say: \"How are you?\", one_of: [calm, tired], default: tired } }\n---\n[if mood]\nRest.\n[else]\nWalk.\n[else if mood = calm]\nRun.\n[end]\n"
        ),
        "error: this stands behind an [else]\n  --> a.md:8:1\n  |\n8 | [else if mood = calm]\n  | ^^^^^^^^^^^^^^^^^^^^^\n  = the [else] comes last, before the [end]\n"
    );
}

#[test]
fn one_of_several_wordings_is_chosen() {
    assert_eq!(
        cues("[choose]\nThat was then. | That was long ago. | Those years are over.\n[end]\n"),
        ["\"Those years are over.\""]
    );
    assert_eq!(
        told("[choose]\nThat was then. | That was long ago.\n"),
        "error: this [choose] is not ended\n  --> a.md:1:1\n  |\n1 | [choose]\n  | ^^^^^^^^\n  = write [end] after the last line that belongs to it\n"
    );
}

#[test]
fn an_include_takes_in_the_body_of_another_script() {
    let desk = Desk::new();
    let script = desk.write("a.md", "Rest now.\n[include parts/b.md with place = \"a porch\"]\nAnd come back.\n");
    std::fs::create_dir(desk.path("parts")).unwrap();
    desk.write("parts/b.md", "---\npace: 0.5\n---\nImagine {{place}}. [include ../c.md]\n");
    desk.write("c.md", "[pause 3s] Stay there.\n");
    let parsed = load(&script, &Access::default()).unwrap();
    assert_eq!(parsed.diagnostics, []);
    assert_eq!(
        in_words(&plan(&parsed.script, &Settings::default()).unwrap()),
        ["\"Rest now. Imagine a porch.\"", "pause 3s", "\"Stay there.\"", "pause 3s elastic", "\"And come back.\""]
    );
}

#[test]
fn an_include_that_is_not_there_is_told() {
    assert_eq!(
        told("Rest now.\n[include parts/none.md]\n"),
        "error: cannot find parts/none.md: No such file or directory (os error 2)\n  --> a.md:2:10\n  |\n2 | [include parts/none.md]\n  |          ^^^^^^^^^^^^^\n  = the path starts at the folder of the file it is written in\n"
    );
    assert_eq!(
        told("Rest now.\n[include parts/none.md where place = \"home\"]\n"),
        "error: only \"with\" and values may follow the file\n  --> a.md:2:24\n  |\n2 | [include parts/none.md where place = \"home\"]\n  |                        ^^^^^\n  = write [include FILE] or [include FILE with place = \"a kitchen\"]\n"
    );
}

#[test]
fn a_direction_that_is_not_known_is_told_with_the_nearest() {
    assert_eq!(
        told("Rest now. [puase 3s]\n"),
        "error: there is no direction called \"puase\"\n  --> a.md:1:12\n  |\n1 | Rest now. [puase 3s]\n  |            ^^^^^\n  = did you mean [pause]? Write \\[ for the character itself\n"
    );
    assert_eq!(
        told("Rest now. [laughs softly]\n"),
        "error: there is no direction called \"laughs\"\n  --> a.md:1:12\n  |\n1 | Rest now. [laughs softly]\n  |            ^^^^^^\n  = directions are pause, silence, breathe, count, voice, pace, volume, pan, bed, bell, sound, tone, mark, at, repeat, if, else, unless, choose, include, end, inhale, exhale, breath; write \\[ for the character itself\n"
    );
}
