//! Every session that ships is a script without mistakes, and stays the same when it is written again.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by unwrapping it")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};
use undertone::{
    plan::{Settings, plan},
    script::{Access, Script, advise, load, parse, write},
};

#[test]
fn sessions_that_ship_have_no_mistakes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    let mut count = 0;
    for part in ["", "parts", "templates"] {
        for entry in fs::read_dir(folder.join(part)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "md") {
                continue;
            }
            let parsed = load(&path, &Access::default()).unwrap();
            let shown: String = parsed.diagnostics.iter().map(|d| d.render(&parsed.script.sources, false)).collect();
            assert_eq!(shown, "");
            let written = write(&parsed.script);
            let again = parse(&path, &written);
            assert_eq!(again.diagnostics, []);
            assert_eq!(write(&again.script), written);
            count += 1;
        }
    }
    assert!(count > 5);
}

#[test]
fn no_advice_is_needed_for_a_session_that_ships() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            let script = load(&path, &Access::default()).unwrap().script;
            let shown: String = advise(&script).iter().map(|d| d.render(&script.sources, false)).collect();
            assert_eq!(shown, "");
        }
    }
}

/// Every combination of the answers that a script lets a person choose from; where anything may be answered, one answer.
fn all_answers(script: &Script) -> Vec<BTreeMap<String, String>> {
    let mut all = vec![BTreeMap::new()];
    let asked = script.front.ask.iter().map(|question| {
        let choices = match question.yes_no {
            true => vec!["yes".to_owned(), "no".to_owned()],
            false if question.one_of.is_empty() => vec!["Ada".to_owned()],
            false => question.one_of.clone(),
        };
        (question.name.value.clone(), choices)
    });
    for (name, choices) in asked {
        let with = |choice: &String| {
            all.iter()
                .cloned()
                .map(|mut answers: BTreeMap<String, String>| {
                    answers.insert(name.clone(), choice.clone());
                    answers
                })
                .collect::<Vec<_>>()
        };
        all = choices.iter().flat_map(with).collect();
    }
    all
}

#[test]
fn sessions_that_ship_are_planned_for_every_answer_and_for_none() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    let mut plans = 0;
    for part in ["", "parts", "templates"] {
        for entry in fs::read_dir(folder.join(part)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "md") {
                continue;
            }
            let script = load(&path, &Access::default()).unwrap().script;
            let mut heard = BTreeSet::new();
            let asked = all_answers(&script);
            for answers in asked.iter().cloned().chain([BTreeMap::new()]) {
                let settings = Settings { answers: answers.clone(), ..Settings::default() };
                let plan =
                    plan(&script, &settings).unwrap_or_else(|told| panic!("{}: {answers:?}: {told:?}", path.display()));
                assert!(plan.words() > 30, "{}: {answers:?}", path.display());
                heard.insert(plan.lines().map(|line| line.shown.as_str()).collect::<Vec<_>>().join(" "));
                plans += 1;
            }
            // Each combination of answers is heard.
            assert!(heard.len() >= asked.len(), "{}: {} of {}", path.display(), heard.len(), asked.len());
        }
    }
    assert!(plans > 30, "{plans}");
}
