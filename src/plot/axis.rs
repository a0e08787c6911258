//! Where the lines of a scale stand, and what is written beside them.

use super::words;

/// Steps of the axis of time in seconds.
const STEPS: [f64; 24] = [
    0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0,
    7200.0, 14_400.0, 21_600.0, 43_200.0, 86_400.0,
];

/// The axis of time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Times {
    /// Seconds, and what is written there.
    pub(super) ticks: Vec<(f64, String)>,
    /// What the labels count.
    pub(super) unit: &'static str,
}

/// The narrowest steps whose labels, of a size in pixels, have room beside one another.
pub(super) fn times(length: f64, pixels: f64, size: f64) -> Times {
    let mut made = with_step(length, STEPS[STEPS.len() - 1]);
    for step in STEPS {
        // The densest labels that anyone reads; and no list of millions is made only to be thrown away.
        if pixels * step / length < 28.0 {
            continue;
        }
        made = with_step(length, step);
        let widest = made.ticks.iter().map(|(_, label)| words::width(label, size)).fold(0.0, f64::max);
        if pixels * step / length >= widest + 34.0 {
            break;
        }
    }
    made
}

fn with_step(length: f64, step: f64) -> Times {
    let count = (length / step + 1e-9).floor() as usize;
    let decimals = if step >= 1.0 {
        0
    } else if step >= 0.1 {
        1
    } else {
        2
    };
    let label = |at: f64| {
        if step >= 60.0 {
            return format!("{:.0}", at / 60.0);
        }
        // Rounded once, so that 59.999 is not read as 0:60.
        let scale = 10f64.powi(decimals);
        let parts = (at * scale).round();
        let minutes = (parts / scale / 60.0 + 1e-9).floor();
        let seconds = parts / scale - minutes * 60.0;
        let width = if decimals == 0 { 2 } else { 3 + decimals as usize };
        format!("{minutes:.0}:{seconds:0width$.*}", decimals as usize)
    };
    let ticks = (0..=count).map(|i| i as f64 * step).map(|at| (at, label(at))).collect();
    Times { ticks, unit: if step >= 60.0 { "min" } else { "min:s" } }
}

/// A scale of levels: its ends, and its lines between them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Levels {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) lines: Vec<f64>,
}

/// A scale for values, which reaches at most `reach` below the highest, and has a line for every 30 pixels or so.
pub(super) fn levels(values: impl Iterator<Item = f32>, reach: f64, pixels: f64) -> Levels {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values.map(f64::from).filter(|value| value.is_finite()) {
        low = low.min(value);
        high = high.max(value);
    }
    if low > high {
        (low, high) = (-reach, 0.0);
    }
    low = low.max(high - reach);
    let span = (high - low).max(3.0);
    let most = (pixels / 30.0).clamp(1.0, 6.0);
    let step = [1.0, 2.0, 3.0, 6.0, 12.0, 20.0, 40.0].into_iter().find(|step| span / step <= most).unwrap_or(80.0);
    let pad = span * 0.06;
    let (low, high) = ((low - pad).max(high - span - pad), high + pad);
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    Levels { low, high, lines: (first..=last).map(|i| i as f64 * step).collect() }
}
