//! Splits what is said into clauses, at the marks at which espeak-ng ends one.

use crate::plan::{Piece, Said};

/// Abbreviations whose dot ends nothing.
const ABBREVIATIONS: [&str; 8] = ["dr", "mr", "mrs", "ms", "prof", "st", "vs", "jr"];

/// A part of a clause, from one piece.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    /// Text for espeak-ng, every run of white space one space.
    Words { text: String, stretch: f32 },
    /// Sounds as given.
    Ipa { text: String, stretch: f32 },
}

/// How a clause ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// With `,`, `;` or `:`; the sentence goes on.
    Clause(char),
    /// With `.`, `?` or `!`.
    Sentence(char),
    /// Without a mark.
    Text,
}

/// What is said in one breath.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Clause {
    pub(super) parts: Vec<Part>,
    pub(super) end: End,
}

/// A character of a piece of words, or a whole piece of sounds.
enum Token<'a> {
    Char(char, f32),
    Sounds(&'a str, f32),
}

impl Token<'_> {
    fn char(&self) -> Option<char> {
        match self {
            Self::Char(c, _) => Some(*c),
            Self::Sounds(..) => None,
        }
    }
}

/// Splits pieces into clauses. A clause may go over several pieces.
pub(super) fn split(pieces: &[Piece]) -> Vec<Clause> {
    let mut tokens = Vec::new();
    for piece in pieces {
        match &piece.said {
            Said::Words(text) => tokens.extend(text.chars().map(|c| Token::Char(plain(c), piece.stretch))),
            Said::Ipa(sounds) => tokens.push(Token::Sounds(sounds, piece.stretch)),
        }
    }
    let mut clauses = Vec::new();
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if let Some((end, next)) = boundary(&tokens, at) {
            clauses.push(Clause { parts: std::mem::take(&mut parts), end });
            at = next;
            continue;
        }
        match token {
            Token::Char(c, stretch) => push(&mut parts, *c, *stretch),
            Token::Sounds(text, stretch) => parts.push(Part::Ipa { text: (*text).to_owned(), stretch: *stretch }),
        }
        at += 1;
    }
    if !parts.is_empty() {
        clauses.push(Clause { parts, end: End::Text });
    }
    clauses
}

/// White space and what espeak-ng must not see as one space; the rest as it is.
///
/// A dash stands between words, and so do brackets and quotation marks; espeak-ng would end a clause at some of them.
fn plain(c: char) -> char {
    match c {
        '—' | '–' | '―' | '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>' | '"' | '“' | '”' | '«' | '»' | '„' => {
            ' '
        }
        '’' | '‘' => '\'',
        c if c.is_whitespace() || c.is_control() => ' ',
        c => c,
    }
}

fn push(parts: &mut Vec<Part>, c: char, stretch: f32) {
    match parts.last_mut() {
        Some(Part::Words { text, stretch: last }) if last.to_bits() == stretch.to_bits() => {
            if c != ' ' || !text.ends_with(' ') {
                text.push(c);
            }
        }
        _ => parts.push(Part::Words { text: c.to_string(), stretch }),
    }
}

fn is_mark(c: char) -> bool {
    matches!(c, ',' | ';' | ':' | '.' | '?' | '!' | '…')
}

/// Whether a clause ends at a token: how, and where the next begins.
///
/// The first mark of several decides, as in espeak-ng: "n.:" ends a sentence.
fn boundary(tokens: &[Token], at: usize) -> Option<(End, usize)> {
    let mark = tokens[at].char().filter(|c| is_mark(*c))?;
    let run: String = tokens[at..].iter().map_while(|token| token.char().filter(|c| is_mark(*c))).collect();
    let mut next = at + run.chars().count();
    while let Some('\'') = tokens.get(next).and_then(Token::char) {
        let behind = tokens.get(next + 1).and_then(Token::char);
        if behind.is_some_and(char::is_alphanumeric) {
            break;
        }
        next += 1;
    }
    let behind = tokens.get(next).and_then(Token::char);
    let within_word = behind.is_some_and(|c| c != ' ');
    if within_word && !(matches!(mark, ',' | ';') && behind.is_some_and(char::is_alphabetic)) {
        return None;
    }
    let following = tokens[next..].iter().find(|token| token.char() != Some(' '));
    if mark == '…' || run.starts_with("...") {
        // Something trails off: a voice reads a comma so. At the end Piper writes nothing.
        return Some((if following.is_some() { End::Clause(',') } else { End::Text }, next));
    }
    if mark == '.' && run == "." && following.is_some() {
        let lower = following.and_then(Token::char).is_some_and(char::is_lowercase);
        if lower || abbreviated(&tokens[..at]) {
            return None;
        }
    }
    Some((if matches!(mark, '.' | '?' | '!') { End::Sentence(mark) } else { End::Clause(mark) }, next))
}

/// Whether an abbreviation stands at the end.
fn abbreviated(before: &[Token]) -> bool {
    let mut word: Vec<char> =
        before.iter().rev().map_while(|token| token.char().filter(|c| c.is_alphabetic())).take(6).collect();
    word.reverse();
    ABBREVIATIONS.contains(&word.into_iter().collect::<String>().to_lowercase().as_str())
}
