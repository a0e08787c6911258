//! Text cut into words, digits, spaces and marks, and rules that put other words in their place.

use crate::plan::{Piece, Said};

/// What a token is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters, with apostrophes between them.
    Word,
    /// `0` to `9`.
    Digits,
    /// White space.
    Space,
    /// One character of anything else.
    Mark,
    /// Sounds: what stands in `text` is phonemes.
    Ipa,
}

/// A part of an utterance that no rule looks inside of.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    /// As written, or phonemes.
    pub(super) text: String,
    /// What it is made of.
    pub(super) kind: Kind,
    /// As in the piece it comes from.
    pub(super) stretch: f32,
    /// Whether it is said as it stands, whatever the rules are.
    pub(super) fixed: bool,
}

impl Token {
    /// Whether it is this one character.
    pub(super) fn is_mark(&self, mark: char) -> bool {
        self.kind == Kind::Mark && self.text.starts_with(mark)
    }

    /// Whether it is one of these characters.
    pub(super) fn is_one_of(&self, marks: &[char]) -> bool {
        self.kind == Kind::Mark && self.text.starts_with(marks)
    }

    /// Whether letters or digits or sounds stand here.
    pub(super) fn is_wordlike(&self) -> bool {
        matches!(self.kind, Kind::Word | Kind::Digits | Kind::Ipa)
    }

    /// Whether it is a word that is written like this, without case.
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }
}

/// What a rule puts in the place of tokens.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Change {
    /// How many tokens go, at least one.
    pub(super) taken: usize,
    /// What comes.
    pub(super) said: Vec<Said>,
}

impl Change {
    /// Words in the place of `taken` tokens.
    pub(super) fn words(taken: usize, words: impl Into<String>) -> Self {
        Self { taken, said: vec![Said::Words(words.into())] }
    }

    /// Sounds in the place of `taken` tokens.
    pub(super) fn ipa(taken: usize, ipa: impl Into<String>) -> Self {
        Self { taken, said: vec![Said::Ipa(ipa.into())] }
    }
}

/// A view of the tokens from one place on; the places before it can be seen too.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    /// All tokens.
    pub(super) tokens: &'a [Token],
    /// Where the rule is asked.
    pub(super) index: usize,
}

impl<'a> At<'a> {
    /// The token so many places on.
    pub(super) fn get(self, offset: usize) -> Option<&'a Token> {
        self.tokens.get(self.index + offset).filter(|token| !token.fixed)
    }

    /// The same, moved on.
    pub(super) fn on(self, offset: usize) -> Self {
        Self { index: self.index + offset, ..self }
    }

    /// The token just before this place.
    pub(super) fn before(self) -> Option<&'a Token> {
        self.index.checked_sub(1).and_then(|i| self.tokens.get(i))
    }

    /// The last word before this place when only white space and opening marks stand between.
    pub(super) fn word_before(self) -> Option<&'a str> {
        let token = self.tokens[..self.index].iter().rev().find(|t| t.kind != Kind::Space)?;
        matches!(token.kind, Kind::Word | Kind::Digits).then_some(token.text.as_str())
    }

    /// Whether no letter or digit is joined to this place from the left.
    pub(super) fn starts_word(self) -> bool {
        !self.before().is_some_and(Token::is_wordlike)
    }

    /// Whether no letter or digit follows directly.
    pub(super) fn ends_word(self, offset: usize) -> bool {
        !self.tokens.get(self.index + offset).is_some_and(Token::is_wordlike)
    }

    /// The mark so many places on.
    pub(super) fn mark(self, offset: usize, mark: char) -> bool {
        self.get(offset).is_some_and(|t| t.is_mark(mark))
    }

    /// The word so many places on.
    pub(super) fn word(self, offset: usize) -> Option<&'a str> {
        self.get(offset).filter(|t| t.kind == Kind::Word).map(|t| t.text.as_str())
    }

    /// The digits so many places on.
    pub(super) fn digits(self, offset: usize) -> Option<&'a str> {
        self.get(offset).filter(|t| t.kind == Kind::Digits).map(|t| t.text.as_str())
    }

    /// One more than `offset` when white space stands there.
    pub(super) fn skip_space(self, offset: usize) -> usize {
        offset + usize::from(self.tokens.get(self.index + offset).is_some_and(|t| t.kind == Kind::Space))
    }

    /// The next word when nothing but at most one space stands before it.
    pub(super) fn next_word(self, offset: usize) -> Option<&'a str> {
        self.word(self.skip_space(offset))
    }

    /// Whether a sentence ends at this place: nothing follows, or a space and a capital.
    pub(super) fn sentence_ends(self, offset: usize) -> bool {
        let rest = &self.tokens[(self.index + offset).min(self.tokens.len())..];
        match rest.iter().find(|t| !t.is_one_of(&['"', '\'', ')', ']'])) {
            None => true,
            Some(first) if first.kind == Kind::Space => rest
                .iter()
                .find(|t| t.is_wordlike())
                .is_none_or(|t| t.kind == Kind::Word && t.text.starts_with(char::is_uppercase)),
            Some(first) => first.is_one_of(&['?', '!']),
        }
    }
}

