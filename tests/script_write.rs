//! Scripts that are formatted or converted mean what they meant.

use proptest::prelude::*;
use std::{
    fs,
    path::{Path, PathBuf},
};
use undertone::{
    plan::{Settings, plan},
    script::{Access, Parsed, diagnostic::Severity, format, load_text, parse, write},
};

/// Every script that ships.
fn shipped() -> Vec<PathBuf> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    let folders = [home.clone(), home.join("parts"), home.join("templates")];
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap()).map(|entry| entry.unwrap().path());
    let mut scripts: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|e| e == "md")).collect();
    scripts.sort();
    assert!(scripts.len() >= 16);
    scripts
}

fn loaded(path: &Path, text: &str) -> Parsed {
    let parsed = load_text(path, text, &Access::default());
    assert!(parsed.diagnostics.iter().all(|d| d.severity != Severity::Error), "{text}: {:?}", parsed.diagnostics);
    parsed
}

/// A session's plan, or what is wrong with it, without places.
fn planned(path: &Path, text: &str) -> String {
    let shown = format!("{:?}", plan(&loaded(path, text).script, &Settings::default()));
    let mut out = String::new();
    let mut rest = shown.as_str();
    while let Some(at) = rest.find("Span { file:") {
        out.push_str(&rest[..at]);
        rest = rest[at..].find(" }").map_or("", |end| &rest[at + end + 2..]);
    }
    out + rest
}

#[test]
fn formatting_and_writing_keep_the_plan_of_every_script_that_ships() {
    for path in shipped() {
        let text = fs::read_to_string(&path).unwrap();
        let formatted = format(&path, &text).unwrap();
        assert_eq!(format(&path, &formatted).unwrap(), formatted, "{}", path.display());
        assert_eq!(planned(&path, &formatted), planned(&path, &text), "{}", path.display());
        let written = write(&parse(&path, &text).script);
        assert_eq!(write(&parse(&path, &written).script), written, "{}", path.display());
        assert_eq!(planned(&path, &written), planned(&path, &text), "{}", path.display());
    }
}

#[test]
fn formatting_tidies_the_layout_and_the_spelling() {
    let text = "\u{feff}---\ntitle: A  \n---\n\n\n//note \n# One\r\n##   Two\r\nRest now.  [PAUSE:3]  And   on.   \n\n\n\n  \
                [3 second pause]\n[Bed rain -24 over 10 seconds]\n[if name=Ada]\nHello.\n[END]\n[silence 120s]\n…\n";
    let expected = "---\ntitle: A\n---\n//note\n# One\n\n## Two\n\nRest now.  [pause 3s]  And   on.\n\n[pause 3s]\n\
                    [bed rain -24dB over 10s]\n[if name = Ada]\nHello.\n[end]\n[silence 120s]\n...\n";
    assert_eq!(format(Path::new("a.md"), text).unwrap(), expected);
    assert_eq!(format(Path::new("a.md"), expected).unwrap(), expected);
}

#[test]
fn formatting_leaves_comments_escapes_and_brackets_over_lines_alone() {
    for text in [
        "<!-- [PAUSE 3]\n   kept   as it is -->\nRest.\n",
        "// [PAUSE 3]\nRest.\n",
        "Rest \\[PAUSE 3\\] now.\n",
        "Rest [PAUSE\n3] now.\n",
        "Say [HRV](say: heart rate) now.\n",
        "[breathe in 4, hold 4, out 6, x5]\n[breathe 4-7-8 x4]\n[count 5 to 1 every 4s | \"{{n}}. Deeper.\"]\n",
    ] {
        assert_eq!(format(Path::new("a.md"), text).unwrap(), text);
    }
}

#[test]
fn what_is_not_a_script_is_not_formatted() {
    for text in ["<speak>Rest.</speak>", "Rest.;3\n*;2\n", "[puase 3s]\n"] {
        assert_eq!(format(Path::new("a.md"), text).unwrap_err().len(), 1, "{text}");
    }
}

#[test]
fn other_forms_become_scripts_with_the_same_plan() {
    for text in [
        "Breathe in.;4\n*;3\nBreathe out.;6.5\n",
        "<speak><p>Sit down. <break time=\"1500ms\"/> Rest [here] and 1 * 2_3.</p><p>Be <emphasis>still</emphasis>, \
         <prosody rate=\"80%\">slowly</prosody> <sub alias=\"doctor\">Dr</sub>.</p></speak>",
    ] {
        let path = Path::new("a.txt");
        let written = write(&parse(path, text).script);
        assert_eq!(planned(path, &written), planned(path, text), "{written}");
    }
}

/// Parts of scripts, good and bad.
const PARTS: [&str; 34] = [
    "Rest now. ",
    "word",
    " ",
    "\n",
    "\n\n",
    "\n\n\n",
    "# One\n",
    "\n##  Two\n",
    "// note\n",
    "<!--",
    "-->",
    "...",
    "~~\n",
    "*",
    "**",
    "_",
    "[pause 3]",
    "[PAUSE: 3 seconds]",
    "[3 second pause]",
    "[silence 60s]",
    "[if a=b]",
    "[else]",
    "[END]",
    "[choose]",
    "|",
    "[Repeat 2]",
    "{{name|x}}",
    "\\[",
    "[HRV](say: heart)",
    "[bed rain -24]",
    "\r\n",
    "\t",
    "---\n",
    "é",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_was_formatted_is_its_own_form(parts in prop::collection::vec(prop::sample::select(&PARTS[..]), 0..25)) {
        let path = Path::new("a.md");
        if let Ok(formatted) = format(path, &parts.concat()) {
            prop_assert_eq!(format(path, &formatted), Ok(formatted.clone()));
            prop_assert_eq!(write(&parse(path, &formatted).script), write(&parse(path, &parts.concat()).script));
        }
    }
}
