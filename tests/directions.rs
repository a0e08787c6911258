//! Directions of the language: what each becomes in the plan, and all that is told when it is written wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by unwrapping it")]

mod common;

use common::cues::{cues, told};

#[test]
fn a_pause_is_exactly_as_long_as_it_says() {
    assert_eq!(
        cues(
            "Rest now. [pause 4s] And [pause 500ms] on [pause 1m30s] and [pause 2 min] on [pause 1:30] so. [pause 1.5s] Then [pause 2 breaths] go [pause 7] on.\n"
        ),
        [
            "\"Rest now.\"",
            "pause 4s",
            "\"And\"",
            "pause 500ms",
            "\"on\"",
            "pause 90s",
            "\"and\"",
            "pause 120s",
            "\"on\"",
            "pause 90s",
            "\"so.\"",
            "pause 1.5s",
            "\"Then\"",
            "pause 8s",
            "\"go\"",
            "pause 7s",
            "\"on.\""
        ]
    );
    assert_eq!(
        told("Rest now. [pause soon] And on.\n"),
        "error: \"soon\" is not a duration\n  --> a.md:1:18\n  |\n1 | Rest now. [pause soon] And on.\n  |                  ^^^^\n  = write 4s, 500ms, 1m30s, 2 min, 1:30 or 2 breaths, up to 24 hours\n"
    );
    assert_eq!(
        told("Rest now. [pause 4 parsecs]\n"),
        "error: \"4 parsecs\" is not a duration\n  --> a.md:1:18\n  |\n1 | Rest now. [pause 4 parsecs]\n  |                  ^^^^^^^^^\n  = write 4s, 500ms, 1m30s, 2 min, 1:30 or 2 breaths, up to 24 hours\n"
    );
    assert_eq!(
        told("Rest now. [pause]\n"),
        "error: [pause] needs a duration\n  --> a.md:1:11\n  |\n1 | Rest now. [pause]\n  |           ^^^^^^^\n  = write 4s, 500ms, 1m30s, 2 min, 1:30 or 2 breaths, up to 24 hours\n"
    );
}

#[test]
fn a_pause_with_a_tilde_is_elastic() {
    assert_eq!(cues("Rest now. [pause 4s~] And on.\n"), ["\"Rest now.\"", "pause 4s elastic", "\"And on.\""]);
    assert_eq!(
        told("Rest now. [pause ~] And on.\n"),
        "error: [pause] needs a duration\n  --> a.md:1:11\n  |\n1 | Rest now. [pause ~] And on.\n  |           ^^^^^^^^^\n  = write 4s, 500ms, 1m30s, 2 min, 1:30 or 2 breaths, up to 24 hours\n"
    );
}

#[test]
fn a_silence_is_exact_and_told_apart() {
    assert_eq!(
        cues("We rest in silence now. [silence 60s] Welcome back.\n"),
        ["\"We rest in silence now.\"", "silence 60s", "\"Welcome back.\""]
    );
    assert_eq!(
        told("We rest in silence now. [silence 60s~]\n"),
        "error: a silence is always exact and takes no \"~\"\n  --> a.md:1:25\n  |\n1 | We rest in silence now. [silence 60s~]\n  |                         ^^^^^^^^^^^^^^\n  = write [silence 60s], or [pause 60s~]\n"
    );
}

