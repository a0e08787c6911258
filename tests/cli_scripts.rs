//! Commands that work on scripts: fmt, convert, new, and check.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by unwrapping it")]

mod common;

use common::{Desk, stderr};
use std::fs;

#[test]
fn fmt_changes_a_script_in_place_and_check_only_tells() {
    let desk = Desk::new();
    let path = desk.write("a.md", "Rest now.  \n\n\n[PAUSE: 3]\n");
    let told = desk.run(&["fmt", "--check", "a.md"]);
    assert_eq!(told.status.code(), Some(1));
    assert_eq!(stderr(&told), "a.md: would be changed\n");
    assert_eq!(fs::read_to_string(&path).unwrap(), "Rest now.  \n\n\n[PAUSE: 3]\n");
    assert_eq!(stderr(&desk.run(&["fmt", "a.md"])), "a.md: changed\n");
    assert_eq!(fs::read_to_string(&path).unwrap(), "Rest now.\n\n[pause 3s]\n");
    let again = desk.run(&["fmt", "--check", "a.md"]);
    assert!(again.status.success());
    assert_eq!(stderr(&again), "");
}

#[test]
fn fmt_leaves_a_script_with_mistakes_as_it_is() {
    let desk = Desk::new();
    let path = desk.write("a.md", "Rest.   [puase 3s]\n");
    assert_eq!(desk.run(&["fmt", "a.md"]).status.code(), Some(1));
    assert_eq!(fs::read_to_string(&path).unwrap(), "Rest.   [puase 3s]\n");
}

#[test]
fn convert_makes_a_script_of_ssml_and_of_phrases() {
    let desk = Desk::new();
    desk.write("a.ssml", "<speak>Rest now. <break time=\"2s\"/> And on.</speak>");
    desk.write("b.txt", "Rest now.;4\n*;3\n");
    assert_eq!(desk.good(&["convert", "a.ssml"]), "Rest now.\n[pause 2s]\nAnd on.\n");
    desk.good(&["convert", "b.txt", "-o", "b.md"]);
    let written = fs::read_to_string(desk.path("b.md")).unwrap();
    assert!(written.starts_with("Rest now.") && written.contains("[pause 4s]") && written.contains("[pause 3s]"));
    assert_eq!(desk.run(&["convert", "a.ssml", "-o", "b.md"]).status.code(), Some(1));
    assert_eq!(fs::read_to_string(desk.path("b.md")).unwrap(), written);
}

#[test]
fn new_begins_a_script_from_a_template_and_never_writes_over_one() {
    let desk = Desk::new();
    for (name, template) in [("my-evening", "sleep"), ("Rest: \"now\"", "hypnosis"), ("morning", "meditation")] {
        desk.good(&["new", name, "--template", template]);
        let text = fs::read_to_string(desk.path(&format!("{name}.md"))).unwrap();
        let title = serde_json::Value::from(name).to_string();
        assert!(text.starts_with(&format!("---\ntitle: {title}\n")), "{text}");
        desk.good(&["check", &format!("{name}.md")]);
    }
    let before = fs::read_to_string(desk.path("morning.md")).unwrap();
    assert_eq!(desk.run(&["new", "morning", "--template", "sleep"]).status.code(), Some(1));
    assert_eq!(fs::read_to_string(desk.path("morning.md")).unwrap(), before);
}

#[test]
fn check_fails_on_a_warning_only_when_it_is_strict() {
    let desk = Desk::new();
    let words = "Sit in a way that is comfortable, and let your hands be heavy.";
    desk.write("a.ssml", format!("<speak><prosody pitch=\"high\">{words}</prosody></speak>"));
    assert_eq!(desk.run(&["check", "a.ssml"]).status.code(), Some(0));
    assert_eq!(desk.run(&["check", "--strict", "a.ssml"]).status.code(), Some(1));
}

#[test]
fn check_gives_advice_without_failing_and_all_remarks_as_json() {
    let desk = Desk::new();
    desk.write("a.md", "Rest.\n");
    desk.write("b.md", "[puase 3s]\n");
    assert!(stderr(&desk.run(&["check", "--strict", "a.md"])).starts_with("advice: "));
    let output = desk.run(&["check", "--json", "a.md", "b.md"]);
    assert_eq!(output.status.code(), Some(1));
    let remarks: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(remarks[0]["severity"], "advice");
    assert_eq!(
        (&remarks[1]["file"], &remarks[1]["line"], &remarks[1]["column"]),
        (&"b.md".into(), &1.into(), &2.into())
    );
    assert_eq!(remarks[1]["code"], "unknown-direction");
}

#[test]
fn a_persons_answers_are_taken_where_a_script_uses_them_and_set_wins() {
    let desk = Desk::new();
    desk.write("a.md", "---\nask: { name: { say: Who? } }\n---\nWelcome to this place of rest, {{name}}.\n");
    desk.write("ada.toml", "name = \"Ada\"\nmood = \"calm\"\n");
    let shown = |args: &[&str]| desk.good(&[&["plan", "a.md"], args].concat());
    assert!(shown(&["--for", "ada.toml"]).contains("rest, Ada."));
    assert!(shown(&["--for", "ada.toml", "--set", "name=Bea"]).contains("rest, Bea."));
    // No terminal is there to ask on.
    assert_eq!(desk.run(&["plan", "a.md"]).status.code(), Some(1));
    desk.write("bad.toml", "name = [1]\n");
    assert_eq!(desk.run(&["plan", "a.md", "--for", "bad.toml"]).status.code(), Some(1));
}
