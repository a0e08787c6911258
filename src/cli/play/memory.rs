//! Where each session was left, and places that were kept: one small file each, in the person's state folder.

use serde::{Deserialize, Serialize};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use undertone::{player::Mark, session::Spot, sink};

/// What is remembered of a session.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Memory {
    /// What it was called.
    #[serde(default)]
    pub(crate) title: String,
    /// Where it was left; nothing when it was heard to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    position: Option<Kept>,
    /// Places that were kept, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    bookmarks: Vec<Kept>,
}

/// A place as it is written down. Times are seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Kept {
    /// From the session's start.
    at: f64,
    /// Stands for the words of the script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    words: Option<String>,
    /// Which part of the script it is in.
    #[serde(default)]
    cue: usize,
    /// How far in it.
    #[serde(default)]
    into: f64,
}

impl From<Mark> for Kept {
    fn from(mark: Mark) -> Self {
        let (at, spot) = (mark.at.as_secs_f64(), mark.spot);
        let (cue, into) = spot.map_or((0, 0.0), |spot| (spot.cue, spot.into.as_secs_f64()));
        Self { at, words: spot.map(|spot| format!("{:016x}", spot.words)), cue, into }
    }
}

impl Kept {
    fn mark(&self) -> Mark {
        let words = self.words.as_ref().and_then(|words| u64::from_str_radix(words, 16).ok());
        let spot = words.map(|words| Spot { words, cue: self.cue, into: seconds(self.into) });
        Mark { at: seconds(self.at), spot }
    }
}

/// The place where one session's memory is kept.
#[derive(Debug, Clone)]
pub(crate) struct Place(Option<PathBuf>);

impl Place {
    /// Of what is played from this path.
    pub(crate) fn of(path: &Path) -> Self {
        let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        Self::named(path.as_os_str().as_encoded_bytes())
    }

    /// Of a session in a library, whatever it is called and whatever its sound is written as.
    pub(crate) fn of_session(id: &str) -> Self {
        Self::named(format!("session {id}").as_bytes())
    }

    fn named(name: &[u8]) -> Self {
        use etcetera::BaseStrategy;
        let own = || {
            let base = etcetera::choose_base_strategy().ok()?;
            Some(base.state_dir().unwrap_or_else(|| base.data_dir()).join("undertone"))
        };
        let folder = std::env::var_os("UNDERTONE_STATE").map(PathBuf::from).or_else(own);
        let name = blake3::hash(name).to_hex();
        Self(folder.map(|folder| folder.join("positions").join(format!("{}.toml", &name[..32]))))
    }

    /// What is remembered; what cannot be read is forgotten.
    pub(crate) fn recall(&self) -> Memory {
        let text = self.0.as_ref().and_then(|path| std::fs::read_to_string(path).ok());
        text.and_then(|text| toml::from_str(&text).ok()).unwrap_or_default()
    }

    /// Remembers. Playback goes on when that cannot be done; the result says why.
    pub(crate) fn keep(&self, memory: &Memory) -> Result<(), String> {
        let path = self.0.as_ref().ok_or("this system has no folder for it")?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
        }
        let text = toml::to_string(memory).map_err(|error| error.to_string())?;
        sink::write_whole(path, text.as_bytes()).map_err(|error| undertone::session::chain(&error))
    }
}

impl Memory {
    pub(crate) fn new(title: String, position: Option<Mark>, bookmarks: &[Mark]) -> Self {
        Self {
            title,
            position: position.map(Kept::from),
            bookmarks: bookmarks.iter().copied().map(Kept::from).collect(),
        }
    }

    /// The same with the places that another player has kept meanwhile: those of `now` that were not there `before`.
    pub(crate) fn with_those_of(mut self, now: &Self, before: &[Mark]) -> Self {
        let before: Vec<Kept> = before.iter().copied().map(Kept::from).collect();
        let others = now.bookmarks.iter().filter(|place| !before.contains(place));
        let others: Vec<Kept> = others.filter(|place| !self.bookmarks.contains(place)).cloned().collect();
        self.bookmarks.extend(others);
        self.bookmarks.sort_by(|a, b| a.at.total_cmp(&b.at));
        self
    }

    /// Where it was left.
    pub(crate) fn left(&self) -> Option<Mark> {
        self.position.as_ref().map(Kept::mark)
    }

    /// The places that were kept.
    pub(crate) fn places(&self) -> Vec<Mark> {
        self.bookmarks.iter().map(Kept::mark).collect()
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let at = Duration::from_millis(61_250);
        let spot = Spot { words: u64::MAX, cue: 7, into: Duration::from_millis(1_500) };
        let marks = [Mark { at, spot: Some(spot) }, at.into()];
        let memory = Memory::new("A \"calm\" place".to_owned(), Some(marks[0]), &marks);
        let read: Memory = toml::from_str(&toml::to_string(&memory).unwrap()).unwrap();
        assert_eq!((read.left(), read.places()), (Some(marks[0]), marks.to_vec()));
    }

    #[test]
    fn what_was_written_by_hand_is_a_time_that_there_is() {
        let read = |text| toml::from_str::<Memory>(text).unwrap().left().unwrap();
        assert_eq!(read("position = { at = -3.0, words = \"no\" }"), Duration::ZERO.into());
        assert_eq!(read("position = { at = 1e300 }"), Duration::ZERO.into());
    }

    #[test]
    fn places_that_another_player_has_kept_meanwhile_are_kept() {
        let at = |seconds: &[u64]| seconds.iter().map(|at| Duration::from_secs(*at).into()).collect::<Vec<Mark>>();
        let memory = |seconds: &[u64]| Memory::new(String::new(), None, &at(seconds));
        let kept = memory(&[10, 30]).with_those_of(&memory(&[10, 20]), &at(&[10]));
        assert_eq!(kept.places(), at(&[10, 20, 30]));
        // One that has moved since with the words around it is not another.
        let kept = memory(&[11, 30]).with_those_of(&memory(&[10]), &at(&[10]));
        assert_eq!(kept.places(), at(&[11, 30]));
    }
}
