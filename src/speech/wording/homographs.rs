//! Words that are written alike and sound different. A table says which sound is meant: each row asks for words beside
//! the homograph, the last rows of a word for its part of speech. The tagger is loaded when a row asks for it first.

use super::tokens::{Kind, Token};
use misaki_rs::spacy_tagger::Tagger;
use std::{
    cell::OnceCell,
    collections::HashMap,
    sync::{LazyLock, OnceLock},
};

/// The part of speech of every token, by spaCy's model of English (tags of the Penn Treebank).
static TAGGER: OnceLock<Tagger> = OnceLock::new();

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::parse(include_str!("data/homographs.tsv")));

/// A pause, or the edge of the utterance, where a neighbour is asked for.
const BOUNDARY: &str = "|";
/// What stands for sounds among words.
const SOUNDS: &str = "~";

#[derive(Debug, Default)]
struct Table {
    rows: HashMap<&'static str, Vec<Row>>,
}

#[derive(Debug)]
struct Row {
    /// Phonemes, or nothing: espeak-ng says it right by itself.
    ipa: Option<&'static str>,
    terms: Vec<Term>,
    /// A sentence that this row decides, for the test of the table.
    #[cfg_attr(not(test), expect(dead_code, reason = "only the test of the table reads it"))]
    example: &'static str,
}

#[derive(Debug)]
enum Term {
    /// The word so many places away is one of these, or none of these.
    Near { offset: isize, wanted: Wanted, holds: bool },
    /// One of these stands anywhere.
    Any(Wanted),
    /// The word's tag is one of these.
    Tag(Vec<&'static str>),
}

/// Words, and endings of words.
#[derive(Debug, Default)]
struct Wanted {
    words: Vec<&'static str>,
    endings: Vec<&'static str>,
}

impl Wanted {
    fn parse(list: &'static str, classes: &HashMap<&'static str, &'static str>) -> Self {
        let mut wanted = Self::default();
        for item in list.split(',') {
            if let Some(members) = classes.get(item) {
                let inner = Self::parse(members, classes);
                wanted.words.extend(inner.words);
                wanted.endings.extend(inner.endings);
            } else if let Some(ending) = item.strip_prefix('*') {
                wanted.endings.push(ending);
            } else {
                wanted.words.push(item);
            }
        }
        wanted
    }

    fn has(&self, word: &str) -> bool {
        self.words.contains(&word) || self.endings.iter().any(|e| word.len() > e.len() && word.ends_with(e))
    }
}

impl Table {
    fn parse(text: &'static str) -> Self {
        let mut table = Self::default();
        let mut classes = HashMap::new();
        for row in super::rows(text) {
            match row.as_slice() {
                [name, members] if name.starts_with('$') => {
                    classes.insert(*name, *members);
                }
                [word, ipa, when, example] => {
                    table.rows.entry(*word).or_default().push(Row {
                        ipa: (*ipa != "=").then_some(*ipa),
                        terms: when.split(' ').filter_map(|term| Term::parse(term, &classes)).collect(),
                        example,
                    });
                }
                _ => {}
            }
        }
        table
    }
}

impl Term {
    /// `-1=to,will`, `+1!$det`, `any=water`, `tag=VB,VBP`; `*` is no term: it always holds.
    fn parse(term: &'static str, classes: &HashMap<&'static str, &'static str>) -> Option<Self> {
        let at = term.find(['=', '!'])?;
        let (left, list) = (&term[..at], &term[at + 1..]);
        match left {
            "tag" => Some(Self::Tag(list.split(',').collect())),
            "any" => Some(Self::Any(Wanted::parse(list, classes))),
            _ => Some(Self::Near {
                offset: left.parse().ok()?,
                wanted: Wanted::parse(list, classes),
                holds: term.as_bytes()[at] == b'=',
            }),
        }
    }
}

/// The words of an utterance with the pauses between them.
struct Context<'a> {
    tokens: &'a [Token],
    /// In lower case, with [`BOUNDARY`] where a mark stands.
    items: Vec<String>,
    /// The token of each item.
    places: Vec<usize>,
    tags: OnceCell<Vec<String>>,
}

impl<'a> Context<'a> {
    fn of(tokens: &'a [Token]) -> Self {
        let (mut items, mut places): (Vec<String>, Vec<usize>) = (Vec::new(), Vec::new());
        for (place, token) in tokens.iter().enumerate() {
            let item = match token.kind {
                Kind::Word | Kind::Digits => token.text.to_lowercase(),
                Kind::Ipa => SOUNDS.to_owned(),
                Kind::Mark if token.is_mark('\'') => continue,
                Kind::Mark if token.is_mark('-') => "-".to_owned(),
                Kind::Mark => BOUNDARY.to_owned(),
                Kind::Space => continue,
            };
            items.push(item);
            places.push(place);
        }
        Self { tokens, items, places, tags: OnceCell::new() }
    }

    /// The word `offset` places from `at`; nothing behind a pause is seen.
    fn near(&self, at: usize, offset: isize) -> &str {
        let mut place = at;
        for _ in 0..offset.unsigned_abs() {
            let next = place.checked_add_signed(offset.signum());
            match next.and_then(|n| self.items.get(n).map(|item| (n, item))) {
                Some((n, item)) if item != BOUNDARY => place = n,
                _ => return BOUNDARY,
            }
        }
        &self.items[place]
    }

