//! Gains that change over time, known at every position.

use crate::audio::{Frames, raised_cosine};

/// One change: from one value to another along half a cosine.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Change {
    at: u64,
    over: u64,
    from: f32,
    to: f32,
}

/// A value that is constant but for smooth changes, one after another.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    start: f32,
    changes: Vec<Change>,
}

impl Curve {
    /// A value that does not change yet.
    #[must_use]
    pub fn constant(value: f32) -> Self {
        Self { start: value, changes: Vec::new() }
    }

    /// Moves to another value, beginning at a frame that is not before the beginning of the change before.
    ///
    /// A change that is still under way is broken off where it has come to.
    pub fn change(&mut self, at: Frames, over: Frames, to: f32) {
        let from = self.value(at.0);
        if self.changes.last().is_some_and(|last| last.at == at.0) {
            self.changes.pop();
        }
        self.changes.push(Change { at: at.0, over: over.0, from, to });
    }

    /// The value at a frame.
    #[must_use]
    pub fn value(&self, at: u64) -> f32 {
        let next = self.changes.partition_point(|change| change.at <= at);
        let Some(change) = next.checked_sub(1).map(|i| self.changes[i]) else { return self.start };
        let passed = at - change.at;
        if passed >= change.over {
            return change.to;
        }
        change.from + (change.to - change.from) * raised_cosine((passed as f64 / change.over as f64) as f32)
    }

    /// The value in a range of frames when it does not change there.
    #[must_use]
    pub fn constant_in(&self, from: u64, to: u64) -> Option<f32> {
        let next = self.changes.partition_point(|change| change.at < to);
        let Some(change) = next.checked_sub(1).map(|i| self.changes[i]) else { return Some(self.start) };
        (change.at + change.over <= from).then_some(change.to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_half_way_in_its_middle_and_one_that_is_broken_off_has_no_step() {
        let mut curve = Curve::constant(0.0);
        curve.change(Frames(100), Frames(100), 1.0);
        assert_eq!([99, 100, 200, 1000].map(|at| curve.value(at)), [0.0, 0.0, 1.0, 1.0]);
        assert!((curve.value(150) - 0.5).abs() < 1e-6);
        curve.change(Frames(150), Frames(10), 0.0);
        assert!((curve.value(150) - 0.5).abs() < 1e-6);
        assert_eq!(curve.value(160), 0.0);
        assert_eq!((curve.constant_in(0, 100), curve.constant_in(90, 110)), (Some(0.0), None));
        assert_eq!(curve.constant_in(160, 999), Some(0.0));
    }
}
