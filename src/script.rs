//! A session script as a tree: what was written, with the place of everything in the text.

mod advice;
mod answers;
pub mod diagnostic;
mod direction;
mod format;
mod front_matter;
mod include;
mod length;
mod phrases;
mod ssml;
#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test ends at what it does not expect")]
mod tests;
mod text;
mod whole;
mod write;

pub use advice::advise;
pub use answers::answers;
pub(crate) use answers::yes;
pub use format::{format, is_native};
pub use include::{Access, AccessError, LoadError, load, load_text, read_text};
pub use length::duration;
pub use whole::whole;
pub use write::write;

use crate::audio::Decibels;
use diagnostic::Diagnostic;
use std::{
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// A file of script text. Its position in [`Script::sources`] is its [`FileId`].
#[derive(Debug, Clone)]
pub struct Source {
    /// The path as it is shown to a person.
    pub path: PathBuf,
    /// The whole text, UTF-8, as it was read.
    pub text: Arc<str>,
}

/// Which of a script's sources a span lies in; the script itself is 0, its includes follow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A range of bytes in a source, on character boundaries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The source.
    pub file: FileId,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The range of bytes.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub span: Span,
}

/// A script with its includes loaded.
#[derive(Debug, Clone)]
pub struct Script {
    /// The keys above the text.
    pub front: FrontMatter,
    /// The text, in order.
    pub body: Vec<Node>,
    /// The script's own text first, then every included file once.
    pub sources: Vec<Source>,
}

/// A script, and what there is to say about it.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The script, as far as it could be read.
    pub script: Script,
    /// Mistakes, warnings and advice, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a script from its text. Every problem is reported; includes are named and not yet loaded.
#[must_use]
pub fn parse(path: &Path, text: &str) -> Parsed {
    let source = Source { path: path.to_owned(), text: text.into() };
    let mut diagnostics = Vec::new();
    let (front, body) = parse_source(&source, FileId(0), &|_| true, &mut diagnostics);
    diagnostic::settle(&mut diagnostics);
    Parsed { script: Script { front, body, sources: vec![source] }, diagnostics }
}

/// Reads one file of a script, in whichever way it is written. `exists` tells whether a sound file that it names can be used.
fn parse_source(
    source: &Source,
    file: FileId,
    exists: &dyn Fn(&str) -> bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> (FrontMatter, Vec<Node>) {
    let text = &source.text;
    if ssml::is_ssml(&source.path, text) {
        return ssml::read(text, file, exists, diagnostics);
    }
    if phrases::is_phrases(text) {
        return (FrontMatter::default(), phrases::read(text, file, diagnostics));
    }
    let (front, start) = front_matter::read(text, file, diagnostics);
    (front, text::read(text, start, file, diagnostics))
}

/// A script that says one text as it stands, with no directions in it.
#[must_use]
pub fn plain(text: &str) -> Script {
    let source = Source { path: PathBuf::from("text"), text: text.into() };
    let span = Span { file: FileId(0), start: 0, end: text.len() };
    let words = Inline::Words(Spanned { value: text.to_owned(), span });
    Script { front: FrontMatter::default(), body: vec![Node::Text(vec![words])], sources: vec![source] }
}

/// One thing in a script's body.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// A heading of one to three `#`: a chapter begins.
    Heading {
        /// 1 to 3.
        level: u8,
        /// The words.
        text: Vec<Inline>,
        /// The whole line.
        span: Span,
    },
    /// A run of text inside one paragraph, up to the next direction or blank line. It may hold several sentences, and a
    /// sentence may go on in the next run when only a direction that takes no time stands between.
    Text(Vec<Inline>),
    /// A blank line between two paragraphs, or around a heading or a block.
    ParagraphEnd,
    /// A direction to the renderer.
    Direction(Spanned<Direction>),
    /// `[repeat N] ... [end]`; `{{n}}` counts from 1 inside.
    Repeat {
        /// How often, 0 to 10,000.
        times: u32,
        /// What is repeated.
        body: Vec<Node>,
        /// The opening direction.
        span: Span,
    },
    /// `[if] ... [else if] ... [else] ... [end]`, and `[unless]`.
    If {
        /// Conditions in the order written, each with its body: the first that holds is taken.
        arms: Vec<(Condition, Vec<Node>)>,
        /// The body of `[else]`, empty when there is none.
        otherwise: Vec<Node>,
        /// The opening direction.
        span: Span,
    },
    /// `[choose] a | b | c [end]`: one of them, by the session's seed.
    Choose {
        /// At least one body.
        options: Vec<Vec<Node>>,
        /// The opening direction.
        span: Span,
    },
    /// `[include FILE with k = "v"]`, its body loaded.
    Include {
        /// The file as written, relative to the script that includes it.
        path: Spanned<String>,
        /// Answers that hold inside only.
        with: Vec<(Spanned<String>, String)>,
        /// The body of the other script.
        body: Vec<Node>,
        /// The direction.
        span: Span,
    },
}

