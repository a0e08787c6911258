//! Any text at all: it is read or refused in its own places, formatting keeps it, and a repeat is what it would be written out.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by unwrapping it")]

mod common;

use common::cues::in_words;
use proptest::prelude::*;
use std::path::Path;
use undertone::{
    plan::{Plan, Settings, plan},
    script::{Parsed, Script, advise, diagnostic::Diagnostic, format, load_text, parse},
};

/// Parts of scripts, good and bad.
const PARTS: [&str; 58] = [
    "Rest now. ",
    "word",
    "é",
    "日本",
    "😀",
    "\u{301}",
    "\u{feff}",
    "\0",
    " ",
    "\n",
    "\n\n",
    "\r\n",
    "\t",
    "# One\n",
    "// note\n",
    "<!--",
    "-->",
    "...",
    "…",
    "~~\n",
    "~~~~\n",
    "*",
    "**",
    "_",
    "\\",
    "|",
    "\"",
    "“",
    "[",
    "]",
    "(",
    ")",
    "{{",
    "}}",
    "{{name|x}}",
    "[pause 3]",
    "[pause -1]",
    "[puase 3]",
    "[3 second pause]",
    "[silence 60s]",
    "[if a=b]",
    "[else]",
    "[else if a]",
    "[END]",
    "[choose]",
    "[repeat 3]",
    "[repeat 10001]",
    "[count 3 to 1 every 2s | \"{{n}} x\"]",
    "[breathe box x2]",
    "[bell gnog]",
    "[bed rain off]",
    "[at 0:01]",
    "[include é.md with a = \"b\"]",
    "[HRV](say: heart)",
    "[word](/a/)",
    "<break time=\"2s\"/>",
    "---\n",
    "title: ",
];

fn parts(most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&PARTS[..]), 0..most).prop_map(|parts| parts.concat())
}

/// Every place that is told of lies in its text, between characters, and can be drawn.
fn in_place(script: &Script, told: &[Diagnostic]) {
    for diagnostic in told {
        let text = &script.sources[diagnostic.span.file.0 as usize].text;
        assert!(text.get(diagnostic.span.range()).is_some(), "{diagnostic:?} in {text:?}");
        let drawn = diagnostic.render(&script.sources, false);
        assert!(drawn.contains(&diagnostic.message), "{drawn}");
        drop(diagnostic.to_json(&script.sources));
    }
}

fn read(text: &str) {
    let Parsed { script, diagnostics } = load_text(Path::new("a.md"), text, &undertone::script::Access::default());
    in_place(&script, &diagnostics);
    in_place(&script, &advise(&script));
    if let Err(told) = plan(&script, &Settings::default()) {
        in_place(&script, &told);
        assert!(!told.is_empty());
    }
}

/// What a text is heard as: its cues, and all that is spoken.
fn heard(text: &str) -> Option<(Vec<String>, String)> {
    let parsed = parse(Path::new("a.md"), text);
    if !parsed.diagnostics.is_empty() {
        return None;
    }
    let plan: Plan = plan(&parsed.script, &Settings::default()).ok()?;
    Some((in_words(&plan), format!("{:?}", plan.utterances)))
}

/// What may stand in a repeat, each on lines of its own.
const LINES: [&str; 16] = [
    "Rest now.\n",
    "And go *slowly* on,\n",
    "as you like it. Or not.\n",
    "So.\n",
    "\n",
    "\n\n",
    "# One\n",
    "...\n",
    "~~\n",
    "[pause 3s]\n",
    "Wait. [pause 2s~] Go on.\n",
    "[bell x2]\n",
    "[breathe in 4, out 4, x2]\n",
    "[count 2 to 1 every 3s]\n",
    "[choose]\nOne way. | Another way.\n[end]\n",
    "[repeat 2]\nRound {{n}}.\n[end]\n",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1500) })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        read(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_mixture_of_fragments_is_read_or_refused(text in parts(40)) {
        read(&text);
        read(&format!("---\n{text}\n---\nRest now.\n"));
        read(&format!("<speak>{text}</speak>"));
    }

    #[test]
    fn what_was_formatted_is_heard_as_before_and_is_its_own_form(text in parts(25)) {
        let path = Path::new("a.md");
        if let Ok(formatted) = format(path, &text) {
            prop_assert_eq!(format(path, &formatted), Ok(formatted.clone()));
            prop_assert_eq!(heard(&formatted), heard(&text), "{:?}", formatted);
        }
    }

    #[test]
    fn a_repeat_is_heard_as_if_it_were_written_out(
        lines in prop::collection::vec(prop::sample::select(&LINES[..]), 1..12),
        before in prop::sample::select(&LINES[..]),
        after in prop::sample::select(&LINES[..]),
        times in 0usize..6,
    ) {
        let body = lines.concat();
        let repeated = heard(&format!("{before}[repeat {times}]\n{body}[end]\n{after}"));
        prop_assert_eq!(repeated, heard(&format!("{before}{}{after}", body.repeat(times))));
    }
}