#[test]
fn a_breath_is_one_slot_a_phase() {
    assert_eq!(
        cues("[breathe in 4, hold 2, out 6, hold 1.5s, x2]\n"),
        [
            "in 4s \"Breathe in.\"",
            "hold 2s \"Hold.\"",
            "out 6s \"Breathe out.\"",
            "hold 1.5s \"Hold.\"",
            "in 4s \"Breathe in.\"",
            "hold 2s \"Hold.\"",
            "out 6s \"Breathe out.\"",
            "hold 1.5s \"Hold.\""
        ]
    );
    assert_eq!(
        cues("[breathe box x1] [breathe 4-7-8 x1] [breathe coherent x1]\n"),
        [
            "in 4s \"Breathe in.\"",
            "hold 4s \"Hold.\"",
            "out 4s \"Breathe out.\"",
            "hold 4s \"Hold.\"",
            "in 4s \"Breathe in.\"",
            "hold 7s \"Hold.\"",
            "out 8s \"Breathe out.\"",
            "in 5s \"Breathe in.\"",
            "out 5s \"Breathe out.\""
        ]
    );
    assert_eq!(
        told("[breathe in 4, hold four, out 6, x5]\n"),
        "error: \"four\" is not a duration\n  --> a.md:1:21\n  |\n1 | [breathe in 4, hold four, out 6, x5]\n  |                     ^^^^\n  = write 4s, 500ms, 1m30s, 2 min, 1:30 or 2 breaths, up to 24 hours\n"
    );
    assert_eq!(
        told("[breathe up 4, out 6]\n"),
        "error: \"up\" is no part of a breath\n  --> a.md:1:10\n  |\n1 | [breathe up 4, out 6]\n  |          ^^\n  = write [breathe in 4, hold 4, out 6, x5], [breathe box x4], [breathe 4-7-8 x4] or [breathe coherent x6]\n"
    );
    assert_eq!(
        told("---\nvoice: tone\n---\n[breathe in 500ms, out 4, x3]\n"),
        "error: \"Breathe in.\" takes 0.99 s to say and has 0.50 s\n  --> a.md:4:1\n  |\n4 | [breathe in 500ms, out 4, x3]\n  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  = give it more time, say less, or raise the pace\n"
    );
}

#[test]
fn a_count_is_one_slot_a_number() {
    assert_eq!(cues("[count 3 to 1 every 4s]\n"), ["count 4s \"3.\"", "count 4s \"2.\"", "count 4s \"1.\""]);
    assert_eq!(
        cues("[count 9 to 11 every 2.5s | \"{{n}}. A little deeper.\"]\n"),
        [
            "count 2.5s \"9. A little deeper.\"",
            "count 2.5s \"10. A little deeper.\"",
            "count 2.5s \"11. A little deeper.\""
        ]
    );
    assert_eq!(
        told("[count 5 1 every 4s]\n"),
        "error: [count] needs \"to\" here\n  --> a.md:1:10\n  |\n1 | [count 5 1 every 4s]\n  |          ^\n  = write [count 5 to 1 every 4s] or [count 1 to 5 every 4s | \"{{n}}. Deeper.\"]\n"
    );
    assert_eq!(
        told("[count 5 to 1 every 4s | {{n}} and deeper]\n"),
        "error: the text of a count stands in quotation marks\n  --> a.md:1:1\n  |\n1 | [count 5 to 1 every 4s | {{n}} and deeper]\n  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  = write [count 5 to 1 every 4s] or [count 1 to 5 every 4s | \"{{n}}. Deeper.\"]\n"
    );
    assert_eq!(
        told("---\nvoice: tone\n---\n[count 3 to 1 every 1s | \"{{n}}. And a little deeper now.\"]\n"),
        "error: \"3. And a little deeper now.\" takes 2.80 s to say and has 1.00 s\n  --> a.md:4:1\n  |\n4 | [count 3 to 1 every 1s | \"{{n}}. And a little deeper now.\"]\n  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  = give it more time, say less, or raise the pace\n"
    );
}

#[test]
fn another_voice_speaks_from_its_direction_on() {
    assert_eq!(
        cues(
            "---\nvoice: tone\n---\nI will begin. [voice en_US-joe-medium] And I go on. [voice default] And I end it.\n"
        ),
        [
            "\"I will begin.\" by tone",
            "pause 800ms elastic",
            "\"And I go on.\" by en_US-joe-medium",
            "pause 800ms elastic",
            "\"And I end it.\" by tone"
        ]
    );
    assert_eq!(
        told("Rest now. [voice]\n"),
        "error: [voice] needs a name\n  --> a.md:1:11\n  |\n1 | Rest now. [voice]\n  |           ^^^^^^^\n  = write [voice NAME] or [voice default]\n"
    );
}

#[test]
fn a_pace_holds_until_the_next() {
    assert_eq!(
        cues("I will begin. [pace 0.5] And slowly on. [pace 1.5] And quickly on.\n"),
        [
            "\"I will begin.\"",
            "pause 800ms elastic",
            "\"And slowly on.\" at 0.5",
            "pause 800ms elastic",
            "\"And quickly on.\" at 1.5"
        ]
    );
    assert_eq!(
        told("[pace 3] Rest now.\n"),
        "error: 3 is out of range\n  --> a.md:1:7\n  |\n1 | [pace 3] Rest now.\n  |       ^\n  = it is 0.5 to 1.5\n"
    );
    assert_eq!(
        told("[pace slow] Rest now.\n"),
        "error: \"slow\" is not a number\n  --> a.md:1:7\n  |\n1 | [pace slow] Rest now.\n  |       ^^^^\n  = it is 0.5 to 1.5\n"
    );
}

