//! Texts as they are searched: without case, accents and punctuation.

use crate::script::{Direction, Inline, Node, Script, Spanned};
use std::{collections::BTreeMap, fmt::Write as _};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A text as words with one space before, between and behind them: lower-case, letters without their marks.
pub(super) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(' ');
    let push = |out: &mut String, c: char| {
        if c.is_alphanumeric() {
            match c {
                'ß' => out.push_str("ss"),
                'æ' => out.push_str("ae"),
                'œ' => out.push_str("oe"),
                'ø' => out.push('o'),
                'đ' | 'ð' => out.push('d'),
                'ł' => out.push('l'),
                'þ' => out.push_str("th"),
                'ı' => out.push('i'),
                c => out.push(c),
            }
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    };
    if text.is_ascii() {
        text.bytes().for_each(|b| {
            // What stands between letters of one word belongs to it.
            if b != b'\'' {
                push(&mut out, char::from(b.to_ascii_lowercase()));
            }
        });
    } else {
        let letters = text.nfkd().filter(|c| !is_combining_mark(*c) && !matches!(c, '\'' | '’' | '\u{ad}'));
        letters.flat_map(char::to_lowercase).filter(|c| !is_combining_mark(*c)).for_each(|c| push(&mut out, c));
    }
    if !out.ends_with(' ') {
        out.push(' ');
    }
    out
}

/// What a script says, a paragraph a line, with a person's answers in their places.
pub(super) fn spoken(script: &Script, answers: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let defaults = script.front.ask.iter().filter_map(|ask| Some((ask.name.value.clone(), ask.default.clone()?)));
    let answers = defaults.chain(answers.clone()).collect();
    nodes(&script.body, &answers, &mut out);
    let lines = out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

fn nodes(body: &[Node], answers: &BTreeMap<String, String>, out: &mut String) {
    for node in body {
        match node {
            Node::Heading { text, .. } => {
                out.push('\n');
                inlines(text, answers, out);
                out.push('\n');
            }
            Node::Text(text) => {
                inlines(text, answers, out);
                out.push(' ');
            }
            Node::Direction(Spanned { value: Direction::Count { text: Some(text), .. }, .. }) => {
                inlines(text, answers, out);
                out.push('\n');
            }
            Node::Direction(_) => {}
            Node::ParagraphEnd => out.push('\n'),
            Node::Repeat { body, .. } | Node::Include { body, .. } => nodes(body, answers, out),
            Node::If { arms, otherwise, .. } => {
                arms.iter().for_each(|(_, body)| nodes(body, answers, out));
                nodes(otherwise, answers, out);
            }
            Node::Choose { options, .. } => options.iter().for_each(|body| nodes(body, answers, out)),
        }
    }
}

fn inlines(text: &[Inline], answers: &BTreeMap<String, String>, out: &mut String) {
    for inline in text {
        match inline {
            Inline::Words(words) => out.push_str(&words.value),
            Inline::Answer { name, default } => {
                let answer = answers.get(&name.value).or(default.as_ref());
                let _ = write!(out, "{}", answer.map_or("", String::as_str));
            }
            Inline::Emphasis { content, .. } => inlines(content, answers, out),
            Inline::Say { shown, .. } | Inline::Phonemes { shown, .. } => out.push_str(&shown.value),
        }
    }
}

/// Sentences of a text, for showing one of them.
pub(super) fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| {
        line.split_inclusive(['.', '!', '?', '…', '。', '！', '？'])
            .map(str::trim)
            .filter(|sentence| !sentence.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::parse;
    use std::path::Path;

    #[test]
    fn words_are_compared_without_case_accents_and_punctuation() {
        assert_eq!(fold("Don’t  worry: ÉCOLE, Straße!"), " dont worry ecole strasse ");
        assert_eq!(fold("don't"), " dont ");
        assert_eq!(fold(""), " ");
    }

    #[test]
    fn what_is_said_is_read_with_its_answers() {
        let text = "# Rest\nWelcome, {{name|friend}}.\n[pause 2s]\nLet *go*.\n\n[if sea]The tide.[end]\n";
        let script = parse(Path::new("s.md"), text).script;
        let answers = BTreeMap::from([("name".to_owned(), "Ada".to_owned())]);
        let said = spoken(&script, &answers);
        assert_eq!(said, "Rest\nWelcome, Ada. Let go.\nThe tide.");
        assert_eq!(sentences(&said).collect::<Vec<_>>(), ["Rest", "Welcome, Ada.", "Let go.", "The tide."]);
    }
}
