use super::{
    diagnostic::{Diagnostic, Severity},
    *,
};
use proptest::prelude::*;
use std::path::Path;

fn parsed(text: &str) -> Parsed {
    parse(Path::new("a.md"), text)
}

/// The only direction of a text, which has no mistakes.
fn direction(text: &str) -> Direction {
    let Parsed { script, diagnostics } = parsed(text);
    assert_eq!(diagnostics, [], "{text}");
    match script.body.as_slice() {
        [Node::Direction(direction), Node::ParagraphEnd] => direction.value.clone(),
        other => panic!("{text}: {other:?}"),
    }
}

fn errors(text: &str) -> Vec<Diagnostic> {
    parsed(text).diagnostics.into_iter().filter(|d| d.severity == Severity::Error).collect()
}

fn rendered(text: &str) -> String {
    let parsed = parsed(text);
    parsed.diagnostics.iter().map(|d| d.render(&parsed.script.sources, false)).collect()
}

fn seconds(seconds: f64) -> Length {
    Length::Time(Duration::from_secs_f64(seconds))
}

/// What is spoken, one string a run of text.
fn spoken(nodes: &[Node]) -> Vec<String> {
    fn words(inlines: &[Inline]) -> String {
        inlines
            .iter()
            .map(|inline| match inline {
                Inline::Words(words) => words.value.clone(),
                Inline::Answer { name, .. } => format!("{{{}}}", name.value),
                Inline::Emphasis { content, .. } => words(content),
                Inline::Say { spoken, .. } => spoken.clone(),
                Inline::Phonemes { ipa, .. } => ipa.clone(),
            })
            .collect()
    }
    nodes
        .iter()
        .filter_map(|node| match node {
            Node::Text(inlines) => Some(words(inlines)),
            _ => None,
        })
        .collect()
}

#[test]
fn every_direction_of_the_language_is_read() {
    use BreathPhase::{Hold, In, Out};
    let pause = |length, elastic| Direction::Pause { length, elastic };
    let breathe = |phases: &[(BreathPhase, f64)], cycles| Direction::Breathe {
        phases: phases.iter().map(|(phase, length)| (*phase, seconds(*length))).collect(),
        cycles,
    };
    let db = |level| Some(Decibels(level));
    for (text, expected) in [
        ("[pause 4s]", pause(seconds(4.0), false)),
        ("[PAUSE 1m30s ~]", pause(seconds(90.0), true)),
        ("[pause 2 breaths]", pause(Length::Breaths(2.0), false)),
        ("[silence 60s]", Direction::Silence { length: seconds(60.0) }),
        ("[breathe in 4, hold 4, out 6, x5]", breathe(&[(In, 4.0), (Hold, 4.0), (Out, 6.0)], 5)),
        ("[breathe box x4]", breathe(&[(In, 4.0), (Hold, 4.0), (Out, 4.0), (Hold, 4.0)], 4)),
        ("[breathe 4-7-8 x4]", breathe(&[(In, 4.0), (Hold, 7.0), (Out, 8.0)], 4)),
        ("[breathe coherent x6]", breathe(&[(In, 5.0), (Out, 5.0)], 6)),
        ("[count 5 to 1 every 4s]", Direction::Count { from: 5, to: 1, every: seconds(4.0), text: None }),
        ("[voice en_US-joe-medium]", Direction::Voice(Some("en_US-joe-medium".to_owned()))),
        ("[voice default]", Direction::Voice(None)),
        ("[pace 0.75]", Direction::Pace(0.75)),
        ("[volume -6dB]", Direction::Volume(Decibels(-6.0))),
        ("[pan -0.5]", Direction::Pan(-0.5)),
        ("[bed rain]", Direction::Bed { name: "rain".to_owned(), level: None, over: None }),
        (
            "[bed rain -24dB over 10s]",
            Direction::Bed { name: "rain".to_owned(), level: db(-24.0), over: Some(seconds(10.0)) },
        ),
        ("[bed off over 45s]", Direction::BedOff { name: None, over: Some(seconds(45.0)) }),
        ("[bed rain off]", Direction::BedOff { name: Some("rain".to_owned()), over: None }),
        ("[bell]", Direction::Bell { name: None, times: 1, every: None, level: None }),
        (
            "[bell gong x 3 every 5s -6dB]",
            Direction::Bell { name: Some("gong".to_owned()), times: 3, every: Some(seconds(5.0)), level: db(-6.0) },
        ),
        ("[sound door.wav -12dB wait]", Direction::Sound { file: "door.wav".to_owned(), level: db(-12.0), wait: true }),
        (
            "[tone binaural 200Hz 10Hz to 4Hz over 5m]",
            Direction::Tone {
                kind: ToneKind::Binaural,
                carrier: 200.0,
                beat: 10.0,
                glide: Some((4.0, seconds(300.0))),
                level: None,
                over: None,
            },
        ),
        (
            "[tone isochronic 180 6 -30dB over 10s]",
            Direction::Tone {
                kind: ToneKind::Isochronic,
                carrier: 180.0,
                beat: 6.0,
                glide: None,
                level: db(-30.0),
                over: Some(seconds(10.0)),
            },
        ),
        ("[tone off]", Direction::ToneOff { over: None }),
        ("[mark middle]", Direction::Mark("middle".to_owned())),
        ("[at 12:30]", Direction::At(Duration::from_secs(750))),
        ("...", Direction::Ellipsis(1)),
        ("…", Direction::Ellipsis(1)),
        ("......", Direction::Ellipsis(3)),
        ("~", Direction::Breath { breaths: 0.5 }),
        ("~~", Direction::Breath { breaths: 1.0 }),
        ("~~~", Direction::Breath { breaths: 2.0 }),
    ] {
        assert_eq!(direction(text), expected, "{text}");
    }
}

