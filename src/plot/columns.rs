//! Sound and values over time, reduced to some thousand columns while they pass by.

use crate::audio::Stereo;

/// As many columns are kept at most; then two become one.
const MOST: usize = 4000;

/// What is known of a short span of sound or of a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    low: f32,
    high: f32,
    sum: f64,
    weight: u64,
}

impl Cell {
    /// Nothing yet.
    pub const EMPTY: Self = Self { low: f32::INFINITY, high: f32::NEG_INFINITY, sum: 0.0, weight: 0 };

    /// Some frames of sound.
    #[must_use]
    pub fn of(frames: &[Stereo]) -> Self {
        let mut cell = Self { weight: frames.len() as u64, ..Self::EMPTY };
        // Squares of some thousand samples can be added in f32; the sum of many parts cannot.
        for part in frames.chunks(256) {
            let mut sum = 0f32;
            for frame in part {
                cell.low = cell.low.min(frame.left).min(frame.right);
                cell.high = cell.high.max(frame.left).max(frame.right);
                sum += frame.left * frame.left + frame.right * frame.right;
            }
            cell.sum += f64::from(sum) / 2.0;
        }
        cell
    }

    /// A value that holds for some frames.
    #[must_use]
    pub fn value(value: f32, frames: u64) -> Self {
        Self { low: value, high: value, sum: f64::from(value) * frames as f64, weight: frames }
    }

    /// A level in dB that holds for some frames; levels are averaged as powers.
    #[must_use]
    pub fn level(db: Option<f64>, frames: u64) -> Self {
        let power = db.map_or(0.0, |db| 10f64.powf(db / 10.0));
        Self { low: 0.0, high: 0.0, sum: power * frames as f64, weight: frames }
    }

    /// Both, one after the other.
    #[must_use]
    pub fn join(self, next: Self) -> Self {
        Self {
            low: self.low.min(next.low),
            high: self.high.max(next.high),
            sum: self.sum + next.sum,
            weight: self.weight + next.weight,
        }
    }

    /// How many frames it stands for.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.weight
    }

    /// The mean of a value.
    #[must_use]
    pub fn mean(&self) -> f32 {
        (self.sum / self.weight.max(1) as f64) as f32
    }

    /// The mean power of sound in dB of full scale, or of levels; nothing when there is none.
    #[must_use]
    pub fn db(&self) -> Option<f32> {
        let mean = self.sum / self.weight.max(1) as f64;
        (mean > 0.0).then(|| (10.0 * mean.log10()) as f32)
    }

    /// The highest sample in dB of full scale; nothing in digital silence.
    #[must_use]
    pub fn peak_db(&self) -> Option<f32> {
        let peak = self.high.max(-self.low);
        (peak > 0.0).then(|| 20.0 * peak.log10())
    }

    /// The lowest and the highest sample, and the root of the mean square.
    #[must_use]
    pub fn wave(&self) -> [f32; 3] {
        if self.weight == 0 {
            return [0.0; 3];
        }
        [self.low, self.high, self.mean().max(0.0).sqrt()]
    }
}

/// Some tracks in columns of one width, which doubles whenever there are 4,000.
#[derive(Debug, Clone)]
pub struct Columns {
    tracks: Vec<Vec<Cell>>,
    frames: u64,
}

impl Columns {
    /// Columns of so many frames at first, for so many tracks.
    #[must_use]
    pub fn new(tracks: usize, frames: u64) -> Self {
        Self { tracks: vec![Vec::new(); tracks], frames: frames.max(1) }
    }

    /// How many frames the next column takes.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Adds a column: one cell a track.
    pub fn push(&mut self, cells: impl IntoIterator<Item = Cell>) {
        for (track, cell) in self.tracks.iter_mut().zip(cells) {
            // Cells of the first width go on being given after columns have become wider.
            match track.last_mut() {
                Some(last) if last.weight + cell.weight <= self.frames => *last = last.join(cell),
                _ => track.push(cell),
            }
        }
        if self.tracks.first().is_some_and(|track| track.len() >= MOST) {
            for track in &mut self.tracks {
                *track = track.chunks(2).map(|pair| pair.iter().fold(Cell::EMPTY, |a, b| a.join(*b))).collect();
            }
            self.frames *= 2;
        }
    }

    /// The columns of a track.
    #[must_use]
    pub fn track(&self, track: usize) -> &[Cell] {
        &self.tracks[track]
    }
}