/// A question of `[if]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The answer that is asked for.
    pub key: Spanned<String>,
    /// What it is compared with.
    pub test: Test,
}

/// Whether what is named as a bell is a sound file rather than one of the bells that are built in.
#[must_use]
pub fn is_sound_file(bell: &str) -> bool {
    bell.contains(['.', '/'])
}

/// How an answer is compared.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// `[if KEY]`: the answer is yes.
    Yes,
    /// `[unless KEY]`: the answer is not yes.
    No,
    /// `[if KEY = VALUE]`, `[unless KEY != VALUE]`; compared without case and outer spaces.
    Equals(Spanned<String>),
    /// `[if KEY != VALUE]`, `[unless KEY = VALUE]`.
    Differs(Spanned<String>),
}

/// Text that is spoken, and how.
#[derive(Debug, Clone, PartialEq)]
pub enum Inline {
    /// Words as written: comments gone, escapes resolved, a line break is a space.
    Words(Spanned<String>),
    /// `{{name}}` or `{{name|default}}`.
    Answer {
        /// The name between the braces.
        name: Spanned<String>,
        /// What is said when there is no answer.
        default: Option<String>,
    },
    /// `*words*` or `_words_`, and `**words**` when strong: spoken slower.
    Emphasis {
        /// Whether it is `**`.
        strong: bool,
        /// What is emphasized.
        content: Vec<Inline>,
    },
    /// `[words](say: other words)`.
    Say {
        /// What is shown in captions.
        shown: Spanned<String>,
        /// What is spoken.
        spoken: String,
    },
    /// `[word](/ipa/)`.
    Phonemes {
        /// What is shown in captions.
        shown: Spanned<String>,
        /// What is spoken, in the International Phonetic Alphabet as espeak-ng writes it.
        ipa: String,
    },
}

/// Emphasis in emphasis is one: what stands deeper is lifted out.
fn flat(content: Vec<Inline>) -> Vec<Inline> {
    content
        .into_iter()
        .flat_map(|inline| match inline {
            Inline::Emphasis { content, .. } => content,
            inline => vec![inline],
        })
        .collect()
}

/// A length of time as it was written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Length {
    /// A time, at most a day.
    Time(Duration),
    /// A number of breaths, each as long as `pauses: breath`.
    Breaths(f64),
}

/// One part of a breath.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BreathPhase {
    /// Breathing in.
    In,
    /// Holding, with the lungs full or empty.
    Hold,
    /// Breathing out.
    Out,
}

/// What a brainwave layer sounds like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ToneKind {
    /// Two sines, one in each ear, that differ by the beat.
    Binaural,
    /// One sine that is switched on and off at the beat.
    Isochronic,
}