#[test]
fn spellings_of_other_tools_are_taken_in() {
    let pause = |length| Direction::Pause { length: seconds(length), elastic: false };
    for (text, expected) in [
        ("[pause:3s]", pause(3.0)),
        ("[PAUSE:5]", pause(5.0)),
        ("[pause 3 seconds]", pause(3.0)),
        ("[3 second pause]", pause(3.0)),
        ("[500ms]", pause(0.5)),
        ("[2s]", pause(2.0)),
        ("<break time=\"2s\"/>", pause(2.0)),
        ("<break strength='strong' />", pause(1.5)),
        ("[SILENCE: 60]", Direction::Silence { length: seconds(60.0) }),
        ("[breath]", Direction::Breath { breaths: 1.0 }),
        ("[inhale]", Direction::Breathe { phases: vec![(BreathPhase::In, seconds(4.0))], cycles: 1 }),
        ("[exhale]", Direction::Breathe { phases: vec![(BreathPhase::Out, seconds(6.0))], cycles: 1 }),
    ] {
        assert_eq!(direction(text), expected, "{text}");
    }
}

#[test]
fn a_file_of_phrases_and_seconds_is_a_script() {
    let parsed = parsed("Breathe in.;4\n*;3\nAnd out.;2.5\r\n");
    assert_eq!(parsed.diagnostics, []);
    assert_eq!(spoken(&parsed.script.body), ["Breathe in.", "And out."]);
    let pauses: Vec<Length> = parsed
        .script
        .body
        .iter()
        .filter_map(|node| match node {
            Node::Direction(Spanned { value: Direction::Pause { length, .. }, .. }) => Some(*length),
            _ => None,
        })
        .collect();
    assert_eq!(pauses, [seconds(4.0), seconds(3.0), seconds(2.5)]);
    assert_eq!(spoken(&super::parse(Path::new("a.md"), "Rest; now 3").script.body), ["Rest; now 3"]);
}

#[test]
fn marks_of_layout_and_comments_are_not_spoken() {
    let text = "\u{feff}- one\r\n> two\n// three\n<!-- four\nfour -->five\n\n1. six \\[seven\\] \\*";
    let parsed = parsed(text);
    assert_eq!(parsed.diagnostics, []);
    assert_eq!(spoken(&parsed.script.body), ["one two five", "six [seven] *"]);
}