#[test]
fn volume_and_pan_hold_until_the_next() {
    assert_eq!(
        cues(
            "I will begin. [volume -6dB] And softly on. [pan -0.5] And from the left. [volume 0] [pan 1] And from the right.\n"
        ),
        [
            "\"I will begin.\"",
            "pause 800ms elastic",
            "\"And softly on.\" -6 dB",
            "pause 800ms elastic",
            "\"And from the left.\" -6 dB pan -0.5",
            "pause 800ms elastic",
            "\"And from the right.\" pan 1"
        ]
    );
    assert_eq!(
        told("[volume loud] Rest now.\n"),
        "error: \"loud\" is not a level\n  --> a.md:1:9\n  |\n1 | [volume loud] Rest now.\n  |         ^^^^\n  = a level is -60 to 12 dB, such as -18dB\n"
    );
    assert_eq!(
        told("[volume 40dB] Rest now.\n"),
        "error: 40dB is out of range\n  --> a.md:1:9\n  |\n1 | [volume 40dB] Rest now.\n  |         ^^^^\n  = a level is -60 to 12 dB, such as -18dB\n"
    );
    assert_eq!(
        told("[pan 2] Rest now.\n"),
        "error: 2 is out of range\n  --> a.md:1:6\n  |\n1 | [pan 2] Rest now.\n  |      ^\n  = it is -1 (left) to 1 (right)\n"
    );
}

#[test]
fn a_bed_comes_in_and_moves_to_another_level() {
    assert_eq!(
        cues(
            "---\nbeds: { rain: { recipe: night-rain, level: -24dB }, sea: { recipe: ocean } }\n---\n[bed rain] Rest now. [bed sea -30dB over 10s] And on. [bed rain -20 over 2 breaths]\n"
        ),
        [
            "bed rain -24 dB over 4s",
            "\"Rest now.\"",
            "bed sea -30 dB over 10s",
            "pause 800ms elastic",
            "\"And on.\"",
            "bed rain -20 dB over 8s"
        ]
    );
    assert_eq!(
        told(
            "---\nbeds: { rain: { recipe: night-rain, level: -24dB }, sea: { recipe: ocean } }\n---\n[bed rain loud over 5s] Rest now.\n"
        ),
        "error: \"loud\" is not a level\n  --> a.md:4:11\n  |\n4 | [bed rain loud over 5s] Rest now.\n  |           ^^^^\n  = write [bed NAME], [bed NAME -24dB over 10s], [bed off over 45s] or [bed NAME off]\n"
    );
    assert_eq!(
        told(
            "---\nbeds: { rain: { recipe: night-rain, level: -24dB }, sea: { recipe: ocean } }\n---\n[bed rain over] Rest now.\n"
        ),
        "error: \"over\" needs a duration behind it\n  --> a.md:4:11\n  |\n4 | [bed rain over] Rest now.\n  |           ^^^^\n  = write 4s, 500ms, 1m30s, 2 min, 1:30 or 2 breaths, up to 24 hours\n"
    );
    assert_eq!(
        told("[bed] Rest now.\n"),
        "error: [bed] needs a name\n  --> a.md:1:1\n  |\n1 | [bed] Rest now.\n  | ^^^^^\n  = write [bed NAME], [bed NAME -24dB over 10s], [bed off over 45s] or [bed NAME off]\n"
    );
}

#[test]
fn one_bed_or_all_are_let_out() {
    assert_eq!(
        cues(
            "---\nbeds: { rain: { recipe: night-rain, level: -24dB }, sea: { recipe: ocean } }\n---\n[bed rain] [bed sea] Rest now. [bed sea off] And on. [bed off over 45s]\n"
        ),
        [
            "bed rain -24 dB over 4s",
            "bed sea -24 dB over 4s",
            "\"Rest now.\"",
            "bed sea off over 4s",
            "pause 800ms elastic",
            "\"And on.\"",
            "bed rain off over 45s",
            "bed sea off over 45s"
        ]
    );
    assert_eq!(
        told(
            "---\nbeds: { rain: { recipe: night-rain, level: -24dB }, sea: { recipe: ocean } }\n---\n[bed rain] [bed sea] Rest now. [bed fire off over 3s]\n"
        ),
        "error: the bed \"fire\" is not on\n  --> a.md:4:32\n  |\n4 | [bed rain] [bed sea] Rest now. [bed fire off over 3s]\n  |                                ^^^^^^^^^^^^^^^^^^^^^^\n  = beds that are on: rain, sea\n"
    );
}