/// Cuts text into tokens; joined together they are the text again.
pub(super) fn cut(text: &str, stretch: f32, fixed: bool, tokens: &mut Vec<Token>) {
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (kind, length) = if first.is_ascii_digit() {
            (Kind::Digits, rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()))
        } else if first.is_whitespace() {
            (Kind::Space, rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len()))
        } else if is_letter(first) {
            (Kind::Word, word_length(rest))
        } else {
            (Kind::Mark, first.len_utf8())
        };
        tokens.push(Token { text: rest[..length].to_owned(), kind, stretch, fixed });
        rest = &rest[length..];
    }
}

/// Letters, and marks that are drawn over them.
fn is_letter(c: char) -> bool {
    c.is_alphabetic() && !matches!(c, 'º' | 'ª') || matches!(c, '\u{300}'..='\u{36F}')
}

fn word_length(text: &str) -> usize {
    let mut end = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let joins = matches!(c, '\'' | '’') && chars.peek().is_some_and(|&(_, next)| is_letter(next));
        if !is_letter(c) && !joins {
            break;
        }
        end = at + c.len_utf8();
    }
    end
}

/// The tokens of pieces.
pub(super) fn tokens_of(pieces: &[Piece]) -> Vec<Token> {
    let mut tokens = Vec::new();
    for piece in pieces {
        match &piece.said {
            Said::Words(words) => cut(words, piece.stretch, false, &mut tokens),
            Said::Ipa(ipa) => {
                tokens.push(Token { text: ipa.clone(), kind: Kind::Ipa, stretch: piece.stretch, fixed: true });
            }
        }
    }
    tokens
}

/// Pieces again; words that are said in one way are one piece.
pub(super) fn pieces_of(tokens: Vec<Token>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for token in tokens {
        if token.kind == Kind::Ipa {
            pieces.push(Piece { said: Said::Ipa(token.text), stretch: token.stretch });
            continue;
        }
        match pieces.last_mut() {
            Some(Piece { said: Said::Words(words), stretch }) if stretch.to_bits() == token.stretch.to_bits() => {
                words.push_str(&token.text);
            }
            _ => pieces.push(Piece { said: Said::Words(token.text), stretch: token.stretch }),
        }
    }
    pieces
}

/// Asks `rule` at each token that is not fixed, from left to right, and puts what it says in its place. What came from a
/// rule is fixed: later rules leave it alone.
pub(super) fn rewrite(tokens: &[Token], rule: impl Fn(At<'_>) -> Option<Change>) -> Vec<Token> {
    let mut out = Vec::with_capacity(tokens.len());
    let mut index = 0;
    while index < tokens.len() {
        let token = &tokens[index];
        let change = if token.fixed { None } else { rule(At { tokens, index }) };
        if let Some(change) = change {
            for said in change.said {
                match said {
                    Said::Words(words) => cut(&words, token.stretch, true, &mut out),
                    Said::Ipa(text) => out.push(Token { text, kind: Kind::Ipa, stretch: token.stretch, fixed: true }),
                }
            }
            index += change.taken.max(1);
        } else {
            out.push(token.clone());
            index += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        let mut tokens = Vec::new();
        cut(text, 1.0, false, &mut tokens);
        tokens.into_iter().map(|t| t.text).collect()
    }

    #[test]
    fn words_keep_the_apostrophes_between_their_letters() {
        assert_eq!(texts("don't stop 'now'"), ["don't", " ", "stop", " ", "'", "now", "'"]);
    }

    #[test]
    fn digits_and_letters_are_told_apart() {
        assert_eq!(texts("21st, 5km"), ["21", "st", ",", " ", "5", "km"]);
    }

    #[test]
    fn what_was_cut_and_joined_is_the_same_text() {
        let text = "Naïve — “quoted” 3½ 🌙 cafe\u{301}";
        assert_eq!(texts(text).concat(), text);
    }
}
