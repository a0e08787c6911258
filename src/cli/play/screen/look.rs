//! How the screen looks: colours, letters, and what it remembers from one picture to the next.

use super::text;
use ratatui::style::{Color, Modifier, Style};
use undertone::{
    player::{Heard, Status},
    script::BreathPhase,
};

/// How many colours a terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli::play) enum Colours {
    /// None, or none are wanted: light and shade alone.
    None,
    /// The eight that every terminal has.
    Few,
    /// 256.
    Many,
}

/// How important something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// The title.
    Title,
    /// What is heard at this moment.
    Bright,
    /// What can be read when looked for.
    Text,
    /// What stands aside.
    Dim,
    /// Lines and grounds.
    Faint,
    /// What moves: the bar that has passed, a breath.
    Warm,
    /// The edge of what moves.
    Ember,
}

/// How the screen looks.
#[derive(Debug, Clone)]
pub(in crate::cli::play) struct Look {
    pub(in crate::cli::play) colours: Colours,
    /// Only ASCII: the locale is not UTF-8.
    pub(in crate::cli::play) ascii: bool,
    /// Whether the keys are shown.
    pub(in crate::cli::play) help: bool,
    /// What was said last; it fades while the voice is silent.
    pub(super) lingering: String,
    /// Whether the lungs are full after the last breath that moved.
    pub(super) full: bool,
}

impl Look {
    pub(in crate::cli::play) fn new(colours: Colours, ascii: bool) -> Self {
        Self { colours, ascii, help: false, lingering: String::new(), full: true }
    }

    /// As the environment asks for it: `NO_COLOR`, `TERM`, `COLORTERM`, and the locale.
    pub(in crate::cli::play) fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default().to_lowercase();
        let colours = if set("NO_COLOR").is_some() {
            Colours::None
        } else if set("COLORTERM").is_some() || set("TERM").is_some_and(|term| term.contains("256")) {
            Colours::Many
        } else {
            Colours::Few
        };
        Self::new(colours, !(locale.contains("utf-8") || locale.contains("utf8")))
    }

    /// Remembers what the next pictures need of this one.
    pub(in crate::cli::play) fn see(&mut self, status: &Status) {
        match &status.heard {
            Heard::Speech { text, .. } if *text != self.lingering => self.lingering.clone_from(text),
            Heard::Breath { phase, .. } => {
                self.lingering.clear();
                match phase {
                    BreathPhase::In => self.full = true,
                    BreathPhase::Out => self.full = false,
                    BreathPhase::Hold => {}
                }
            }
            Heard::Unknown => self.lingering.clear(),
            Heard::Speech { .. } | Heard::Pause { .. } => {}
        }
    }

    /// Forgets it: what comes next does not follow what was.
    pub(in crate::cli::play) fn forget(&mut self) {
        self.lingering.clear();
        self.full = true;
    }

    /// The whole screen. Where there are colours enough it is black also on a light terminal: it is made for the dark.
    pub(super) fn ground(&self) -> Style {
        match self.colours {
            Colours::Many => Style::new().bg(Color::Indexed(16)).fg(Color::Indexed(137)),
            Colours::Few | Colours::None => Style::new(),
        }
    }

    /// Few colours, all of them warm, for blue light keeps people awake.
    pub(super) fn style(&self, tone: Tone) -> Style {
        let indexed = |colour| Style::new().fg(Color::Indexed(colour));
        // What is drawn over something dim is not dim for that.
        let plain = Style::new().fg(Color::Reset).remove_modifier(Modifier::BOLD | Modifier::DIM);
        match (self.colours, tone) {
            (Colours::Many, Tone::Title) => indexed(180),
            (Colours::Many, Tone::Bright) => indexed(180),
            (Colours::Many, Tone::Text) => indexed(137),
            (Colours::Many, Tone::Dim) => indexed(242),
            (Colours::Many, Tone::Faint) => indexed(237),
            (Colours::Many, Tone::Warm) => indexed(137),
            (Colours::Many, Tone::Ember) => indexed(95),
            (Colours::Few, Tone::Bright | Tone::Warm) => plain.fg(Color::Yellow),
            (Colours::Few | Colours::None, Tone::Title) => plain.add_modifier(Modifier::BOLD),
            (Colours::None, Tone::Bright) => plain.add_modifier(Modifier::BOLD),
            (Colours::None, Tone::Warm) => plain,
            (Colours::Few | Colours::None, Tone::Text) => plain,
            (Colours::Few, Tone::Ember) => plain.fg(Color::Yellow).add_modifier(Modifier::DIM),
            (Colours::Few | Colours::None, Tone::Dim | Tone::Faint) | (Colours::None, Tone::Ember) => {
                plain.add_modifier(Modifier::DIM)
            }
        }
    }

    /// A text of a script as it may be shown.
    pub(super) fn text(&self, text: &str) -> String {
        let plain = text::plain(text);
        if self.ascii { text::ascii(&plain) } else { plain }
    }

    /// One of two letters.
    pub(super) fn letter(&self, fine: &'static str, ascii: &'static str) -> &'static str {
        if self.ascii { ascii } else { fine }
    }

    /// What stands between two words that do not belong together.
    pub(super) fn dot(&self) -> &'static str {
        self.letter(" · ", " - ")
    }
}
