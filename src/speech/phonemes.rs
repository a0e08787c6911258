//! Words become the phonemes that Piper's voices were trained on, with espeak-ng.
//!
//! espeak-ng says how single words sound but loses the punctuation between clauses, so text is split here: each clause is
//! given to espeak-ng alone and its terminator is put back, as Piper does.

mod clauses;
mod espeak;
#[cfg(test)]
mod tests;

use super::{Prompt, PromptSentence, SpeechError};
use crate::plan::{Said, Utterance};
use clauses::{Clause, End, Part};
use unicode_normalization::UnicodeNormalization;

/// Makes espeak-ng ready, which [`prompt`] does otherwise when it is first called.
///
/// espeak-ng's data is put into the user's cache folder when it isn't there yet, or into a private temporary folder when
/// that can't be written. Whoever sets `PIPER_ESPEAKNG_DATA_DIRECTORY` to a folder that holds `espeak-ng-data` has that
/// data used instead.
///
/// The current directory of the process changes for a moment, because that is where espeak-ng's wrapper looks for data:
/// a program calls this before it starts threads that use relative paths.
///
/// # Errors
///
/// When no folder for the data can be written, or espeak-ng refuses the data.
pub fn initialise() -> Result<(), SpeechError> {
    espeak::initialise()
}

/// Works out the phonemes of an utterance.
///
/// `espeak_voice` is a language as espeak-ng names it, such as `en-us`. `, ; :` are followed by a space, `. ? !` end a
/// sentence, and a text without them ends without. Each `char` has the stretch of its piece, spaces and punctuation 1.0.
/// An utterance in which nothing can be said has no sentences.
///
/// # Errors
///
/// [`SpeechError::Phonemes`] when the language isn't there, and what [`initialise`] gives.
pub fn prompt(utterance: &Utterance, espeak_voice: &str) -> Result<Prompt, SpeechError> {
    let phonemize = |text: &str| espeak::phonemize(text, espeak_voice);
    let sentences = sentences(&clauses::split(&utterance.pieces), &phonemize).map_err(|error| match error {
        SpeechError::Phonemes { reason, .. } => SpeechError::Phonemes { text: written(utterance), reason },
        other => other,
    })?;
    Ok(Prompt { sentences, pace: utterance.pace, seed: utterance.seed })
}

/// The text of an utterance, for messages.
fn written(utterance: &Utterance) -> String {
    utterance
        .pieces
        .iter()
        .map(|piece| match &piece.said {
            Said::Words(text) | Said::Ipa(text) => text.as_str(),
        })
        .collect()
}

/// Joins clauses to sentences.
fn sentences(
    clauses: &[Clause],
    phonemize: &dyn Fn(&str) -> Result<String, SpeechError>,
) -> Result<Vec<PromptSentence>, SpeechError> {
    let mut done = Vec::new();
    let mut open = Sentence::default();
    for clause in clauses {
        let sounds = sounds(clause, phonemize)?;
        let silent = sounds.iter().all(|(text, ..)| text.is_empty());
        for (text, stretch, spaced) in &sounds {
            open.say(text, *stretch, *spaced);
        }
        match clause.end {
            End::Sentence(mark) => {
                if silent {
                    open.unfinish();
                }
                if !open.is_empty() {
                    open.mark(mark);
                    done.push(std::mem::take(&mut open).0);
                }
            }
            End::Clause(mark) if !silent => {
                open.mark(mark);
                open.mark(' ');
            }
            End::Clause(_) | End::Text => {}
        }
    }
    if !open.is_empty() {
        done.push(open.0);
    }
    Ok(done)
}

/// A sentence while it grows.
struct Sentence(PromptSentence);

impl Default for Sentence {
    fn default() -> Self {
        Self(PromptSentence { phonemes: String::new(), stretch: Vec::new() })
    }
}

impl Sentence {
    fn is_empty(&self) -> bool {
        self.0.phonemes.is_empty()
    }

    fn mark(&mut self, mark: char) {
        self.0.phonemes.push(mark);
        self.0.stretch.push(1.0);
    }

    fn say(&mut self, text: &str, stretch: f32, spaced: bool) {
        if text.is_empty() {
            return;
        }
        if spaced && !self.is_empty() && !self.0.phonemes.ends_with(' ') {
            self.mark(' ');
        }
        for sound in text.nfd() {
            self.0.phonemes.push(sound);
            self.0.stretch.push(if sound == ' ' { 1.0 } else { stretch });
        }
    }

    /// Takes the separator of a clause away after which nothing came.
    fn unfinish(&mut self) {
        while self.0.phonemes.ends_with([' ', ',', ';', ':']) {
            self.0.phonemes.pop();
            self.0.stretch.pop();
        }
    }
}

/// Sounds, their stretch, and whether a space divides them from what comes before.
type Sounds = (String, f32, bool);