#[test]
fn a_heading_holds_no_directions_and_closes_no_blocks() {
    for text in ["# A [repeat 2] b\nc", "# A [end] b\nc", "[repeat 2]\n# A [end]\nc\n[end]"] {
        let found = errors(text);
        assert_eq!(found.iter().map(|d| d.code).collect::<Vec<_>>(), ["misplaced-direction"], "{text}");
    }
}

#[test]
fn blocks_deeper_than_64_are_one_mistake_and_no_overflow() {
    for depth in [65, 100_000] {
        let text = format!("{}words{}", "[repeat 2]".repeat(depth), "[end]".repeat(depth));
        assert_eq!(errors(&text).iter().map(|d| d.code).collect::<Vec<_>>(), ["too-deep"]);
    }
    let text = format!("{}words{}", "[repeat 2]".repeat(64), "[end]".repeat(64));
    assert_eq!(errors(&text), []);
}

#[test]
fn openings_without_ends_are_read_in_time() {
    for opening in ["{{", "[a](", "[", "*a _b* c_ ", "*", "<!--", "<break ", "[\"", "...", "|", "~", "_*a"] {
        let text = opening.repeat((1 << 20) / opening.len());
        assert!(parsed(&text).diagnostics.len() <= 500, "{opening}");
    }
}

#[test]
fn an_error_draws_its_line_and_the_nearest_name() {
    assert_eq!(
        rendered("Rest now. [puase 5s] And on.\n"),
        "error: there is no direction called \"puase\"\n  --> a.md:1:12\n  |\n1 | Rest now. [puase 5s] And on.\n  |            ^^^^^\n  = did you mean [pause]? Write \\[ for the character itself\n"
    );
    assert_eq!(
        rendered("[pause 9999h]"),
        "error: \"9999h\" is longer than a day\n  --> a.md:1:8\n  |\n1 | [pause 9999h]\n  |        ^^^^^\n  = write 4s, 500ms, 1m30s, 2 min, 1:30 or 2 breaths, up to 24 hours\n"
    );
    assert_eq!(
        rendered("---\npase: 0.8\n---\nRest.\n"),
        "error: the front matter has no key \"pase\"\n  --> a.md:2:1\n  |\n2 | pase: 0.8\n  | ^^^^\n  = did you mean \"pace\"?\n"
    );
}

#[test]
fn each_direction_with_a_bad_argument_is_one_error() {
    for text in [
        "[pause -5s]",
        "[pause NaN]",
        "[pause]",
        "[silence soon]",
        "[silence 60s~]",
        "[breathe]",
        "[breathe in 0]",
        "[breathe box x0]",
        "[count 5 down]",
        "[count 5 to 1 every]",
        "[voice]",
        "[pace 9]",
        "[volume loud]",
        "[pan 2]",
        "[bed]",
        "[bed rain loud]",
        "[bell gong often]",
        "[bell x0]",
        "[sound]",
        "[tone]",
        "[tone binaural 5 6]",
        "[mark]",
        "[at noon]",
        "[include]",
        "[include a.md where x = 1]",
        "[end]",
        "[else]",
        "[pause 3s",
        "[repeat 3] a",
        "[repeat often] a [end]",
        "[if] a [end]",
        "[]",
        "[laughs loudly]",
        "{{name",
        "[word](what)",
        "~~~~",
    ] {
        assert_eq!(errors(text).len(), 1, "{text}: {:?}", errors(text));
    }
}

#[test]
fn ten_mistakes_are_ten_diagnostics() {
    let text = "---\npase: 0.8\npace: 9\nduration: soon\n---\n[puase 3s]\n[pace 9]\n[bed]\n[end]\n{{}}\n[pause -1s]\n[repeat 2]\n";
    assert_eq!(errors(text).len(), 10);
}

#[test]
fn aliases_that_grow_and_deep_nesting_are_errors_that_end() {
    let mut bomb = "---\na: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for (name, before) in ('b'..='k').zip('a'..) {
        let item = format!("*{before},").repeat(9);
        std::fmt::Write::write_fmt(&mut bomb, format_args!("{name}: &{name} [{item}]\n")).unwrap();
    }
    bomb.push_str("---\nRest.\n");
    assert!(!errors(&bomb).is_empty());
    let deep = format!("---\ntitle: {}{}\n---\nRest.\n", "[".repeat(50_000), "]".repeat(50_000));
    assert!(!errors(&deep).is_empty());
}

