//! `undertone library play`, and playlists played.

use super::{Talk, cannot};
use crate::cli::play::{Begin, How, Session, captions_of, memory::Place};
use clap::Args;
use jiff::Timestamp;
use rand::seq::IteratorRandom;
use std::{ops::Range, process::ExitCode, time::Duration};
use undertone::{
    audio::{Decibels, Frames, SampleRate},
    bed::{Bed, Source as BedSource},
    error::Error,
    library::{Entry, Library, Played, shown},
    player::{Mark, Piece, Row, SoundFile},
    session::{Watch, chain},
    speech::catalog,
};

#[derive(Debug, Args)]
pub(in crate::cli) struct Play {
    /// The session: its name, a beginning of it, or its number in the last list; the one heard last when absent
    name: Option<String>,
    /// One that chance picks
    #[arg(long, conflicts_with = "name")]
    random: bool,
    /// One of those with this tag, picked by chance
    #[arg(long, value_name = "TAG", conflicts_with = "name")]
    tag: Option<String>,
    #[command(flatten)]
    begin: Begin,
    #[command(flatten)]
    how: How,
}

impl Play {
    pub(super) fn run(self, library: &Library, talk: &Talk) -> Result<ExitCode, Error> {
        let entry = self.pick(library)?;
        let audio = entry.audio();
        let chapters: Vec<(Duration, String)> =
            entry.about.chapters.iter().map(|chapter| (chapter.at, chapter.title.clone())).collect();
        let mut source = SoundFile::open(&audio, captions_of(&audio), &chapters)?;
        let place = Place::of_session(&entry.about.id);
        let memory = place.recall();
        let left = || match memory.left() {
            Some(mark) => Ok(Some(mark)),
            None => Ok(library.last_position(&entry.slug)?.map(Mark::from)),
        };
        let from = self.begin.at(&mut source, left)?;
        let options = self.how.options(shown(&entry.about.title), from, memory.places());
        let session = Session { place, source: Some(Box::new(source)), started: None, options, json: false };
        let started = Timestamp::now();
        let (end, ended) = session.run(talk, from);
        let recorded = ended.map_or(Ok(()), |ended| {
            let (position, heard, finished) = (ended.position.at, ended.played(), ended.finished);
            library.record(&entry, &Played { started, position, heard, finished })
        });
        let code = end?;
        recorded?;
        Ok(code)
    }

    fn pick(&self, library: &Library) -> Result<Entry, Error> {
        if let Some(name) = &self.name {
            return Ok(library.entry(&library.resolve(name)?)?);
        }
        let entries = library.entries()?.entries;
        if self.random || self.tag.is_some() {
            let has = |entry: &Entry, tag: &String| {
                let tag = tag.to_lowercase();
                entry.about.tags.iter().any(|own| own.to_lowercase() == tag)
            };
            let fits = |entry: &Entry| self.tag.as_ref().is_none_or(|tag| has(entry, tag));
            let picked = entries.into_iter().filter(fits).choose(&mut rand::rng());
            return picked.ok_or_else(|| match &self.tag {
                Some(tag) => cannot(format!("no session has the tag '{}'", shown(tag))),
                None => cannot("the library has no sessions; undertone library add SCRIPT".to_owned()),
            });
        }
        let heard = library.last_heard()?;
        let last = entries.into_iter().filter(|entry| heard.contains_key(&entry.about.id));
        let last = last.max_by_key(|entry| heard.get(&entry.about.id).map(|(at, _)| *at));
        last.ok_or_else(|| {
            cannot("nothing was heard yet; name a session, as undertone library list shows them".to_owned())
        })
    }
}