/// A direction: what stands between square brackets and is not a block.
#[derive(Debug, Clone, PartialEq)]
pub enum Direction {
    /// `[pause D]`, `[pause D~]`.
    Pause {
        /// How long.
        length: Length,
        /// Whether `duration:` may stretch or shrink it.
        elastic: bool,
    },
    /// `[silence D]`: a pause in which the beds rise.
    Silence {
        /// How long.
        length: Length,
    },
    /// `...` or `…`, inside a line or on its own: so many ellipsis pauses.
    Ellipsis(u32),
    /// `~`, `~~`, `~~~`: half a breath, one, two.
    Breath {
        /// How many breaths: 0.5, 1 or 2.
        breaths: f64,
    },
    /// `[breathe in A, hold B, out C, hold D, xN]` and its presets.
    Breathe {
        /// The phases of one cycle, at least one, in order.
        phases: Vec<(BreathPhase, Length)>,
        /// How many cycles, at least 1.
        cycles: u32,
    },
    /// `[count A to B every D | "text {{n}}"]`.
    Count {
        /// The first number.
        from: i64,
        /// The last number.
        to: i64,
        /// From the beginning of one count to that of the next.
        every: Length,
        /// What is spoken, with `{{n}}` for the number; the number alone when absent.
        text: Option<Vec<Inline>>,
    },
    /// `[voice NAME]`; `None` is `[voice default]`.
    Voice(Option<String>),
    /// `[pace F]`, 0.5 to 1.5.
    Pace(f32),
    /// `[volume G]` for the speech, -60 to 12 dB.
    Volume(Decibels),
    /// `[pan L..R]` for the speech, -1 to 1.
    Pan(f32),
    /// `[bed NAME [G] [over D]]`.
    Bed {
        /// The bed's name in the front matter, or a recipe's.
        name: String,
        /// Its new level, or the level it was declared with.
        level: Option<Decibels>,
        /// How long the change takes.
        over: Option<Length>,
    },
    /// `[bed off [over D]]`, `[bed NAME off [over D]]`.
    BedOff {
        /// Which; all of them when absent.
        name: Option<String>,
        /// How long it takes.
        over: Option<Length>,
    },
    /// `[bell]`, `[bell NAME] [x N] [every D] [G]`.
    Bell {
        /// Which bell; `bowl` when absent.
        name: Option<String>,
        /// How often, at least 1.
        times: u32,
        /// From one stroke to the next.
        every: Option<Length>,
        /// Its level relative to the speech.
        level: Option<Decibels>,
    },
    /// `[sound FILE] [G] [wait]`.
    Sound {
        /// The path as written, relative to the script.
        file: String,
        /// Its level.
        level: Option<Decibels>,
        /// Whether the speech waits until it has ended.
        wait: bool,
    },
    /// `[tone binaural CARRIER BEAT [G] [over D]]`, `[tone isochronic ...]`.
    Tone {
        /// Which kind.
        kind: ToneKind,
        /// The carrier in hertz, 20 to 2,000.
        carrier: f64,
        /// The beat in hertz at the start, 0.1 to 100.
        beat: f64,
        /// The beat it glides to, and for how long.
        glide: Option<(f64, Length)>,
        /// Its level.
        level: Option<Decibels>,
        /// How long it takes to come in.
        over: Option<Length>,
    },
    /// `[tone off [over D]]`.
    ToneOff {
        /// How long it takes.
        over: Option<Length>,
    },
    /// `[mark NAME]`.
    Mark(String),
    /// `[at MM:SS]`.
    At(Duration),
}

/// What kind of session it is; it sets defaults for pace, pauses, levels and fades.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Category {
    /// To fall asleep to.
    Sleep,
    /// Mindfulness, and what has no category.
    #[default]
    Mindfulness,
    /// Calming down.
    Stress,
    /// Self-hypnosis.
    Hypnosis,
    /// A story that is told.
    Story,
}

impl Category {
    /// What it is called in a script.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sleep => "sleep",
            Self::Mindfulness => "mindfulness",
            Self::Stress => "stress",
            Self::Hypnosis => "hypnosis",
            Self::Story => "story",
        }
    }
}

