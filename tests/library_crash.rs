//! Stops at any moment, and many processes at once.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by unwrapping it")]

mod common;

use common::{Desk, library::script, stderr};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::{
    collections::BTreeMap,
    fs,
    process::Stdio,
    time::{Duration, Instant},
};

fn number(variable: &str, usual: usize) -> usize {
    std::env::var(variable).ok().map_or(usual, |text| text.parse().unwrap())
}

/// What a person sees: sessions with their tags, lines of history, and what is in the trash.
#[derive(Debug, Clone, PartialEq)]
struct State {
    sessions: BTreeMap<String, Vec<String>>,
    heard: usize,
    trash: usize,
}

fn state(desk: &Desk) -> State {
    let list = desk.kept_json(&["list"]);
    assert_eq!(list["damaged"], serde_json::json!([]));
    let tags = |session: &serde_json::Value| {
        session["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap().to_owned()).collect()
    };
    let sessions = list["sessions"].as_array().unwrap().iter();
    State {
        sessions: sessions.map(|session| (session["slug"].as_str().unwrap().to_owned(), tags(session))).collect(),
        heard: desk.kept_json(&["history", "--limit", "100000"])["heard"].as_array().unwrap().len(),
        trash: fs::read_dir(desk.path("L/trash")).unwrap().count(),
    }
}

#[test]
fn a_stop_at_any_moment_loses_nothing_that_was_said_to_be_done() {
    let desk = Desk::new();
    let mut rng = StdRng::seed_from_u64(number("UNDERTONE_SEED", 1) as u64);
    for title in ["First", "Second", "Third"] {
        desk.add(title, "Rest.");
    }
    let mut known = state(&desk);
    let mut usual: BTreeMap<&str, Duration> = BTreeMap::new();
    let (mut stopped, mut before, mut after) = (0, 0, 0);
    let wanted = number("UNDERTONE_KILLS", 40);
    for round in 0.. {
        if stopped >= wanted {
            break;
        }
        let names: Vec<&String> = known.sessions.keys().collect();
        let any = names.get(rng.random_range(0..names.len().max(1))).map_or(String::new(), |name| (*name).clone());
        let (tag, title) = (format!("tag{round}"), format!("Session {round}"));
        let kind = ["add", "tag", "remove", "import", "heard"][rng.random_range(0..5)];
        let mut then = known.clone();
        let args: Vec<&str> = match kind {
            "add" => {
                desk.write("s.md", script(&title, "Rest."));
                then.sessions.insert(format!("session-{round}"), vec!["sea".to_owned()]);
                vec!["add", "s.md", "-q"]
            }
            "import" => {
                // A session that is here already would be taken for itself, also under another name.
                desk.write("m.md", script(&format!("Carried {round}"), "Rest."));
                desk.good(&["library", "--library", "M", "add", "m.md", "-q"]);
                drop(fs::remove_file(desk.path("M.zip")));
                desk.good(&["library", "--library", "M", "export", "M.zip"]);
                fs::remove_dir_all(desk.path("M")).unwrap();
                then.sessions.insert(format!("carried-{round}"), vec!["sea".to_owned()]);
                vec!["import", "M.zip"]
            }
            _ if any.is_empty() => continue,
            "tag" => {
                then.sessions.get_mut(&any).unwrap().push(tag.clone());
                vec!["tag", &any, &tag]
            }
            "remove" => {
                then.sessions.remove(&any);
                then.trash += 1;
                vec!["remove", &any]
            }
            _ => {
                then.heard += 1;
                vec!["heard", &any]
            }
        };
        let mut command = desk.command(&[&["library", "--library", "L"], &args[..]].concat());
        let began = Instant::now();
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        // The first of its kind is not stopped, and says how long it takes.
        if let Some(usual) = usual.get(kind) {
            let moment = usual.mul_f64(rng.random_range(0.0..1.2));
            while began.elapsed() < moment && child.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_micros(50));
            }
            child.kill().unwrap();
        }
        let output = child.wait_with_output().unwrap();
        let took = began.elapsed();
        let found = state(&desk);
        match output.status.code() {
            Some(0) => {
                usual.entry(kind).or_insert(took);
                assert_eq!(found, then, "{kind} said that it was done");
            }
            None => {
                stopped += 1;
                assert!(found == known || found == then, "{kind} was stopped: {known:?}, {then:?}, {found:?}");
                if found == then { after += 1 } else { before += 1 }
            }
            Some(_) => panic!("{kind}: {}", stderr(&output)),
        }
        known = found;
    }
    // Whatever was left lying is swept by the next change, and no lock stays.
    desk.add("Last", "Rest.");
    assert_eq!(fs::read_dir(desk.path("L/.work")).unwrap().count(), 0);
    desk.kept(&["check"]);
    eprintln!("{stopped} stopped: {before} before, {after} after they had done their work");
}

#[test]
fn an_export_that_is_stopped_leaves_nothing_once_another_is_made() {
    let desk = Desk::new();
    desk.add("First", "Rest.");
    fs::create_dir(desk.path("out")).unwrap();
    let strays = || {
        let names = fs::read_dir(desk.path("out")).unwrap().flatten().map(|entry| entry.file_name());
        names.filter(|name| name.to_string_lossy().starts_with('.')).count()
    };
    let whole = desk.path("out/whole.zip");
    for _ in 0..200 {
        let mut command = desk.command(&["library", "--library", "L", "export", whole.to_str().unwrap()]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while strays() == 0 && child.try_wait().unwrap().is_none() {}
        child.kill().unwrap();
        child.wait().unwrap();
        if strays() > 0 {
            break;
        }
        fs::remove_file(&whole).unwrap();
    }
    assert_ne!(strays(), 0);
    desk.kept(&["export", desk.path("out/another").to_str().unwrap()]);
    assert_eq!(strays(), 0);
    assert!(desk.path("out/another/undertone.toml").exists());
}

#[test]
fn eight_processes_add_at_once_and_every_session_is_there() {
    let desk = Desk::new();
    let each = number("UNDERTONE_ADDS", 4);
    std::thread::scope(|scope| {
        for worker in 0..8 {
            let desk = &desk;
            scope.spawn(move || {
                let name = format!("{worker}.md");
                // All of one title: the names have to be shared out.
                desk.write(&name, script("Rest", &format!("Rest, number {worker}.")));
                for _ in 0..each {
                    desk.kept(&["add", &name, "-q"]);
                    desk.kept(&["list"]);
                }
            });
        }
    });
    let listed = desk.listed(&[]);
    assert_eq!(listed.len(), 8 * each);
    assert_eq!(fs::read_dir(desk.path("L/sessions")).unwrap().count(), 8 * each);
    assert!(listed.contains(&format!("rest-{}", 8 * each)));
    desk.kept(&["check"]);
}

#[test]
fn processes_that_change_one_session_at_once_lose_no_change() {
    let desk = Desk::new();
    desk.add("Rest", "Rest.");
    std::thread::scope(|scope| {
        for worker in 0..4 {
            let desk = &desk;
            scope.spawn(move || {
                for tag in 0..8 {
                    desk.kept(&["tag", "rest", &format!("{worker}-{tag}")]);
                    desk.kept(&["heard", "rest"]);
                }
            });
        }
    });
    assert_eq!(desk.kept_json(&["show", "rest"])["tags"].as_array().unwrap().len(), 33);
    assert_eq!(desk.kept_json(&["history", "--limit", "100"])["heard"].as_array().unwrap().len(), 32);
    desk.kept(&["check"]);
}
