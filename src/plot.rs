//! A session, or a sound, as a picture: what is heard when, on one axis of time.
//!
//! It is drawn from plain values over time, and the same values give the same picture, to the byte.

mod axis;
mod columns;
mod draw;
mod look;
#[cfg(feature = "plot-png")]
mod png;
mod silences;
mod words;

pub use columns::{Cell, Columns};
pub use draw::svg;
pub use look::Look;
#[cfg(feature = "plot-png")]
pub use png::png;
pub use silences::Silences;

/// A picture before it is drawn. Times are in seconds from the start.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// What it is called.
    pub title: String,
    /// What is said beside the title: lengths, loudness, peaks.
    pub facts: Vec<String>,
    /// The length of what is shown, in seconds, above 0.
    pub length: f64,
    /// How many seconds one value of a track stands for, above 0: the first value lies between 0 and `step`.
    pub step: f64,
    /// Where chapters begin, in order, and their titles.
    pub chapters: Vec<(f64, String)>,
    /// Spans in which nothing is said, in order.
    pub shades: Vec<Shade>,
    /// Points at which something happens, in order.
    pub marks: Vec<Mark>,
    /// From top to bottom.
    pub panels: Vec<Panel>,
}

/// A span that is shaded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shade {
    /// Where it begins, in seconds.
    pub from: f64,
    /// Where it ends, in seconds.
    pub to: f64,
    /// Whether it is a silence; else a pause.
    pub silence: bool,
}

/// A point in time.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// When, in seconds.
    pub at: f64,
    /// What is shown for it.
    pub kind: MarkKind,
    /// What it is called.
    pub name: String,
}

/// What happens at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkKind {
    /// A stroke of a bell.
    Bell,
    /// A sound from a file begins.
    Sound,
    /// A named point.
    Point,
}

impl MarkKind {
    const ALL: [Self; 3] = [Self::Bell, Self::Sound, Self::Point];

    fn name(self) -> &'static str {
        match self {
            Self::Bell => "bell",
            Self::Sound => "sound",
            Self::Point => "mark",
        }
    }
}

/// Tracks above one another on the same scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// What it shows.
    pub name: String,
    /// The unit of its scale; empty for a wave.
    pub unit: &'static str,
    /// Its share of the height, relative to the others'.
    pub share: f32,
    /// How far below the highest value the scale may reach.
    pub reach: f32,
    /// What is drawn in it; the first lies lowest.
    pub tracks: Vec<Track>,
}

/// Values over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// What it is called in the legend.
    pub name: String,
    /// Its colour, counted over the whole picture; there are eight, which come again.
    pub colour: usize,
    /// Its values.
    pub shape: Shape,
}

/// How values are drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// The lowest and the highest sample, and the root of the mean square.
    Wave(Vec<[f32; 3]>),
    /// A line, with gaps where there is no value.
    Line(Vec<Option<f32>>),
    /// A line whose area down to the bottom is filled.
    Area(Vec<Option<f32>>),
    /// A line whose area to 0 is filled.
    FromZero(Vec<Option<f32>>),
    /// One value for the whole length.
    Constant(f32),
}

/// The width and the height of a picture in pixels: 640 x 400 to 8000 x 8000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    width: u32,
    height: u32,
}

impl Size {
    /// A size, or `None` when it is smaller or larger than a picture can be.
    #[must_use]
    pub fn new(width: u32, height: u32) -> Option<Self> {
        ((640..=8000).contains(&width) && (400..=8000).contains(&height)).then_some(Self { width, height })
    }
}

impl Default for Size {
    fn default() -> Self {
        Self { width: 1600, height: 960 }
    }
}

/// Why a picture cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// The drawing cannot be turned into pixels.
    #[error("cannot draw the picture in {width} x {height} pixels: {reason}")]
    Pixels {
        /// The width in pixels.
        width: u32,
        /// The height in pixels.
        height: u32,
        /// What the renderer said.
        reason: String,
    },
}

#[cfg(test)]
mod tests;