/// The keys above a script's text. What is absent is `None` or empty: defaults are the plan's.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FrontMatter {
    /// What the session is called.
    pub title: Option<String>,
    /// What it is about, for whoever chooses a session.
    pub description: Option<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// When it was written or made, as `YYYY-MM-DD`, `YYYY-MM` or `YYYY`.
    pub date: Option<String>,
    /// What kind of session it is.
    pub category: Option<Category>,
    /// The voice's name.
    pub voice: Option<Spanned<String>>,
    /// 1.0 is the voice's own speed; 0.5 to 1.5.
    pub pace: Option<f32>,
    /// The wanted length of the whole session.
    pub duration: Option<Spanned<Duration>>,
    /// Lengths of implicit pauses.
    pub pauses: PauseLengths,
    /// Beds by name, at most 32.
    pub beds: Vec<BedDeclaration>,
    /// How beds lie under the speech.
    pub mix: MixKeys,
    /// Level of the finished session.
    pub master: MasterKeys,
    /// Questions that the session asks before it begins.
    pub ask: Vec<Question>,
    /// Words and how they are said.
    pub lexicon: Vec<LexiconEntry>,
    /// Words to find the session by.
    pub tags: Vec<String>,
    /// Whether headings are spoken.
    pub speak_headings: Option<bool>,
    /// What `[choose]` and the noise of voices and beds are drawn from.
    pub seed: Option<u64>,
    /// The language of the text, a BCP 47 tag; the voice's own when absent.
    pub language: Option<Spanned<String>>,
}

/// `pauses:`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct PauseLengths {
    /// After a sentence.
    pub sentence: Option<Duration>,
    /// Between paragraphs.
    pub paragraph: Option<Duration>,
    /// Around a heading.
    pub heading: Option<Duration>,
    /// `...`.
    pub ellipsis: Option<Duration>,
    /// One breath: `~~`, and `2 breaths` is two.
    pub breath: Option<Duration>,
}

/// Where a bed's sound comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum BedSource {
    /// `recipe: NAME`: a recipe of the project or the user.
    Recipe(Spanned<String>),
    /// `file: PATH`, relative to the script.
    File(Spanned<String>),
}

/// How a file bed goes on past its end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LoopMode {
    /// `loop: 3s`: its end is crossfaded into its beginning over this time.
    Crossfade(Duration),
    /// `loop: shuffle`: segments of it in changing order.
    Shuffle,
    /// `loop: false`: it plays once.
    Once,
}

/// One entry of `beds:`.
#[derive(Debug, Clone, PartialEq)]
pub struct BedDeclaration {
    /// The name that `[bed NAME]` uses.
    pub name: Spanned<String>,
    /// Where the sound comes from.
    pub source: BedSource,
    /// Its level relative to the speech, -90 to 0 dB.
    pub level: Option<Decibels>,
    /// How it is looped.
    pub looping: Option<LoopMode>,
    /// The part that is looped, from the start of the file.
    pub loop_points: Option<(Duration, Duration)>,
}

/// `mix:`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct MixKeys {
    /// How far beds go down under speech, in dB.
    pub duck: Option<Decibels>,
    /// How far beds rise in silences, in dB.
    pub lift: Option<Decibels>,
    /// From the start to the beds' full level.
    pub fade_in: Option<Duration>,
    /// From the beds' full level to the end.
    pub fade_out: Option<Duration>,
    /// How long before a word the beds begin to go down.
    pub attack: Option<Duration>,
    /// How long they take to come back.
    pub release: Option<Duration>,
    /// A noise floor where there is no bed, in dB of full scale.
    pub room: Option<Decibels>,
}

/// `master:`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MasterKeys {
    /// `session`, `podcast`, `acx` or `r128`.
    pub preset: Option<Spanned<String>>,
    /// Loudness of the speech in LUFS, -40 to -5.
    pub loudness: Option<f32>,
    /// Ceiling of the true peak in dBTP, -20 to 0.
    pub true_peak: Option<f32>,
}

/// One entry of `ask:`.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The answer's name.
    pub name: Spanned<String>,
    /// What is asked.
    pub say: String,
    /// The answer when none is given.
    pub default: Option<String>,
    /// What may be answered; anything when empty.
    pub one_of: Vec<String>,
    /// Whether the answer is yes or no.
    pub yes_no: bool,
    /// Words that the answer is likely to come with.
    pub about: Vec<String>,
}

/// One entry of `lexicon:`.
#[derive(Debug, Clone, PartialEq)]
pub struct LexiconEntry {
    /// The word or words as written in the text, compared without case.
    pub word: Spanned<String>,
    /// What is said.
    pub said: Pronunciation,
}

/// How a word is said.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Pronunciation {
    /// Other words.
    Words(String),
    /// Phonemes, as espeak-ng writes them.
    Ipa(String),
}