#[test]
fn ssml_is_read_as_a_script() {
    let text = r#"<?xml version="1.0"?>
<speak version="1.1" xml:lang="en-US"><p><s>Sit &amp; rest</s> <s>Be <emphasis>still</emphasis>.</s></p>
<break time="2s"/><sub alias="heart rate">HR</sub> <phoneme alphabet="ipa" ph="tə">to</phoneme>
<mark name="here"/><prosody rate="80%" volume="-6dB">slowly</prosody>
<say-as interpret-as="ordinal">3</say-as><audio src="bell.wav">a bell</audio></speak>"#;
    let Parsed { script, diagnostics } = parsed(text);
    assert_eq!(diagnostics, []);
    assert_eq!(script.front.language.map(|language| language.value), Some("en-US".to_owned()));
    assert_eq!(
        spoken(&script.body).iter().map(|run| run.trim()).collect::<Vec<_>>(),
        ["Sit & rest.  Be still.", "heart rate tə", "slowly", "3rd"]
    );
    let directions: Vec<Direction> = script
        .body
        .iter()
        .filter_map(|node| match node {
            Node::Direction(direction) => Some(direction.value.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(
        directions,
        [
            Direction::Pause { length: seconds(2.0), elastic: false },
            Direction::Mark("here".to_owned()),
            Direction::Pace(0.8),
            Direction::Volume(Decibels(-6.0)),
            Direction::Pace(1.0),
            Direction::Volume(Decibels(0.0)),
            Direction::Sound { file: "bell.wav".to_owned(), level: None, wait: true },
        ]
    );
}

#[test]
fn what_ssml_cannot_do_is_a_warning_and_its_text_stays() {
    let text = "<speak><prosody pitch='high'>a</prosody> <audio src='https://example.org/b.wav'>b</audio> <amazon:effect name='whispered'>c</amazon:effect></speak>";
    let Parsed { script, diagnostics } = parsed(text);
    assert!(diagnostics.iter().all(|d| d.severity == Severity::Warning), "{diagnostics:?}");
    assert_eq!(diagnostics.len(), 3);
    assert_eq!(spoken(&script.body), ["a b c"]);
}

#[test]
fn broken_ssml_is_an_error_where_it_breaks() {
    for text in
        ["<speak><p>a</speak>", "<speak>a", "<speak>a < b</speak>", "<speak></p></speak>", "<speak><p x></p></speak>"]
    {
        assert_eq!(errors(text).len(), 1, "{text}: {:?}", errors(text));
    }
}

#[test]
fn a_script_with_nothing_to_say_is_an_error() {
    for text in ["// a comment\n", "---\ntitle: A\n---\n", "<!-- a -->"] {
        let parsed = load_text(Path::new("a.md"), text, &Access::default());
        assert_eq!(parsed.diagnostics.iter().map(|d| d.code).collect::<Vec<_>>(), ["nothing-to-render"], "{text}");
    }
}

#[test]
fn includes_stay_inside_and_cycles_show_their_chain() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().join("home");
    std::fs::create_dir(&home).expect("a folder");
    std::fs::write(folder.path().join("secret.md"), "Secret.").expect("a file");
    std::fs::write(home.join("a.md"), "One. [include b.md]").expect("a file");
    std::fs::write(home.join("b.md"), "Two. [include a.md]").expect("a file");
    std::fs::write(home.join("out.md"), "[include ../secret.md]").expect("a file");
    let load = |name: &str, access: &Access| load(&home.join(name), access).expect("a script").diagnostics;
    let cycle = load("a.md", &Access::default());
    assert_eq!(
        cycle.iter().map(|d| d.message.as_str()).collect::<Vec<_>>(),
        ["this includes itself: a.md > b.md > a.md"]
    );
    assert_eq!(load("out.md", &Access::default()).len(), 1);
    assert_eq!(load("out.md", &Access { allowed: vec![folder.path().to_owned()] }), []);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(folder.path().join("secret.md"), home.join("link.md")).expect("a link");
        std::fs::write(home.join("linked.md"), "[include link.md]").expect("a file");
        assert_eq!(load("linked.md", &Access::default()).len(), 1);
    }
}

fn checked(text: &str) {
    let parsed = parsed(text);
    for diagnostic in &parsed.diagnostics {
        assert!(text.get(diagnostic.span.range()).is_some(), "{diagnostic:?} in {text:?}");
        assert!(!diagnostic.render(&parsed.script.sources, true).is_empty());
        drop(diagnostic.to_json(&parsed.script.sources));
    }
    for node in &parsed.script.body {
        let spans: Vec<Span> = match node {
            Node::Heading { span, .. } | Node::Repeat { span, .. } | Node::If { span, .. } => vec![*span],
            Node::Choose { span, .. } | Node::Include { span, .. } => vec![*span],
            Node::Direction(direction) => vec![direction.span],
            Node::Text(inlines) => inlines
                .iter()
                .filter_map(|inline| match inline {
                    Inline::Words(words) => Some(words.span),
                    Inline::Answer { name, .. } => Some(name.span),
                    Inline::Say { shown, .. } | Inline::Phonemes { shown, .. } => Some(shown.span),
                    Inline::Emphasis { .. } => None,
                })
                .collect(),
            Node::ParagraphEnd => Vec::new(),
        };
        for span in spans {
            assert!(text.get(span.range()).is_some(), "{node:?} in {text:?}");
        }
    }
}

const PARTS: [&str; 62] = [
    "[",
    "]",
    "(",
    ")",
    "{{",
    "}}",
    "*",
    "**",
    "_",
    "\n",
    "\n\n",
    "---\n",
    "# ",
    "...",
    "…",
    "~",
    "|",
    "\\",
    "\"",
    "“",
    "<!--",
    "-->",
    "//",
    "> ",
    "- ",
    "1. ",
    "[end]",
    "[repeat 2]",
    "[if a = b]",
    "[else]",
    "[else if a]",
    "[choose]",
    "[pause 3s]",
    "[count 1 to 3 every 2s | \"{{n}} x\"]",
    "[include a.md with b = \"c\"]",
    "[bell",
    " x3",
    "say:",
    "/a/",
    "é",
    "日本",
    "😀",
    "\u{301}",
    "\r\n",
    "\u{feff}",
    "\0",
    "\t",
    "<break time=\"2s\"/>",
    "<speak>",
    "</speak>",
    "<p>",
    "&amp;",
    "&#x41;",
    "title: ",
    "beds: {a: b}",
    "ask:\n  a: ",
    "pause",
    ";3",
    "*;3\n",
    "\u{a0}",
    "word ",
    "-5s",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_text_is_read_without_a_panic(text in ".{0,200}") {
        checked(&text);
    }

    #[test]
    fn any_mixture_of_marks_is_read_without_a_panic(parts in prop::collection::vec(prop::sample::select(&PARTS[..]), 0..30)) {
        checked(&parts.concat());
        checked(&format!("---\n{}\n---\n", parts.concat()));
        checked(&format!("<speak>{}</speak>", parts.concat()));
    }
}

/// What a script means, without places.
fn meaning(script: &Script) -> String {
    let shown = format!("{:?} {:?}", script.front, script.body);
    let mut out = String::new();
    let mut rest = shown.as_str();
    while let Some(at) = rest.find("span: Span {") {
        out.push_str(&rest[..at]);
        rest = rest[at..].find(" } ").map_or("", |end| &rest[at + end..]);
    }
    out + rest
}

const EXAMPLE: &str = r#"---
title: "The ground: you can earn"
description: What was missing can be learnt
category: hypnosis
voice: en_US-joe-medium
pace: 0.8
duration: 12m
pauses: { sentence: 0.8s, paragraph: 3s, ellipsis: 6s, breath: 4s }
beds:
  rain:  { recipe: night-rain, level: -24dB }
  drone: { file: ../ambience/low-drone.flac, level: -28dB, loop: 3s, loop_points: [1s, 50s] }
mix: { duck: 6dB, lift: 2dB, fade_in: 12s, fade_out: 30s }
master: { loudness: -18LUFS, true_peak: -1dBTP, preset: acx }
ask:
  name:    { say: "What should I \"call\" you?", default: friend }
  pattern: { say: "Which is closest to you?", one_of: [anxious, avoidant, disorganized], default: anxious, about: [a, b] }
  sure: { say: Sure?, yes_no: true, default: yes }
lexicon: { metta: "/mˈɛɾə/", HRV: "heart rate variability" }
tags: [attachment, evening]
seed: 12
---
[bed rain over 10s]

# Arriving
Welcome, {{name}}.  Find a place where you can be held by something solid.
...
[bell]
~~
Inside ... a line......and [HRV](say: heart rate) and [metta](/mˈɛɾə/) stand_by.

# Breath
[breathe in 4, hold 4, out 6, x5]
[pace 0.75] And now let the breath be *natural*. [pause 12s]
[if pattern = anxious]
You learned to **listen** for footsteps.
[else if pattern = "very avoidant"]
You learned to need very little.
[else]
You learned that the same arms could comfort \*and\* frighten.
[end]
[unless sure]
\# 1 \[no\]
[end]
[choose]
That was then. | That was a long time ago.

Truly.
[end]
[bed drone -20dB over 20s]
[repeat 3]
Security can be earned.[pause 6s~]
[end]
[include parts/safe-place.md with place = "the kitchen of someone kind", b = "c"]
[count 5 to 1 every 4s | "{{n}}. A little deeper."]
[silence 1m30s][tone binaural 200Hz 10Hz to 4Hz over 5m -30dB over 2s][tone off][volume -3dB][pan 0.5][voice default]
1\. One. Two. Three. Open your eyes.
[bell gong x3 every 2.5s -6dB] [sound "a b.wav" -3dB wait] [mark x] [at 12:30] [bed off over 45s]
"#;

#[test]
fn writing_a_script_keeps_what_it_means() {
    let first = parsed(EXAMPLE);
    assert_eq!(first.diagnostics, []);
    let written = write(&first.script);
    let second = parsed(&written);
    assert_eq!(second.diagnostics, [], "{written}");
    assert_eq!(meaning(&second.script), meaning(&first.script), "{written}");
    assert_eq!(write(&second.script), written);
}

fn advised(text: &str) -> Vec<&'static str> {
    advise(&parsed(text).script).iter().map(|advice| advice.code).collect()
}