#[test]
fn a_bell_has_strokes_and_speech_does_not_wait() {
    assert_eq!(
        cues("Rest now. [bell] And on. [bell gong x 3 every 5s -9dB] So it is.\n"),
        [
            "\"Rest now.\"",
            "bell bowl -6 dB at [0ns]",
            "pause 800ms elastic",
            "\"And on.\"",
            "bell gong -9 dB at [0ns, 5s, 10s]",
            "pause 800ms elastic",
            "\"So it is.\""
        ]
    );
    assert_eq!(
        told("Rest now. [bell gnog]\n"),
        "error: there is no bell called \"gnog\"\n  --> a.md:1:11\n  |\n1 | Rest now. [bell gnog]\n  |           ^^^^^^^^^^^\n  = bells are bowl, tingsha, gong, or a sound file such as bells/temple.wav\n"
    );
    assert_eq!(
        told("Rest now. [bell x0]\n"),
        "error: a bell is struck 1 to 1,000 times\n  --> a.md:1:17\n  |\n1 | Rest now. [bell x0]\n  |                 ^^\n  = write [bell], [bell gong], [bell x3], [bell bowl x3 every 5s -6dB]\n"
    );
}

#[test]
fn a_sound_is_waited_for_when_it_says_so() {
    assert_eq!(
        cues("Rest now. [sound bird.wav] And on. [sound \"a thrush.wav\" -12dB wait] So it is.\n"),
        [
            "\"Rest now.\"",
            "sound bird.wav -6 dB",
            "pause 800ms elastic",
            "\"And on.\"",
            "sound a thrush.wav -12 dB wait",
            "\"So it is.\""
        ]
    );
    assert_eq!(
        told("Rest now. [sound bird.wav later]\n"),
        "error: \"later\" is not a level\n  --> a.md:1:27\n  |\n1 | Rest now. [sound bird.wav later]\n  |                           ^^^^^\n  = a level is -90 to 12 dB, such as -18dB\n"
    );
}

#[test]
fn a_tone_may_glide_and_ends() {
    assert_eq!(
        cues(
            "[tone binaural 200Hz 10Hz -30dB over 20s] Rest now. [tone isochronic 180 8Hz to 4Hz over 5m] And on. [tone off over 1m]\n"
        ),
        [
            "Binaural 200 Hz 10 Hz to None -30 dB over 20s",
            "\"Rest now.\"",
            "Isochronic 180 Hz 8 Hz to Some((4.0, 300s)) -24 dB over 4s",
            "pause 800ms elastic",
            "\"And on.\"",
            "tone off over 60s"
        ]
    );
    assert_eq!(
        told("[tone pink 200Hz 10Hz] Rest now.\n"),
        "error: there is no tone called \"pink\"\n  --> a.md:1:7\n  |\n1 | [tone pink 200Hz 10Hz] Rest now.\n  |       ^^^^\n  = write [tone binaural 200Hz 6Hz -30dB over 10s], [tone isochronic 200Hz 10Hz to 4Hz over 5m] or [tone off]\n"
    );
    assert_eq!(
        told("[tone binaural 200Hz 10Hz to 4Hz] Rest now.\n"),
        "error: a glide needs \"over\" and a duration\n  --> a.md:1:1\n  |\n1 | [tone binaural 200Hz 10Hz to 4Hz] Rest now.\n  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  = write [tone binaural 200Hz 6Hz -30dB over 10s], [tone isochronic 200Hz 10Hz to 4Hz over 5m] or [tone off]\n"
    );
    assert_eq!(
        told("[tone binaural 200Hz 400Hz] Rest now.\n"),
        "error: a beat is 0.1 to 100 Hz\n  --> a.md:1:22\n  |\n1 | [tone binaural 200Hz 400Hz] Rest now.\n  |                      ^^^^^\n  = write [tone binaural 200Hz 6Hz -30dB over 10s], [tone isochronic 200Hz 10Hz to 4Hz over 5m] or [tone off]\n"
    );
}
