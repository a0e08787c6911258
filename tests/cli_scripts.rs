//! Commands that work on scripts: fmt, convert, new, and check.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by unwrapping it")]

mod common;

use common::{Desk, stderr};
use std::{fs, path::Path};

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

#[test]
fn check_says_all_of_a_remark_as_json() {
    let desk = Desk::new();
    desk.write(
        "a.md",
        "---\nask: { name: { say: Who? } }\n---\nRest now, for a long while, and let the 日本 breath be. [puase 3s]\n",
    );
    let output = desk.run(&["check", "--json", "a.md", "none.md"]);
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(1), ""));
    let remarks: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        remarks,
        serde_json::json!([
            {
                "file": "a.md",
                "line": 4,
                "column": 56,
                "length": 5,
                "severity": "error",
                "code": "unknown-direction",
                "message": "there is no direction called \"puase\"",
                "help": "did you mean [pause]? Write \\[ for the character itself",
            },
            {
                "file": "none.md",
                "line": 1,
                "column": 1,
                "length": 0,
                "severity": "error",
                "code": "file",
                "message": "cannot read none.md: No such file or directory (os error 2)",
                "help": null,
            },
        ])
    );
}

#[test]
fn check_gives_each_advice_of_the_list_and_none_to_a_session_that_ships() {
    let desk = Desk::new();
    let good = "Let the chair have all of your weight, and let the breath come and go by itself.";
    let advice = |text: &str| -> Vec<(String, u64, u64)> {
        desk.write("a.md", text);
        let remarks: serde_json::Value = serde_json::from_str(&desk.good(&["check", "--json", "a.md"])).unwrap();
        let one = |remark: &serde_json::Value| {
            assert_eq!(remark["severity"], "advice");
            let number = |key: &str| remark[key].as_u64().unwrap();
            (remark["code"].as_str().unwrap().to_owned(), number("line"), number("column"))
        };
        remarks.as_array().unwrap().iter().map(one).collect()
    };
    let at = |code: &str, line, column| vec![(code.to_owned(), line, column)];
    assert_eq!(advice(good), []);
    assert_eq!(advice(&format!("{good}\n\nRest.\n")), at("block-length", 3, 1));
    assert_eq!(advice(&format!("{good}\n\n{good} {good} {good} {good}\n")), at("block-length", 3, 1));
    assert_eq!(advice(&format!("{good}\n\n{}\n", "and so on we go ".repeat(6))), at("long-sentence", 3, 1));
    assert_eq!(advice(&format!("{good}\n[silence 60s]\n")), at("unannounced-silence", 2, 1));
    assert_eq!(advice(&format!("{good}\n[pause 2m]\n")), at("unannounced-silence", 2, 1));
    assert_eq!(advice(&format!("{good}\n[silence 59s]\n")), []);
    assert_eq!(advice(&format!("{good} Now stay quiet.\n[silence 60s]\n")), []);
    assert_eq!(advice(&format!("{good}\n[breathe in 6, out 10, x4]\n")), at("long-breath", 2, 1));
    assert_eq!(advice(&format!("{good}\n[breathe in 6, out 9, x4]\n")), []);
    assert_eq!(advice(&format!("---\ncategory: hypnosis\n---\n{good}\n")), at("no-waking", 1, 1));
    assert_eq!(advice(&format!("---\ncategory: hypnosis\n---\n{good} Open your eyes.\n")), []);
    assert_eq!(
        advice(&format!("---\nask: {{ name: {{ say: Who?, default: you }} }}\n---\n{good}\n")),
        at("unused-answer", 2, 8)
    );

    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    let files = fs::read_dir(home).unwrap().map(|entry| entry.unwrap().path());
    let scripts: Vec<String> = files
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .map(|path| path.display().to_string())
        .collect();
    assert!(scripts.len() >= 8);
    let scripts: Vec<&str> = scripts.iter().map(String::as_str).collect();
    assert_eq!(desk.good(&[&["check", "--json"], &scripts[..]].concat()), "[]\n");
}
