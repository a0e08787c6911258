//! What stands between square brackets: names, arguments, and the spellings of other tools.

mod args;
mod sounds;

use super::{
    BreathPhase, Direction, Length, Span,
    diagnostic::{Diagnostic, nearest},
    length::{self, BadLength, SPELLINGS},
};
use crate::audio::Decibels;
pub(super) use args::{Arg, Glyph};
use args::{joined, split};

/// Every name that may open a direction, for suggestions.
const NAMES: [&str; 24] = [
    "pause", "silence", "breathe", "count", "voice", "pace", "volume", "pan", "bed", "bell", "sound", "tone", "mark",
    "at", "repeat", "if", "else", "unless", "choose", "include", "end", "inhale", "exhale", "breath",
];

/// The most that a repeat may ask for.
const MAX_REPEATS: u64 = 10_000;

/// What a pair of brackets turns out to be.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Bracket {
    /// A direction of its own.
    Direction(Direction),
    /// A count whose text is still to be read; the span is of what stands between the quotes.
    CountText {
        from: i64,
        to: i64,
        every: Length,
        text: Arg,
    },
    Repeat(u32),
    If {
        key: Arg,
        test: TestArg,
        unless: bool,
    },
    ElseIf {
        key: Arg,
        test: TestArg,
    },
    Else,
    Choose,
    Include {
        path: Arg,
        with: Vec<(Arg, String)>,
    },
    End,
}

/// The comparison of a condition.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum TestArg {
    Yes,
    Equals(Arg),
    Differs(Arg),
}

/// Reads what stands between brackets. `span` is of the brackets too.
pub(super) fn read(glyphs: &[Glyph], span: Span) -> Result<Bracket, Diagnostic> {
    let args = split(glyphs, span)?;
    let Some(first) = args.first() else {
        return Err(Diagnostic::error("empty-direction", span, "there is no direction in these brackets")
            .with_help("write a direction such as [pause 3s], or \\[ for the character itself"));
    };
    let text: String = glyphs.iter().map(|(_, c)| c).collect();
    if let Some(bracket) = foreign(&text) {
        return Ok(bracket);
    }
    let name = first.text.to_lowercase();
    let reader = Reader { name: &name, args: &args[1..], span };
    match name.as_str() {
        "pause" => reader.pause(),
        "silence" => {
            let (length, elastic) = reader.pause_length()?;
            if elastic {
                let message = "a silence is always exact and takes no \"~\"";
                return Err(reader.bad(message).with_help("write [silence 60s], or [pause 60s~]"));
            }
            Ok(Bracket::Direction(Direction::Silence { length }))
        }
        "breathe" => reader.breathe(),
        "count" => reader.count(),
        "voice" => reader.voice(),
        "pace" => {
            let pace = reader.number("0.5 to 1.5", 0.5, 1.5)?;
            Ok(Bracket::Direction(Direction::Pace(pace as f32)))
        }
        "volume" => Ok(Bracket::Direction(Direction::Volume(reader.only_level(-60.0, 12.0)?))),
        "pan" => reader.pan(),
        "bed" => reader.bed(),
        "bell" => reader.bell(),
        "sound" => reader.sound(),
        "tone" => reader.tone(),
        "mark" => {
            let name = reader.rest();
            if name.is_empty() {
                Err(reader.bad("[mark] needs a name").with_help("write [mark NAME]"))
            } else {
                Ok(Bracket::Direction(Direction::Mark(name)))
            }
        }
        "at" => reader.at(),
        "repeat" => reader.repeat(),
        "if" | "unless" => {
            let (key, test) = reader.condition(0)?;
            Ok(Bracket::If { key, test, unless: name == "unless" })
        }
        "else" if reader.args.first().is_some_and(|arg| arg.is("if")) => {
            let (key, test) = reader.condition(1)?;
            Ok(Bracket::ElseIf { key, test })
        }
        "else" => reader.alone(Bracket::Else),
        "choose" => reader.alone(Bracket::Choose),
        "end" => Ok(Bracket::End),
        "include" => reader.include(),
        _ => {
            let message = format!("there is no direction called \"{}\"", first.text);
            let help = match nearest(&name, NAMES) {
                Some(near) => format!("did you mean [{near}]? Write \\[ for the character itself"),
                None => format!("directions are {}; write \\[ for the character itself", NAMES.join(", ")),
            };
            Err(Diagnostic::error("unknown-direction", first.span, message).with_help(help))
        }
    }
}

