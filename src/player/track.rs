//! Which frame of the source was the one that is heard now.

use crate::{audio::Frames, mix::Volumes};
use std::{collections::VecDeque, ops::Range};

/// What was handed to a device, in the order of handing over.
#[derive(Debug, Default)]
pub(super) struct Track {
    /// Frames that were handed over.
    given: u64,
    /// Counts of frames, and what of the source they were: where it begins, and its highest samples.
    parts: VecDeque<(u64, Frames, Volumes)>,
    /// What of the source was handed over and not given up, in that order.
    spans: Vec<Range<Frames>>,
}

impl Track {
    /// So many frames from a place of the source on were handed over.
    pub(super) fn give(&mut self, at: Frames, count: u64, peaks: Volumes) {
        self.parts.push_back((self.given, at, peaks));
        self.given += count;
        let end = at + Frames(count);
        match self.spans.last_mut() {
            Some(last) if last.end == at => last.end = end,
            _ => self.spans.push(at..end),
        }
    }

    /// How many frames were handed over.
    pub(super) fn given(&self) -> u64 {
        self.given
    }

    /// What is heard when so many frames have been: the place in the source, and the highest samples around it.
    pub(super) fn heard(&mut self, count: u64) -> Option<(Frames, Volumes)> {
        while self.parts.get(1).is_some_and(|(begin, ..)| *begin <= count) {
            self.parts.pop_front();
        }
        let (begin, at, peaks) = self.parts.front()?;
        Some((*at + Frames(count.saturating_sub(*begin)), *peaks))
    }

    /// What was handed over and not heard is forgotten: the device has given it up, after so many frames that were. It counts on from
    /// `next`.
    pub(super) fn cut(&mut self, heard: u64, next: u64) {
        let mut unheard = Frames(self.given.saturating_sub(heard));
        while let Some(last) = self.spans.last_mut()
            && unheard > Frames(0)
        {
            let given_up = unheard.min(last.end - last.start);
            last.end = last.end - given_up;
            unheard = unheard - given_up;
            if last.is_empty() {
                self.spans.pop();
            }
        }
        self.parts.clear();
        self.given = next;
    }

    /// What of the source was heard, in that order; what was heard twice is there twice.
    pub(super) fn spans(&self) -> &[Range<Frames>] {
        &self.spans
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_heard_is_found_across_jumps() {
        let mut track = Track::default();
        track.give(Frames(100), 10, Volumes::UNITY);
        track.give(Frames(110), 10, Volumes::UNITY);
        track.give(Frames(500), 10, Volumes::UNITY);
        let places: Vec<u64> = [0, 5, 10, 19, 20, 29].map(|count| track.heard(count).unwrap().0.0).to_vec();
        assert_eq!(places, [100, 105, 110, 119, 500, 509]);
        assert_eq!(track.spans(), [Frames(100)..Frames(120), Frames(500)..Frames(510)]);
        track.cut(25, 25);
        assert_eq!(track.heard(25), None);
        assert_eq!(track.spans(), [Frames(100)..Frames(120), Frames(500)..Frames(505)]);
        track.give(Frames(7), 10, Volumes::UNITY);
        assert_eq!(track.heard(26).unwrap().0, Frames(8));
        // Another device begins to count anew.
        track.cut(17, 0);
        assert_eq!(track.spans(), [Frames(100)..Frames(117)]);
        track.give(Frames(117), 3, Volumes::UNITY);
        assert_eq!(track.heard(1).unwrap().0, Frames(118));
        assert_eq!(track.spans(), [Frames(100)..Frames(120)]);
    }
}
