//! Scripts in the Speech Synthesis Markup Language, version 1.1.

mod values;
mod xml;

use super::{
    BedDeclaration, BedSource, Direction, FileId, FrontMatter, Inline, Length, Node, Span, Spanned,
    diagnostic::Diagnostic, length,
};
use crate::audio::Decibels;
use std::{path::Path, time::Duration};
use values::{SAY_AS, is_address, pause, rate, same_language, say_as, volume};
use xml::{Attribute, Event};

/// Whether a file is to be read as SSML.
pub(super) fn is_ssml(path: &Path, text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    text.starts_with("<speak")
        || (text.starts_with("<?xml") && text.contains("<speak"))
        || path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("ssml"))
}

/// Reads a document. `exists` tells whether a sound file that it names can be used; its text is spoken when not.
pub(super) fn read(
    text: &str,
    file: FileId,
    exists: &dyn Fn(&str) -> bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> (FrontMatter, Vec<Node>) {
    let mut reader = Reader {
        file,
        exists,
        diagnostics,
        front: FrontMatter::default(),
        nodes: Vec::new(),
        open: Vec::new(),
        state: vec![State { voice: None, pace: 1.0, volume: 0.0 }],
        skipping: 0,
        too_deep: 0,
        spoke: false,
    };
    let mut events = xml::Reader::new(text);
    while let Some(event) = events.next() {
        match event {
            Ok((event, start, end)) => reader.event(event, Span { file, start, end }),
            Err(broken) => {
                let span = Span { file, start: broken.start, end: broken.end };
                reader.error("ssml", span, broken.message, "every <mark> ends with >, and < in text is &lt;");
            }
        }
    }
    reader.finish()
}

/// How deep elements may stand in each other.
const MAX_DEPTH: usize = 256;

/// What changes with `<voice>` and `<prosody>`.
#[derive(Clone, PartialEq)]
struct State {
    voice: Option<String>,
    pace: f32,
    volume: f32,
}

/// What an open element does when it closes.
enum After {
    Nothing,
    Paragraph,
    Sentence,
    /// Voice, pace and volume go back.
    State,
    /// What was spoken in it is emphasized, or shown while something else is said; what stood before it follows.
    Inside(Inside),
    /// What stands in it is not spoken.
    Skip,
}

enum Inside {
    Emphasis(bool),
    Say(String),
    Ipa(String),
    SayAs { kind: String, format: String },
}

struct Open {
    name: String,
    span: Span,
    after: After,
    /// Nodes before an element whose content is changed as a whole.
    before: Vec<Node>,
}

struct Reader<'a> {
    file: FileId,
    exists: &'a dyn Fn(&str) -> bool,
    diagnostics: &'a mut Vec<Diagnostic>,
    front: FrontMatter,
    nodes: Vec<Node>,
    open: Vec<Open>,
    state: Vec<State>,
    /// How many open elements are not spoken.
    skipping: usize,
    too_deep: usize,
    spoke: bool,
}