#[test]
fn advice_is_given_on_what_is_hard_to_listen_to() {
    let good = "Let the chair have all of your weight, and let the breath come and go by itself.";
    assert_eq!(advised(good), [] as [&str; 0]);
    assert_eq!(advised("Rest."), ["block-length"]);
    assert_eq!(advised(&format!("{good} {good} {good} {good}")), ["block-length"]);
    assert_eq!(advised(&"and so on we go ".repeat(6)), ["long-sentence"]);
    assert_eq!(advised(&format!("{good} [silence 60s]")), ["unannounced-silence"]);
    assert_eq!(advised(&format!("{good} Stay quiet now. [silence 60s]")), [] as [&str; 0]);
    assert_eq!(advised(&format!("{good} [breathe 4-7-8 x4]")), ["long-breath"]);
    assert_eq!(advised(&format!("---\ncategory: hypnosis\n---\n{good}")), ["no-waking"]);
    assert_eq!(advised(&format!("---\ncategory: hypnosis\n---\n{good} Open your eyes.")), [] as [&str; 0]);
    assert_eq!(advised(&format!("---\nask: {{ name: {{ say: Who? }} }}\n---\n{good}")), ["unused-answer"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_was_written_is_written_the_same_again(parts in prop::collection::vec(prop::sample::select(&PARTS[..]), 0..20)) {
        let first = parsed(&parts.concat());
        if first.diagnostics.is_empty() {
            let written = write(&first.script);
            let second = parsed(&written);
            prop_assert_eq!(&second.diagnostics, &[], "{:?}", written);
            prop_assert_eq!(write(&second.script), written);
        }
    }
}
