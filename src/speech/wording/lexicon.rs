//! Words whose sounds are known: a script's own, and the trade's.

use super::tokens::{At, Change, Kind, Token, cut};
use crate::{
    plan::Said,
    script::{LexiconEntry, Pronunciation},
};
use std::{collections::HashMap, sync::LazyLock};

/// Words and phrases by their first word, in lower case.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    entries: HashMap<String, Vec<Entry>>,
    plurals: bool,
}

#[derive(Debug)]
struct Entry {
    /// In lower case; a space stands for any white space.
    tokens: Vec<String>,
    said: Said,
}

/// Words of meditation, yoga and rest that espeak-ng does not know.
static TRADE: LazyLock<Lexicon> = LazyLock::new(|| {
    let mut lexicon = Lexicon { plurals: true, ..Lexicon::default() };
    for row in super::rows(include_str!("data/lexicon.tsv")) {
        if let [word, ipa] = row.as_slice() {
            lexicon.add(word, Said::Ipa((*ipa).to_owned()));
        }
    }
    lexicon.sort();
    lexicon
});

/// The trade's lexicon.
pub(super) fn trade() -> &'static Lexicon {
    &TRADE
}

impl Lexicon {
    /// A script's lexicon.
    pub(super) fn of(entries: &[LexiconEntry]) -> Self {
        let mut lexicon = Self::default();
        for entry in entries {
            let said = match &entry.said {
                Pronunciation::Words(words) => Said::Words(words.clone()),
                Pronunciation::Ipa(ipa) => Said::Ipa(ipa.clone()),
            };
            lexicon.add(&entry.word.value, said);
        }
        lexicon.sort();
        lexicon
    }

    /// Whether it holds no word.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn add(&mut self, word: &str, said: Said) {
        let mut tokens: Vec<Token> = Vec::new();
        cut(word.trim(), 1.0, false, &mut tokens);
        let tokens: Vec<String> = tokens.iter().map(folded).collect();
        if let Some(first) = tokens.first() {
            self.entries.entry(first.clone()).or_default().push(Entry { tokens, said });
        }
    }

    fn sort(&mut self) {
        for entries in self.entries.values_mut() {
            entries.sort_by_key(|entry| std::cmp::Reverse(entry.tokens.len()));
        }
    }

    /// The longest entry that stands here as whole words.
    pub(super) fn find(&self, at: At<'_>) -> Option<Change> {
        if self.is_empty() || !at.get(0)?.is_wordlike() && !self.entries.contains_key(&at.get(0)?.text) {
            return None;
        }
        if at.get(0)?.is_wordlike() && !at.starts_word() {
            return None;
        }
        let first = folded(at.get(0)?);
        let stems =
            [Some(first.as_str()), first.strip_suffix("'s"), self.plurals.then(|| first.strip_suffix('s')).flatten()];
        stems
            .into_iter()
            .flatten()
            .filter_map(|stem| self.entries.get(stem))
            .flatten()
            .filter_map(|entry| Some((entry, self.ending(at, entry)?)))
            .max_by_key(|(entry, ending)| (entry.tokens.len(), std::cmp::Reverse(ending.len())))
            .map(|(entry, ending)| Change { taken: entry.tokens.len(), said: with_ending(&entry.said, &ending) })
    }

    /// What is added to the last word of an entry that stands here: nothing, `'s`, or `s`.
    fn ending(&self, at: At<'_>, entry: &Entry) -> Option<String> {
        let (last, head) = entry.tokens.split_last()?;
        for (offset, wanted) in head.iter().enumerate() {
            (folded(at.get(offset)?) == *wanted).then_some(())?;
        }
        let token = at.get(head.len())?;
        if token.is_wordlike() && !at.ends_word(head.len() + 1) {
            return None;
        }
        let text = folded(token);
        let ending = text.strip_prefix(last.as_str())?;
        (ending.is_empty() || ending == "'s" || (ending == "s" && self.plurals)).then(|| ending.to_owned())
    }
}

fn folded(token: &Token) -> String {
    if token.kind == Kind::Space { " ".to_owned() } else { token.text.to_lowercase().replace('’', "'") }
}

fn with_ending(said: &Said, ending: &str) -> Vec<Said> {
    vec![match said {
        _ if ending.is_empty() => said.clone(),
        Said::Words(words) => Said::Words(format!("{words}{ending}")),
        Said::Ipa(ipa) => Said::Ipa(format!("{ipa}{}", plural_sound(ipa))),
    }]
}

/// The sound of an English plural or genitive behind these phonemes.
fn plural_sound(ipa: &str) -> &'static str {
    match ipa.trim_end_matches(['ː', '\u{329}']).chars().next_back() {
        Some('s' | 'z' | 'ʃ' | 'ʒ') => "ᵻz",
        Some('p' | 't' | 'k' | 'f' | 'θ') => "s",
        _ => "z",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_sound_as_in_english() {
        assert_eq!(plural_sound("mˈuːdɹə"), "z");
        assert_eq!(plural_sound("kɹˈɪp"), "s");
        assert_eq!(plural_sound("bˈʌs"), "ᵻz");
    }
}