/// Spellings of other tools that are not a name and arguments: `[3 second pause]`, `[500ms]`, `[inhale]`.
fn foreign(text: &str) -> Option<Bracket> {
    let lower = text.trim().to_lowercase();
    let pause = |length| Some(Bracket::Direction(Direction::Pause { length, elastic: false }));
    let phase = |phase, seconds| {
        let phases = vec![(phase, Length::Time(std::time::Duration::from_secs(seconds)))];
        Some(Bracket::Direction(Direction::Breathe { phases, cycles: 1 }))
    };
    match lower.as_str() {
        "inhale" => return phase(BreathPhase::In, 4),
        "exhale" => return phase(BreathPhase::Out, 6),
        "breath" => return Some(Bracket::Direction(Direction::Breath { breaths: 1.0 })),
        _ => {}
    }
    if let Some(rest) = lower.strip_suffix("pause").or_else(|| lower.strip_suffix("silence"))
        && let Ok(length) = length::length(&rest.replace('-', " "))
    {
        return pause(length);
    }
    if lower.starts_with(|c: char| c.is_ascii_digit())
        && lower.ends_with(char::is_alphabetic)
        && let Ok(length) = length::length(&lower)
    {
        return pause(length);
    }
    None
}

struct Reader<'a> {
    name: &'a str,
    args: &'a [Arg],
    span: Span,
}