    /// The first row of the table that holds for the item at this place.
    fn choose(&self, at: usize) -> Option<&'static Row> {
        TABLE.rows.get(self.items[at].as_str())?.iter().find(|row| {
            row.terms.iter().all(|term| match term {
                Term::Near { offset, wanted, holds } => wanted.has(self.near(at, *offset)) == *holds,
                Term::Any(wanted) => self.items.iter().any(|item| wanted.has(item)),
                Term::Tag(tags) => self.tag(at).is_some_and(|tag| tags.contains(&tag)),
            })
        })
    }

    fn tag(&self, at: usize) -> Option<&str> {
        let tags = self.tags.get_or_init(|| self.tag_all());
        self.places.get(at).and_then(|place| tags.get(*place)).map(String::as_str)
    }

    /// One tag for each of the tokens, empty for white space.
    fn tag_all(&self) -> Vec<String> {
        let mut input: Vec<(String, String, bool)> = Vec::new();
        let mut owners = Vec::new();
        for (place, token) in self.tokens.iter().enumerate() {
            let spaced = self.tokens.get(place + 1).is_none_or(|next| next.kind == Kind::Space);
            match token.kind {
                Kind::Space => {}
                // Sounds are mostly names of practices.
                Kind::Ipa => {
                    input.push(("yoga".to_owned(), "yoga".to_owned(), spaced));
                    owners.push(place);
                }
                Kind::Mark | Kind::Digits => {
                    input.push((token.text.clone(), token.text.clone(), spaced));
                    owners.push(place);
                }
                Kind::Word => {
                    let (stem, ending) = contraction(&token.text);
                    input.push((stem.to_owned(), stem.to_lowercase(), spaced && ending.is_none()));
                    owners.push(place);
                    if let Some((ending, norm)) = ending {
                        input.push((ending.to_owned(), norm.to_owned(), spaced));
                        owners.push(usize::MAX);
                    }
                }
            }
        }
        let mut tags = vec![String::new(); self.tokens.len()];
        for (tag, owner) in TAGGER.get_or_init(Tagger::load).tag(&input).into_iter().zip(owners) {
            if let Some(place) = tags.get_mut(owner) {
                tag.clone_into(place);
            }
        }
        tags
    }
}

/// A word without what is contracted to it, and that ending with its full form: the tagger takes them apart.
fn contraction(word: &str) -> (&str, Option<(&str, &'static str)>) {
    const ENDINGS: [(&str, &str); 7] =
        [("n't", "not"), ("'s", "'s"), ("'re", "are"), ("'ll", "will"), ("'ve", "have"), ("'d", "would"), ("'m", "am")];
    ENDINGS
        .into_iter()
        .find_map(|(ending, norm)| {
            let at = word.len().checked_sub(ending.len()).filter(|at| *at > 0 && word.is_char_boundary(*at))?;
            word[at..].eq_ignore_ascii_case(ending).then(|| (&word[..at], Some((&word[at..], norm))))
        })
        .unwrap_or((word, None))
}

/// Puts sounds in the place of homographs that espeak-ng might say wrongly here.
pub(super) fn read(tokens: Vec<Token>) -> Vec<Token> {
    let known = |t: &Token| t.kind == Kind::Word && !t.fixed && TABLE.rows.contains_key(t.text.to_lowercase().as_str());
    if !tokens.iter().any(known) {
        return tokens;
    }
    let mut said: Vec<(usize, &'static str)> = Vec::new();
    let context = Context::of(&tokens);
    for (item, &place) in context.places.iter().enumerate() {
        let joined = |other: Option<usize>| other.and_then(|i| tokens.get(i)).is_some_and(Token::is_wordlike);
        if known(&tokens[place])
            && !joined(place.checked_sub(1))
            && !joined(Some(place + 1))
            && let Some(ipa) = context.choose(item).and_then(|row| row.ipa)
        {
            said.push((place, ipa));
        }
    }
    let mut tokens = tokens;
    for (place, ipa) in said {
        ipa.clone_into(&mut tokens[place].text);
        tokens[place].kind = Kind::Ipa;
        tokens[place].fixed = true;
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_decides_its_example() {
        let mut wrong = Vec::new();
        for (word, rows) in &TABLE.rows {
            for (number, row) in rows.iter().enumerate() {
                let mut tokens = Vec::new();
                super::super::tokens::cut(row.example, 1.0, false, &mut tokens);
                let context = Context::of(&tokens);
                let chosen = context.items.iter().position(|item| item == word).and_then(|at| context.choose(at));
                if !chosen.is_some_and(|chosen| std::ptr::eq(chosen, row)) {
                    let tags = context.tags.get().map(|tags| tags.join(" "));
                    wrong.push(format!("{word}, row {}: {:?} {tags:?}", number + 1, row.example));
                }
            }
        }
        assert!(wrong.is_empty(), "these examples are decided by another row:\n{}", wrong.join("\n"));
    }

    #[test]
    fn contractions_are_taken_apart() {
        assert_eq!(contraction("don't"), ("do", Some(("n't", "not"))));
        assert_eq!(contraction("I'll"), ("I", Some(("'ll", "will"))));
        assert_eq!(contraction("o'clock"), ("o'clock", None));
        assert_eq!(contraction("'s"), ("'s", None));
    }
}