/// Plays sessions in a row, with an ambience that goes through.
pub(super) fn play_row(library: &Library, name: &str, how: &How, talk: &Talk) -> Result<ExitCode, Error> {
    let playlist = library.playlist(name)?;
    for missing in &playlist.missing {
        talk.warn(&format!("{} is not in the library any more", shown(missing)));
    }
    if playlist.sessions.is_empty() {
        return Err(cannot(format!("the playlist {} has no sessions", shown(&playlist.name))));
    }
    let open = |(bed, level): (String, f32)| {
        let folders = catalog::data_folders("ambience", &[], "UNDERTONE_AMBIENCE");
        let bed = Bed::open(BedSource::Recipe { name: &bed, dirs: &folders }, SampleRate::HZ_48000, 1)?;
        bed.prepare();
        Ok::<_, Error>((bed, Decibels(level)))
    };
    let bed = playlist.bed.map(open).transpose()?;
    let piece = |entry: &Entry| Piece {
        title: shown(&entry.about.title),
        audio: entry.audio(),
        captions: captions_of(&entry.audio()),
        length: entry.about.length,
    };
    let mut sessions = Vec::new();
    for entry in &playlist.sessions {
        let piece = piece(entry);
        match piece.open() {
            Ok(_) => sessions.push((entry, piece)),
            Err(error) => talk.warn(&format!("{} is left out: {}", shown(&entry.slug), chain(&error))),
        }
    }
    if sessions.is_empty() {
        return Err(cannot(format!("no session of the playlist {} can be played", shown(&playlist.name))));
    }
    let (sessions, pieces): (Vec<_>, Vec<_>) = sessions.into_iter().unzip();
    let row = Row::new(pieces, bed);
    let spans = row.spans();
    let place = Place::of(&library.root().join("playlists").join(&playlist.name));
    let options = how.options(shown(&playlist.name), Frames(0), place.recall().places());
    let session = Session { place, source: Some(Box::new(row)), started: None, options, json: false };
    let started = Timestamp::now();
    let (end, ended) = session.run(talk, Frames(0));
    let heard = ended.map(|ended| ended.heard).unwrap_or_default();
    let mut failed = None;
    for (entry, (begin, end)) in sessions.into_iter().zip(spans) {
        if let Some((before, played)) = part(&heard, begin..end) {
            let started = started.saturating_add(before).unwrap_or(started);
            // One that cannot be written down does not keep the others from it.
            let recorded = library.record(entry, &Played { started, ..played });
            failed = recorded.err().or(failed);
        }
    }
    let code = end?;
    failed.map_or(Ok(code), |error| Err(error.into()))
}

/// What was heard of a part of what played, and for how long something was played before it; nothing when nothing of it was.
fn part(heard: &[Range<Duration>], part: Range<Duration>) -> Option<(Duration, Played)> {
    let (mut passed, mut found) = (Duration::ZERO, None);
    for span in heard {
        let (from, to) = (span.start.max(part.start), span.end.min(part.end));
        if from < to {
            let nothing = Played {
                started: Timestamp::UNIX_EPOCH,
                position: Duration::ZERO,
                heard: Duration::ZERO,
                finished: false,
            };
            let (_, played) = found.get_or_insert((passed + from.saturating_sub(span.start), nothing));
            played.position = to.saturating_sub(part.start);
            played.heard += to.saturating_sub(from);
            played.finished |= to == part.end;
        }
        passed += span.end.saturating_sub(span.start);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_sessions_in_a_row_only_what_was_heard_counts() {
        let seconds = |from, to| Duration::from_secs(from)..Duration::from_secs(to);
        // The first is left soon, the second heard to its end, the third begun, and gone back to.
        let heard = [seconds(0, 3), seconds(100, 225), seconds(210, 215)];
        let of = |from, to| {
            let (before, played) = part(&heard, seconds(from, to))?;
            Some((before.as_secs(), played.position.as_secs(), played.heard.as_secs(), played.finished))
        };
        assert_eq!(of(0, 96), Some((0, 3, 3, false)));
        assert_eq!(of(100, 200), Some((3, 100, 100, true)));
        assert_eq!(of(204, 300), Some((107, 11, 26, false)));
        assert_eq!(of(304, 400), None);
    }
}