impl Reader<'_> {
    fn bad(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error("bad-argument", self.span, message)
    }

    fn bad_arg(arg: &Arg, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error("bad-argument", arg.span, message)
    }

    /// All arguments as one text.
    fn rest(&self) -> String {
        self.args.iter().map(|arg| arg.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    fn whole(&self) -> Span {
        match (self.args.first(), self.args.last()) {
            (Some(first), Some(last)) => Span { end: last.span.end, ..first.span },
            _ => self.span,
        }
    }

    fn alone(&self, bracket: Bracket) -> Result<Bracket, Diagnostic> {
        match self.args.first() {
            None => Ok(bracket),
            Some(arg) => Err(Self::bad_arg(arg, format!("[{}] takes nothing after it", self.name))),
        }
    }

    fn length_of(text: &str, span: Span) -> Result<Length, Diagnostic> {
        length::length(text).map_err(|bad| {
            let message = match bad {
                BadLength::Unreadable => format!("\"{text}\" is not a duration"),
                BadLength::Negative => "a duration cannot be negative".to_owned(),
                BadLength::TooLong => format!("\"{text}\" is longer than a day"),
            };
            Diagnostic::error("bad-duration", span, message).with_help(SPELLINGS)
        })
    }

    /// The arguments from `from` to `to` as a duration; it may be several words, such as `2 min`.
    fn length(&self, from: usize, to: usize) -> Result<Length, Diagnostic> {
        let args = self.args.get(from..to).unwrap_or(&[]);
        let (Some(first), Some(last)) = (args.first(), args.last()) else {
            return Err(match from.checked_sub(1).and_then(|before| self.args.get(before)) {
                Some(before) => Self::bad_arg(before, format!("\"{}\" needs a duration behind it", before.text)),
                None => self.bad(format!("[{}] needs a duration", self.name)),
            }
            .with_help(SPELLINGS));
        };
        let text = args.iter().map(|arg| arg.text.as_str()).collect::<Vec<_>>().join(" ");
        Self::length_of(&text, Span { end: last.span.end, ..first.span })
    }

    fn pause_length(&self) -> Result<(Length, bool), Diagnostic> {
        let text = self.rest();
        let bare = text.strip_suffix('~').map(str::trim_end);
        let length = bare.unwrap_or(&text);
        if length.is_empty() {
            return Err(self.bad(format!("[{}] needs a duration", self.name)).with_help(SPELLINGS));
        }
        Ok((Self::length_of(length, self.whole())?, bare.is_some()))
    }

    fn pause(&self) -> Result<Bracket, Diagnostic> {
        let (length, elastic) = self.pause_length()?;
        Ok(Bracket::Direction(Direction::Pause { length, elastic }))
    }

    fn number(&self, allowed: &str, low: f64, high: f64) -> Result<f64, Diagnostic> {
        let [arg] = self.args else {
            return Err(self.bad(format!("[{}] takes one number", self.name)).with_help(format!("it is {allowed}")));
        };
        match arg.text.parse::<f64>() {
            Ok(number) if (low..=high).contains(&number) => Ok(number),
            Ok(_) => {
                Err(Self::bad_arg(arg, format!("{} is out of range", arg.text)).with_help(format!("it is {allowed}")))
            }
            Err(_) => {
                Err(Self::bad_arg(arg, format!("\"{}\" is not a number", arg.text))
                    .with_help(format!("it is {allowed}")))
            }
        }
    }

    fn level(arg: &Arg, low: f32, high: f32) -> Result<Decibels, Diagnostic> {
        let help = format!("a level is {low} to {high} dB, such as -18dB");
        match length::level(&arg.text) {
            Some(level) if (low..=high).contains(&level.0) => Ok(level),
            Some(_) => Err(Self::bad_arg(arg, format!("{} is out of range", arg.text)).with_help(help)),
            None => Err(Self::bad_arg(arg, format!("\"{}\" is not a level", arg.text)).with_help(help)),
        }
    }

    fn only_level(&self, low: f32, high: f32) -> Result<Decibels, Diagnostic> {
        let text = self.rest();
        if text.is_empty() {
            let help = format!("a level is {low} to {high} dB, such as -6dB");
            return Err(self.bad(format!("[{}] takes one level", self.name)).with_help(help));
        }
        Self::level(&Arg { text, span: self.whole(), quoted: false }, low, high)
    }

    fn pan(&self) -> Result<Bracket, Diagnostic> {
        let allowed = "-1 (left) to 1 (right)";
        let pan = match self.args {
            [arg] if arg.is("left") || arg.is("l") => -1.0,
            [arg] if arg.is("right") || arg.is("r") => 1.0,
            [arg] if arg.is("centre") || arg.is("center") || arg.is("c") => 0.0,
            _ => self.number(allowed, -1.0, 1.0)?,
        };
        Ok(Bracket::Direction(Direction::Pan(pan as f32)))
    }

    fn voice(&self) -> Result<Bracket, Diagnostic> {
        let name = self.rest();
        match name.as_str() {
            "" => Err(self.bad("[voice] needs a name").with_help("write [voice NAME] or [voice default]")),
            name if name.eq_ignore_ascii_case("default") => Ok(Bracket::Direction(Direction::Voice(None))),
            _ => Ok(Bracket::Direction(Direction::Voice(Some(name)))),
        }
    }

    fn at(&self) -> Result<Bracket, Diagnostic> {
        let help = "write [at 12:30], [at 90s] or [at 1h5m]";
        match self.length(0, self.args.len()).map_err(|error| error.with_help(help))? {
            Length::Time(time) => Ok(Bracket::Direction(Direction::At(time))),
            Length::Breaths(_) => Err(self.bad("[at] takes a time from the start").with_help(help)),
        }
    }

    /// `x4`, `x 4` or `4x` at a place in the arguments, and how many arguments it takes.
    fn times(&self, at: usize) -> Option<(u64, usize)> {
        let arg = self.args.get(at).filter(|arg| !arg.quoted)?;
        let text = arg.text.to_lowercase().replace('×', "x");
        if text == "x" {
            return self.args.get(at + 1)?.text.parse().ok().map(|n| (n, 2));
        }
        let digits = text.strip_prefix('x').or_else(|| text.strip_suffix('x'))?;
        digits.parse().ok().map(|n| (n, 1))
    }

    fn breathe(&self) -> Result<Bracket, Diagnostic> {
        let help =
            "write [breathe in 4, hold 4, out 6, x5], [breathe box x4], [breathe 4-7-8 x4] or [breathe coherent x6]";
        let mut phases: Vec<(BreathPhase, Length)> = Vec::new();
        let mut cycles = 1;
        let seconds = |s: u64| Length::Time(std::time::Duration::from_secs(s));
        let mut i = 0;
        while i < self.args.len() {
            if let Some((times, used)) = self.times(i) {
                if !(1..=MAX_REPEATS).contains(&times) {
                    return Err(Self::bad_arg(&self.args[i], "a breath is repeated 1 to 10,000 times"));
                }
                cycles = times as u32;
                i += used;
                continue;
            }
            let arg = &self.args[i];
            let (phase, preset) = match arg.text.to_lowercase().as_str() {
                "in" | "inhale" => (Some(BreathPhase::In), None),
                "hold" => (Some(BreathPhase::Hold), None),
                "out" | "exhale" => (Some(BreathPhase::Out), None),
                "box" => (None, Some(vec![4, 4, 4, 4])),
                "4-7-8" => (None, Some(vec![4, 7, 8])),
                "coherent" => (None, Some(vec![5, 0, 5])),
                text => (None, pattern(text)),
            };
            i += 1;
            if let Some(pattern) = preset {
                let kinds = [BreathPhase::In, BreathPhase::Hold, BreathPhase::Out, BreathPhase::Hold];
                phases.extend(kinds.into_iter().zip(pattern).filter(|(_, s)| *s > 0).map(|(k, s)| (k, seconds(s))));
                continue;
            }
            let Some(phase) = phase else {
                return Err(Self::bad_arg(arg, format!("\"{}\" is no part of a breath", arg.text)).with_help(help));
            };
            let from = i;
            while i < self.args.len()
                && self.times(i).is_none()
                && !["in", "out", "hold", "inhale", "exhale"].iter().any(|word| self.args[i].is(word))
            {
                i += 1;
            }
            phases.push((phase, self.length(from, i)?));
        }
        if phases.is_empty() {
            return Err(self.bad("[breathe] needs the parts of a breath").with_help(help));
        }
        if phases.iter().any(|(_, length)| matches!(length, Length::Time(time) if time.is_zero())) {
            return Err(self
                .bad("a part of a breath lasts longer than nothing")
                .with_help("leave the part out instead"));
        }
        Ok(Bracket::Direction(Direction::Breathe { phases, cycles }))
    }

    fn count(&self) -> Result<Bracket, Diagnostic> {
        let help = "write [count 5 to 1 every 4s] or [count 1 to 5 every 4s | \"{{n}}. Deeper.\"]";
        let number = |i: usize| -> Result<i64, Diagnostic> {
            let arg = self.args.get(i).ok_or_else(|| self.bad("[count] needs two numbers").with_help(help))?;
            let number = arg.text.parse().ok().filter(|n: &i64| n.abs() <= 1_000_000);
            number.ok_or_else(|| {
                Self::bad_arg(arg, format!("\"{}\" is not a number up to a million", arg.text)).with_help(help)
            })
        };
        let word = |i: usize, word: &str| {
            let arg = self.args.get(i);
            if arg.is_some_and(|arg| arg.is(word)) {
                Ok(())
            } else {
                let span = arg.map_or(self.span, |arg| arg.span);
                Err(Diagnostic::error("bad-argument", span, format!("[count] needs \"{word}\" here")).with_help(help))
            }
        };
        let from = number(0)?;
        word(1, "to")?;
        let to = number(2)?;
        word(3, "every")?;
        let bar = self.args.iter().position(|arg| arg.is("|"));
        let every = self.length(4, bar.unwrap_or(self.args.len()))?;
        match bar {
            None => Ok(Bracket::Direction(Direction::Count { from, to, every, text: None })),
            Some(bar) => match &self.args[bar + 1..] {
                [text] if text.quoted => Ok(Bracket::CountText { from, to, every, text: text.clone() }),
                _ => Err(self.bad("the text of a count stands in quotation marks").with_help(help)),
            },
        }
    }

    fn repeat(&self) -> Result<Bracket, Diagnostic> {
        let help = "write [repeat 3] ... [end]; up to 10,000 times";
        let text = self.rest().to_lowercase();
        let digits = text.strip_prefix('x').or_else(|| text.strip_suffix(" times")).unwrap_or(&text).trim();
        match digits.parse::<u64>() {
            Ok(n) if n <= MAX_REPEATS => Ok(Bracket::Repeat(n as u32)),
            Ok(n) => {
                Err(Diagnostic::error("bad-argument", self.whole(), format!("{n} times is too often")).with_help(help))
            }
            Err(_) => Err(Diagnostic::error("bad-argument", self.whole(), "[repeat] needs a number").with_help(help)),
        }
    }

    fn condition(&self, skip: usize) -> Result<(Arg, TestArg), Diagnostic> {
        let help = "write [if KEY = VALUE], [if KEY != VALUE] or [if KEY]";
        let args = &self.args[skip.min(self.args.len())..];
        match args {
            [key] if !key.is("=") && !key.is("!=") => Ok((key.clone(), TestArg::Yes)),
            [key, operator, value @ ..] if !value.is_empty() && operator.is("=") => {
                Ok((key.clone(), TestArg::Equals(joined(value))))
            }
            [key, operator, value @ ..] if !value.is_empty() && operator.is("!=") => {
                Ok((key.clone(), TestArg::Differs(joined(value))))
            }
            _ => Err(self.bad(format!("[{}] needs a condition", self.name)).with_help(help)),
        }
    }

    fn include(&self) -> Result<Bracket, Diagnostic> {
        let help = "write [include FILE] or [include FILE with place = \"a kitchen\"]";
        let [path, rest @ ..] = self.args else { return Err(self.bad("[include] needs a file").with_help(help)) };
        let mut with = Vec::new();
        let mut rest = match rest {
            [] => rest,
            [word, rest @ ..] if word.is("with") && !rest.is_empty() => rest,
            [word, ..] => {
                return Err(Self::bad_arg(word, "only \"with\" and values may follow the file").with_help(help));
            }
        };
        while !rest.is_empty() {
            let [key, equals, value, more @ ..] = rest else {
                return Err(Self::bad_arg(&rest[0], "a value is written KEY = \"words\"").with_help(help));
            };
            if !equals.is("=") {
                return Err(Self::bad_arg(equals, "a value is written KEY = \"words\"").with_help(help));
            }
            with.push((key.clone(), value.text.clone()));
            rest = more;
        }
        Ok(Bracket::Include { path: path.clone(), with })
    }
}

/// `4-4-6` or `4-4-4-4` as the parts of a breath in seconds.
fn pattern(text: &str) -> Option<Vec<u64>> {
    let parts: Option<Vec<u64>> = text.split('-').map(|part| part.parse().ok().filter(|s| *s <= 60)).collect();
    parts.filter(|parts| (2..=4).contains(&parts.len())).map(|mut parts| {
        if parts.len() == 2 {
            parts.insert(1, 0);
        }
        parts
    })
}