impl Reader<'_> {
    fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>, help: &str) {
        self.diagnostics.push(Diagnostic::error(code, span, message).with_help(help));
    }

    fn warn(&mut self, span: Span, message: impl Into<String>, help: &str) {
        self.diagnostics.push(Diagnostic::warning("ssml-left-out", span, message).with_help(help));
    }

    fn direction(&mut self, value: Direction, span: Span) {
        if self.skipping == 0 {
            self.nodes.push(Node::Direction(Spanned { value, span }));
        }
    }

    fn event(&mut self, event: Event, span: Span) {
        match event {
            Event::Text(text) => self.text(&text, span),
            Event::Open { name, attributes, empty } => {
                if self.open.len() >= MAX_DEPTH {
                    if self.too_deep == 0 {
                        self.error(
                            "too-deep",
                            span,
                            format!("elements stand more than {MAX_DEPTH} deep in each other"),
                            "take some out",
                        );
                    }
                    self.too_deep += usize::from(!empty);
                    return;
                }
                self.begin(name, &attributes, span);
                if empty {
                    self.close_last();
                }
            }
            Event::Close { .. } if self.too_deep > 0 => self.too_deep -= 1,
            Event::Close { name } => match self.open.iter().rposition(|open| open.name == name) {
                Some(at) => {
                    while self.open.len() > at + 1 {
                        if let Some(inner) = self.open.last() {
                            let (inner_name, inner_span) = (inner.name.clone(), inner.span);
                            self.error(
                                "ssml",
                                inner_span,
                                format!("this <{inner_name}> is not closed"),
                                "close it before what it stands in",
                            );
                        }
                        self.close_last();
                    }
                    self.close_last();
                }
                None => self.error("ssml", span, format!("there is no <{name}> that this closes"), "take it out"),
            },
        }
    }

    fn text(&mut self, text: &str, span: Span) {
        if self.skipping > 0 {
            return;
        }
        let mut value = String::with_capacity(text.len());
        for c in text.chars() {
            let c = if c.is_whitespace() || c == '\0' { ' ' } else { c };
            if !(c == ' ' && value.ends_with(' ')) {
                value.push(c);
            }
        }
        if value.trim().is_empty() && !matches!(self.nodes.last(), Some(Node::Text(_))) {
            return;
        }
        if !self.spoke && !value.trim().is_empty() && !self.open.iter().any(|open| open.name == "speak") {
            self.error(
                "ssml",
                span,
                "this text stands outside of <speak>",
                "put everything between <speak> and </speak>",
            );
        }
        self.spoke |= !value.trim().is_empty();
        self.inline(Inline::Words(Spanned { value, span }));
    }

    fn inline(&mut self, inline: Inline) {
        match self.nodes.last_mut() {
            Some(Node::Text(run)) => run.push(inline),
            _ => self.nodes.push(Node::Text(vec![inline])),
        }
    }

    fn end_paragraph(&mut self) {
        if self.skipping == 0 && !matches!(self.nodes.last(), None | Some(Node::ParagraphEnd)) {
            self.nodes.push(Node::ParagraphEnd);
        }
    }

    fn begin(&mut self, name: String, attributes: &[Attribute], span: Span) {
        let after = self.after(&name, attributes, span);
        let before = if matches!(after, After::Inside(_)) { std::mem::take(&mut self.nodes) } else { Vec::new() };
        if matches!(after, After::Skip) {
            self.skipping += 1;
        }
        self.open.push(Open { name, span, after, before });
    }

    /// What an element does: at once, and when it closes.
    fn after(&mut self, name: &str, attributes: &[Attribute], span: Span) -> After {
        let attribute = |wanted: &str| attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(wanted));
        let value = |wanted: &str| attribute(wanted).map(|attribute| attribute.value.trim().to_owned());
        match name {
            "speak" => {
                if let Some(language) = attribute("xml:lang") {
                    let span = Span { file: self.file, start: language.start, end: language.end };
                    self.front.language = Some(Spanned { value: language.value.clone(), span });
                }
                After::Nothing
            }
            "p" | "paragraph" => {
                self.end_paragraph();
                After::Paragraph
            }
            "s" | "sentence" => After::Sentence,
            "break" => {
                match pause(value("time").as_deref(), value("strength").as_deref()) {
                    Some(length) => self.direction(Direction::Pause { length, elastic: false }, span),
                    None => self.error(
                        "bad-break",
                        span,
                        "this break has no time that is allowed",
                        "write <break time=\"2s\"/>, or a strength: none, x-weak, weak, medium, strong or x-strong",
                    ),
                }
                After::Nothing
            }
            "sub" => {
                if let Some(alias) = value("alias") {
                    After::Inside(Inside::Say(alias))
                } else {
                    self.error("ssml", span, "<sub> has no alias", "write <sub alias=\"other words\">words</sub>");
                    After::Nothing
                }
            }
            "phoneme" => self.phoneme(value("alphabet"), value("ph"), span),
            "mark" => {
                match value("name") {
                    Some(name) if !name.is_empty() => self.direction(Direction::Mark(name), span),
                    _ => self.error("ssml", span, "<mark> has no name", "write <mark name=\"here\"/>"),
                }
                After::Nothing
            }
            "voice" => {
                let mut state = self.now();
                match value("name") {
                    Some(name) => state.voice = Some(name),
                    None => self.warn(span, "only the name of a voice is used", "write <voice name=\"...\">"),
                }
                self.change(state, span)
            }
            "prosody" => self.prosody(attributes, span),
            "emphasis" => match value("level").as_deref() {
                Some("strong") => After::Inside(Inside::Emphasis(true)),
                Some("none" | "reduced") => After::Nothing,
                _ => After::Inside(Inside::Emphasis(false)),
            },
            "say-as" => After::Inside(Inside::SayAs {
                kind: value("interpret-as").unwrap_or_default().to_lowercase(),
                format: value("format").unwrap_or_default().to_lowercase(),
            }),
            "audio" => self.audio(value("src"), span),
            "mstts:backgroundaudio" => {
                self.background(attributes, span);
                After::Nothing
            }
            "lang" => {
                if let (Some(language), Some(own)) = (value("xml:lang"), self.front.language.as_ref())
                    && !same_language(&language, &own.value)
                {
                    self.warn(
                        span,
                        format!("the voice stays while the text is in {language}"),
                        "name a voice of that language with <voice>",
                    );
                }
                After::Nothing
            }
            "metadata" | "desc" => After::Skip,
            "w" | "token" | "meta" => After::Nothing,
            "lexicon" | "lookup" => {
                self.warn(span, "a lexicon from elsewhere is not read", "write its words under lexicon: of a script");
                After::Nothing
            }
            _ => {
                self.warn(span, format!("<{name}> is not known here; its text is kept"), "take it out to silence this");
                After::Nothing
            }
        }
    }

    fn phoneme(&mut self, alphabet: Option<String>, ph: Option<String>, span: Span) -> After {
        let ipa = alphabet.is_none_or(|alphabet| alphabet.eq_ignore_ascii_case("ipa"));
        match ph {
            Some(ph) if ipa && !ph.is_empty() => After::Inside(Inside::Ipa(ph)),
            Some(_) if !ipa => {
                self.warn(
                    span,
                    "only the alphabet \"ipa\" is known; the text is spoken as it is written",
                    "write alphabet=\"ipa\"",
                );
                After::Nothing
            }
            _ => {
                self.error(
                    "ssml",
                    span,
                    "<phoneme> has no ph",
                    "write <phoneme alphabet=\"ipa\" ph=\"...\">word</phoneme>",
                );
                After::Nothing
            }
        }
    }

    fn now(&self) -> State {
        self.state.last().cloned().unwrap_or(State { voice: None, pace: 1.0, volume: 0.0 })
    }

    fn change(&mut self, state: State, span: Span) -> After {
        let before = self.now();
        self.say_state(&before, &state, span);
        self.state.push(state);
        After::State
    }

    fn say_state(&mut self, before: &State, after: &State, span: Span) {
        if before.voice != after.voice {
            self.direction(Direction::Voice(after.voice.clone()), span);
        }
        if (before.pace - after.pace).abs() > f32::EPSILON {
            self.direction(Direction::Pace(after.pace), span);
        }
        if (before.volume - after.volume).abs() > f32::EPSILON {
            self.direction(Direction::Volume(Decibels(after.volume)), span);
        }
    }

    fn prosody(&mut self, attributes: &[Attribute], span: Span) -> After {
        let mut state = self.now();
        for attribute in attributes {
            let place = Span { file: self.file, start: attribute.start, end: attribute.end };
            let value = attribute.value.trim().to_lowercase();
            match attribute.name.as_str() {
                "rate" => match rate(&value) {
                    Some(factor) => {
                        let pace = if value == "default" || value == "medium" { 1.0 } else { state.pace * factor };
                        state.pace = pace.clamp(0.5, 1.5);
                        if (pace - state.pace).abs() > 1e-6 {
                            self.warn(place, format!("the pace is held at {}", state.pace), "a pace is 0.5 to 1.5");
                        }
                    }
                    None => self.error("ssml", place, format!("\"{value}\" is not a rate"), "write slow, 80% or -20%"),
                },
                "volume" => match volume(&value) {
                    Some(level) => {
                        let relative = value.ends_with("db");
                        state.volume = (if relative { state.volume + level } else { level }).clamp(-60.0, 12.0);
                    }
                    None => {
                        self.error("ssml", place, format!("\"{value}\" is not a volume"), "write soft, loud or -6dB");
                    }
                },
                "pitch" | "range" | "contour" => {
                    self.warn(
                        place,
                        format!("{} is left out; the text is kept", attribute.name),
                        "a voice has its own melody",
                    );
                }
                "duration" => self.warn(place, "duration is left out; the text is kept", "set its rate instead"),
                _ => {}
            }
        }
        self.change(state, span)
    }

    fn audio(&mut self, src: Option<String>, span: Span) -> After {
        let Some(src) = src.filter(|src| !src.is_empty()) else {
            self.error("ssml", span, "<audio> has no src", "write <audio src=\"bell.wav\"/>");
            return After::Nothing;
        };
        if is_address(&src) {
            self.warn(
                span,
                "no address on a network is opened; its text is spoken instead",
                "put the file beside the script",
            );
            return After::Nothing;
        }
        if !(self.exists)(&src) {
            self.warn(
                span,
                format!("{src} cannot be used; its text is spoken instead"),
                "put the file beside the script",
            );
            return After::Nothing;
        }
        self.direction(Direction::Sound { file: src, level: None, wait: true }, span);
        After::Skip
    }

    fn background(&mut self, attributes: &[Attribute], span: Span) {
        let value = |wanted: &str| attributes.iter().find(|a| a.name.eq_ignore_ascii_case(wanted));
        let Some(src) = value("src").filter(|src| !src.value.trim().is_empty()) else {
            return self.error(
                "ssml",
                span,
                "this background has no src",
                "write <mstts:backgroundaudio src=\"rain.flac\"/>",
            );
        };
        if is_address(src.value.trim()) {
            return self.warn(
                span,
                "no address on a network is opened; the background is left out",
                "put the file beside the script",
            );
        }
        let place = Span { file: self.file, start: src.start, end: src.end };
        let milliseconds = |name: &str| {
            value(name).and_then(|a| {
                let text = a.value.trim();
                text.parse()
                    .ok()
                    .map(Duration::from_millis)
                    .or_else(|| length::duration(text))
                    .filter(|d| *d <= length::MAX)
            })
        };
        let factor = value("volume").and_then(|a| a.value.trim().parse::<f32>().ok()).filter(|factor| *factor > 0.0);
        let level = factor
            .filter(|factor| factor.is_finite())
            .map(|factor| Decibels((20.0 * factor.log10()).clamp(-90.0, 0.0)));
        self.front.mix.fade_in = milliseconds("fadein").or(self.front.mix.fade_in);
        self.front.mix.fade_out = milliseconds("fadeout").or(self.front.mix.fade_out);
        let name = Spanned { value: "background".to_owned(), span: place };
        self.front.beds.retain(|bed| bed.name.value != name.value);
        let source = BedSource::File(Spanned { value: src.value.trim().to_owned(), span: place });
        self.front.beds.push(BedDeclaration { name, source, level, looping: None, loop_points: None });
        self.direction(Direction::Bed { name: "background".to_owned(), level: None, over: None }, span);
    }

    fn close_last(&mut self) {
        let Some(Open { span, after, before, .. }) = self.open.pop() else { return };
        match after {
            After::Nothing => {}
            After::Paragraph => self.end_paragraph(),
            After::Sentence => self.end_sentence(span),
            After::Skip => self.skipping -= 1,
            After::State => {
                let from = self.now();
                self.state.pop();
                let to = self.now();
                self.say_state(&from, &to, span);
            }
            After::Inside(inside) => {
                let inner = std::mem::replace(&mut self.nodes, before);
                self.inside(inside, inner, span);
            }
        }
    }

    /// A sentence that ends without a mark gets one, so that it is heard as a sentence.
    fn end_sentence(&mut self, span: Span) {
        if self.skipping > 0 {
            return;
        }
        if let Some(Node::Text(run)) = self.nodes.last_mut() {
            let open = match run.last() {
                Some(Inline::Words(words)) => {
                    !words.value.trim_end().ends_with(['.', '!', '?', '…', '"', '”', ':', ';'])
                }
                Some(_) => true,
                None => false,
            };
            let value = if open { ". " } else { " " }.to_owned();
            if open && let Some(Inline::Words(words)) = run.last_mut() {
                words.value.truncate(words.value.trim_end().len());
            }
            run.push(Inline::Words(Spanned { value, span }));
        }
    }

    /// Gives the content of an element back as one, a piece between each two directions.
    fn inside(&mut self, inside: Inside, inner: Vec<Node>, span: Span) {
        match inside {
            Inside::Emphasis(strong) => {
                for node in inner {
                    match node {
                        Node::Text(content) => self.inline(Inline::Emphasis { strong, content: super::flat(content) }),
                        node => self.nodes.push(node),
                    }
                }
            }
            Inside::Say(spoken) => {
                let shown = Spanned { value: shown(&inner), span };
                self.inline(Inline::Say { shown, spoken });
            }
            Inside::Ipa(ipa) => {
                let shown = Spanned { value: shown(&inner), span };
                self.inline(Inline::Phonemes { shown, ipa });
            }
            Inside::SayAs { kind, format } => {
                let text = shown(&inner);
                match say_as(&kind, &format, &text) {
                    Some(spoken) if spoken == text => self.inline(Inline::Words(Spanned { value: text, span })),
                    Some(spoken) => self.inline(Inline::Say { shown: Spanned { value: text, span }, spoken }),
                    None => {
                        self.warn(span, format!("say-as \"{kind}\" is not known; the text is kept"), SAY_AS);
                        self.inline(Inline::Words(Spanned { value: text, span }));
                    }
                }
            }
        }
    }

    fn finish(mut self) -> (FrontMatter, Vec<Node>) {
        while let Some(open) = self.open.last() {
            let (name, span) = (open.name.clone(), open.span);
            self.error("ssml", span, format!("this <{name}> is not closed"), &format!("write </{name}> where it ends"));
            self.close_last();
        }
        self.end_paragraph();
        (self.front, self.nodes)
    }
}

/// The words of some nodes.
fn shown(nodes: &[Node]) -> String {
    fn of(inlines: &[Inline], out: &mut String) {
        for inline in inlines {
            match inline {
                Inline::Words(words) => out.push_str(&words.value),
                Inline::Answer { .. } => {}
                Inline::Emphasis { content, .. } => of(content, out),
                Inline::Say { shown, .. } | Inline::Phonemes { shown, .. } => out.push_str(&shown.value),
            }
        }
    }
    let mut out = String::new();
    for node in nodes {
        if let Node::Text(inlines) = node {
            of(inlines, &mut out);
        }
    }
    out.trim().to_owned()
}

/// The length of a `<break>` in a script that is not SSML.
pub(super) fn break_length(tag: &str) -> Option<Length> {
    match xml::Reader::new(tag).next() {
        Some(Ok((Event::Open { attributes, .. }, ..))) => {
            let value =
                |name: &str| attributes.iter().find(|a| a.name.eq_ignore_ascii_case(name)).map(|a| a.value.as_str());
            pause(value("time"), value("strength"))
        }
        _ => None,
    }
}
