//! Answers: from the command line, from a person's file, and from the person.

use super::{ScriptArgs, Talk, VoiceArgs};
use std::{
    collections::BTreeMap,
    fs,
    io::{self, BufRead, IsTerminal, Write},
    path::Path,
};
use undertone::{
    error::Error,
    plan::Settings,
    script::{Question, Script, answers, diagnostic::Diagnostic},
    session::{Prepared, Studio, read},
};

/// Reads and checks a script. What is still open is asked for when a person is there.
pub(super) fn prepare(studio: &Studio, path: &Path, asked: &ScriptArgs, voice: &VoiceArgs) -> Result<Prepared, Error> {
    let (script, remarks) = read(path, &studio.access)?;
    prepare_script(studio, script, remarks, path, asked, voice)
}

/// The same for a script that was read, and the remarks on it.
pub(super) fn prepare_script(
    studio: &Studio,
    script: Script,
    remarks: Vec<Diagnostic>,
    path: &Path,
    asked: &ScriptArgs,
    voice: &VoiceArgs,
) -> Result<Prepared, Error> {
    let settings = answered(&script, asked, voice)?;
    let mut prepared = studio.prepare_script(script, path, &settings)?;
    prepared.remarks.splice(..0, remarks);
    Ok(prepared)
}

/// What is asked for beside a script, with the answers that a person gives now.
pub(super) fn answered(script: &Script, asked: &ScriptArgs, voice: &VoiceArgs) -> Result<Settings, Error> {
    let mut settings = settings(script, asked, voice)?;
    complete(script, asked, &mut settings);
    Ok(settings)
}

/// Asks for what is still open, when a person is there.
pub(super) fn complete(script: &Script, asked: &ScriptArgs, settings: &mut Settings) {
    if !asked.no_input && io::stdin().is_terminal() && io::stderr().is_terminal() {
        Talk::asking(true);
        ask(script, settings, &mut io::stdin().lock(), &mut io::stderr());
        Talk::asking(false);
    }
}

/// What the arguments and the person's file say for one script. Answers that it does not use are other scripts'.
pub(super) fn settings(script: &Script, asked: &ScriptArgs, voice: &VoiceArgs) -> Result<Settings, Error> {
    let mut settings = asked.settings(voice);
    if let Some(path) = &asked.person {
        let used = answers(script);
        for (name, answer) in person(path)? {
            let known = used.contains(name.as_str()) || script.front.ask.iter().any(|q| q.name.value == name);
            if known {
                settings.answers.entry(name).or_insert(answer);
            }
        }
    }
    Ok(settings)
}

/// A person's answers: `name = "Ada"`, one a line.
fn person(path: &Path) -> Result<BTreeMap<String, String>, Error> {
    let bad = |message: String| Error::Request {
        message: format!("cannot take answers from {}: {message}", path.display()),
        help: "write it as lines such as name = \"Ada\"".to_owned(),
    };
    let text = fs::read_to_string(path).map_err(|error| bad(error.to_string()))?;
    let table: toml::Table = toml::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error: toml::de::Error| bad(error.message().to_owned()))?;
    let mut answers = BTreeMap::new();
    for (name, value) in table {
        let answer = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Float(number) => number.to_string(),
            toml::Value::Boolean(yes) => if yes { "yes" } else { "no" }.to_owned(),
            _ => return Err(bad(format!("\"{name}\" is not one answer"))),
        };
        answers.insert(name, answer);
    }
    Ok(answers)
}

/// How often a question is asked again.
const TRIES: usize = 3;

/// Asks what has neither an answer nor a default.
fn ask(script: &Script, settings: &mut Settings, input: &mut impl BufRead, out: &mut impl Write) {
    for question in &script.front.ask {
        let name = &question.name.value;
        if question.default.is_some() || settings.answers.contains_key(name) {
            continue;
        }
        for _ in 0..TRIES {
            let choices = match (question.yes_no, question.one_of.is_empty()) {
                (true, _) => " (yes or no)".to_owned(),
                (false, true) => String::new(),
                (false, false) => format!(" ({})", question.one_of.join(", ")),
            };
            let _ = write!(out, "{}{choices} ", question.say).and_then(|()| out.flush());
            let mut line = String::new();
            if !matches!(input.read_line(&mut line), Ok(1..)) {
                let _ = writeln!(out);
                return;
            }
            let answer = line.trim();
            if fits(question, answer) {
                settings.answers.insert(name.clone(), answer.to_owned());
                break;
            }
        }
    }
}

fn fits(question: &Question, answer: &str) -> bool {
    let lower = answer.to_lowercase();
    let listed = question.one_of.is_empty() || question.one_of.iter().any(|option| option.to_lowercase() == lower);
    let yes_no = matches!(lower.as_str(), "yes" | "y" | "true" | "on" | "1" | "no" | "n" | "false" | "off" | "0");
    !answer.is_empty() && listed && (!question.yes_no || yes_no)
}

#[cfg(test)]
mod tests {
    use super::*;
    use undertone::script::parse;

    const SCRIPT: &str = "---\nask:\n  name: { say: \"Your name?\" }\n  mood: { say: \"Mood?\", one_of: [calm, tired] }\n  \
                          city: { say: \"City?\", default: Ghent }\n---\n{{name}}, {{mood}}, {{city}}.\n";

    fn asked(typed: &str, given: &[(&str, &str)]) -> (BTreeMap<String, String>, String) {
        let script = parse(Path::new("s.md"), SCRIPT).script;
        let answers = given.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let mut settings = Settings { answers, ..Settings::default() };
        let mut out = Vec::new();
        ask(&script, &mut settings, &mut typed.as_bytes(), &mut out);
        (settings.answers, String::from_utf8(out).unwrap())
    }

    #[test]
    fn only_questions_without_answer_and_default_are_asked() {
        let (answers, said) = asked("tired\n", &[("name", "Ada")]);
        assert_eq!(said, "Mood? (calm, tired) ");
        assert_eq!(answers["mood"], "tired");
        assert!(!answers.contains_key("city"));
    }

    #[test]
    fn an_answer_that_is_not_allowed_is_asked_for_again() {
        let (answers, said) = asked("Ada\nangry\nCalm\n", &[]);
        assert_eq!(said, "Your name? Mood? (calm, tired) Mood? (calm, tired) ");
        assert_eq!(answers["name"], "Ada");
        assert_eq!(answers["mood"], "Calm");
    }

    #[test]
    fn the_end_of_the_input_ends_the_questions() {
        let (answers, said) = asked("", &[]);
        assert_eq!(said, "Your name? \n");
        assert!(answers.is_empty());
    }
}
