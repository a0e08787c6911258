//! Sessions found by words in their title, tags and text.

use super::{Entry, Library, LibraryError, Listing, index, words};
use rayon::prelude::*;
use std::{ops::Range, sync::OnceLock};

/// A session that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The session.
    pub entry: Entry,
    /// How well it fits, above 0; the title counts more than tags, and tags more than the text.
    pub score: u32,
    /// A sentence of its text in which something was found.
    pub sentence: Option<String>,
    /// Where in the sentence words were found, in bytes.
    pub marks: Vec<Range<usize>>,
}

/// What a whole word counts, and the beginning of one.
const TITLE: (u32, u32) = (100, 60);
const TAGS: (u32, u32) = (50, 30);
const TEXT: (u32, u32) = (10, 4);

/// More than so many times in the text count no more.
const TIMES: u32 = 10;

/// A word that is looked for, as it stands in folded text: `" word "`.
struct Word {
    whole: String,
}

impl Word {
    /// At its beginning, or wherever it stands when its script knows no spaces.
    fn begun(&self) -> &str {
        let word = &self.whole[..self.whole.len() - 1];
        let spaceless =
            word.chars().any(|c| ('\u{3040}'..='\u{9fff}').contains(&c) || ('\u{e00}'..='\u{eff}').contains(&c));
        if spaceless { word.trim_start() } else { word }
    }

    fn fit(&self, text: &str) -> Fit {
        match text.find(self.begun()) {
            None => Fit::None,
            Some(first) if text[first..].contains(&self.whole) => Fit::Whole,
            Some(_) => Fit::Begun,
        }
    }

    fn score(&self, text: &str, (whole, begun): (u32, u32)) -> u32 {
        match self.fit(text) {
            Fit::None => 0,
            Fit::Begun => begun,
            Fit::Whole => whole,
        }
    }
}

/// How a word is found in a folded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// It is not.
    None,
    /// As the beginning of a word.
    Begun,
    /// As a word.
    Whole,
}

impl Library {
    /// Sessions in which every word is found, the best first, at most `most`, and how many there are.
    ///
    /// A word is found at the beginning of words, without regard to case and accents.
    ///
    /// # Errors
    ///
    /// When the folder of sessions cannot be read, or there are no words.
    pub fn search(
        &self,
        text: &str,
        keep: impl Fn(&Entry) -> bool,
        most: usize,
    ) -> Result<(Vec<Hit>, usize), LibraryError> {
        let folded = words::fold(text);
        let wanted: Vec<Word> = folded.split_whitespace().map(|word| Word { whole: format!(" {word} ") }).collect();
        if wanted.is_empty() {
            return Err(LibraryError::Cannot("there is no word to search for; name one".to_owned()));
        }
        let bytes = OnceLock::new();
        let (Listing { entries, .. }, lists) = index::entries_and_words(self, &bytes)?;
        // What each word of the vocabulary is to those that are looked for; most are nothing to any.
        let fits: Vec<Option<Vec<Fit>>> = lists
            .vocabulary
            .par_iter()
            .with_min_len(256)
            .map(|word| {
                let word = format!(" {word} ");
                let fits: Vec<Fit> = wanted.iter().map(|wanted| wanted.fit(&word)).collect();
                fits.iter().any(|fit| *fit != Fit::None).then_some(fits)
            })
            .collect();
        let scores: Vec<u32> = entries
            .par_iter()
            .zip(&lists.sessions)
            .with_min_len(64)
            .map(|(entry, said)| {
                let (title, tags) = (words::fold(&entry.about.title), words::fold(&entry.about.tags.join(" / ")));
                let mut text = vec![0; wanted.len()];
                for pair in said.iter().map(|pair| u32::from_le_bytes(*pair)) {
                    let Some(Some(fits)) = fits.get((pair >> 8) as usize) else { continue };
                    for (score, fit) in text.iter_mut().zip(fits) {
                        *score = (*score).max(match fit {
                            Fit::None => 0,
                            Fit::Begun => TEXT.1,
                            Fit::Whole => TEXT.0 + (pair & 0xff).min(TIMES) - 1,
                        });
                    }
                }
                let scores = wanted
                    .iter()
                    .zip(text)
                    .map(|(word, text)| word.score(&title, TITLE) + word.score(&tags, TAGS) + text);
                // All must be found.
                scores.map(|score| (score > 0).then_some(score)).sum::<Option<u32>>().unwrap_or(0)
            })
            .collect();
        let found = scores.into_iter().zip(&entries).filter(|(score, entry)| *score > 0 && keep(entry));
        let mut found: Vec<(u32, &Entry)> = found.collect();
        // The newest first among equals: the sort is stable.
        found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        let count = found.len();
        found.truncate(most);
        let hit = |(score, entry): (u32, &Entry)| {
            let (sentence, marks) = sentence(entry, &wanted).unzip();
            Hit { entry: entry.clone(), score, sentence, marks: marks.unwrap_or_default() }
        };
        let hits = index::waiting(|| found.into_par_iter().map(hit).collect());
        // To give back the memory of thousands of sessions, piece by piece, takes long, and nobody waits for it.
        rayon::spawn(move || drop(entries));
        Ok((hits, count))
    }
}

/// The first sentence that holds most of the words.
fn sentence(entry: &Entry, wanted: &[Word]) -> Option<(String, Vec<Range<usize>>)> {
    let said = index::said(entry).ok()?;
    let held = |sentence: &str| {
        let folded = words::fold(sentence);
        wanted.iter().map(|word| word.score(&folded, (3, 2))).sum::<u32>()
    };
    let (_, best) =
        words::sentences(&said).map(|sentence| (held(sentence), sentence)).filter(|(held, _)| *held > 0).fold(
            (0, None),
            |(most, best), (held, sentence)| if held > most { (held, Some(sentence)) } else { (most, best) },
        );
    let sentence = best?;
    Some((sentence.to_owned(), marks(sentence, wanted)))
}

/// Where in a text the words stand.
fn marks(text: &str, wanted: &[Word]) -> Vec<Range<usize>> {
    let is_letter =
        |c: char| c.is_alphanumeric() || matches!(c, '\'' | '’') || unicode_normalization::char::is_combining_mark(c);
    let mut marks = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((start, c)) = rest.next() {
        if !is_letter(c) {
            continue;
        }
        let mut end = start + c.len_utf8();
        while let Some((at, c)) = rest.next_if(|(_, c)| is_letter(*c)) {
            end = at + c.len_utf8();
        }
        let folded = words::fold(&text[start..end]);
        if wanted.iter().any(|word| folded.contains(word.begun())) {
            marks.push(start..end);
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Word {
        Word { whole: format!(" {text} ") }
    }

    #[test]
    fn a_whole_word_counts_more_than_the_beginning_of_one() {
        let text = words::fold("The tide, tides, and the tide.");
        assert_eq!(["tide", "ti", "ide"].map(|part| word(part).fit(&text)), [Fit::Whole, Fit::Begun, Fit::None]);
        assert_eq!(word("海").fit(&words::fold("夜の海")), Fit::Begun);
    }

    #[test]
    fn words_are_marked_where_they_stand() {
        let text = "Été: don’t hurry, e\u{301}te\u{301}.";
        let found: Vec<&str> =
            marks(text, &[word("ete"), word("dont")]).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, ["Été", "don’t", "e\u{301}te\u{301}"]);
    }
}