/// Words that mean nothing, which stand where sounds are given: the first where those begin with a consonant, the second where they
/// begin with a vowel; each with its own sounds, without stress.
const STAND_INS: [(&str, &str); 2] = [("zobzig", "zɑːbzɪɡ"), ("obzig", "ɑːbzɪɡ")];

/// The sounds of each part of a clause.
///
/// espeak-ng says a word after its neighbours: "to" is weak before a verb and strong at the end. So a whole clause is said at once,
/// with a word that means nothing where sounds are given, and part by part where the words cannot be told apart afterwards.
fn sounds(
    clause: &Clause,
    phonemize: &dyn Fn(&str) -> Result<String, SpeechError>,
) -> Result<Vec<Sounds>, SpeechError> {
    let is_ipa = |part: &Part| matches!(part, Part::Ipa { .. });
    let runs = || clause.parts.chunk_by(move |a, b| !is_ipa(a) && !is_ipa(b));
    let between = together(clause, phonemize)?;
    let mut result = Vec::new();
    let mut next = 0;
    for run in runs() {
        if let Part::Ipa { text, stretch } = &run[0] {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let ending = between.as_ref().map_or("", |between| between[next].1.as_str());
            result.push((format!("{text}{ending}"), *stretch, true));
            next += 1;
        } else {
            let said = between.as_ref().map(|between| between[next].0.clone());
            result.extend(run_sounds(run, said, phonemize)?);
        }
    }
    Ok(result)
}

/// The sounds of the words before each given sound, with what is glued to the end of that, and of the words behind the last; nothing
/// when espeak-ng has merged them with others.
fn together(
    clause: &Clause,
    phonemize: &dyn Fn(&str) -> Result<String, SpeechError>,
) -> Result<Option<Vec<(String, String)>>, SpeechError> {
    let mut wanted = Vec::new();
    let mut text = String::new();
    for part in &clause.parts {
        match part {
            Part::Words { text: words, .. } => text.push_str(words),
            Part::Ipa { text: ipa, .. } => {
                let vowel = ipa
                    .chars()
                    .find(|c| !matches!(c, 'ˈ' | 'ˌ' | ' '))
                    .is_some_and(|c| "aeiouæɐɑɒɔəɚɛɜɪʊʌᵻ".contains(c));
                let (word, sounds) = STAND_INS[usize::from(vowel)];
                text.push_str(word);
                wanted.push(sounds);
            }
        }
    }
    if wanted.is_empty() {
        return Ok(Some(vec![(phonemize(&text)?, String::new())]));
    }
    let mut between = Vec::new();
    let mut words: Vec<&str> = Vec::new();
    let said = phonemize(&text)?;
    for word in said.split(' ') {
        let plain: String = word.chars().filter(|c| !matches!(c, 'ˈ' | 'ˌ')).collect();
        match wanted.get(between.len()).and_then(|sounds| plain.strip_prefix(sounds)) {
            Some(ending) => between.push((std::mem::take(&mut words).join(" "), ending.to_owned())),
            None => words.push(word),
        }
    }
    let all = between.len() == wanted.len();
    between.push((words.join(" "), String::new()));
    Ok(all.then_some(between))
}

/// The sounds of neighbouring parts that are all words; `said` is how espeak-ng says them in their clause.
fn run_sounds(
    run: &[Part],
    said: Option<String>,
    phonemize: &dyn Fn(&str) -> Result<String, SpeechError>,
) -> Result<Vec<Sounds>, SpeechError> {
    let parts: Vec<(&str, f32)> = run
        .iter()
        .filter_map(|part| match part {
            Part::Words { text, stretch } => Some((text.as_str(), *stretch)),
            Part::Ipa { .. } => None,
        })
        .collect();
    let together = match said {
        Some(said) => said,
        None => phonemize(&parts.iter().map(|(text, _)| *text).collect::<String>())?,
    };
    if parts.windows(2).all(|pair| pair[0].1.to_bits() == pair[1].1.to_bits()) {
        return Ok(parts.first().map(|(_, stretch)| (together, *stretch, true)).into_iter().collect());
    }
    let mut alone = Vec::new();
    let mut spaced = true;
    let mut divided = true;
    for (text, stretch) in parts {
        spaced |= text.starts_with(' ');
        let sounds = phonemize(text)?;
        if sounds.is_empty() {
            spaced |= text.ends_with(' ');
            continue;
        }
        divided &= spaced;
        alone.push((sounds, stretch, spaced));
        spaced = text.ends_with(' ');
    }
    let count = |sounds: &str| sounds.split(' ').count();
    if divided && count(&together) == alone.iter().map(|(sounds, ..)| count(sounds)).sum::<usize>() {
        let mut words = together.split(' ');
        for (sounds, ..) in &mut alone {
            *sounds = words.by_ref().take(count(sounds)).collect::<Vec<_>>().join(" ");
        }
    }
    Ok(alone)
}
