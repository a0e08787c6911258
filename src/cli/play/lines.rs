//! Playback without a picture: a line a chapter for whoever reads along, and what happens on standard error.

use super::{
    screen::{clock, current, plain},
    signals::{Watched, can_come_back},
    stage::{Controls, End, leave, stopped},
};
use std::{io::Write, time::Duration};
use undertone::player::{Motion, Status};

/// Between two looks at the player.
const LOOK: Duration = Duration::from_millis(100);

/// What was said already.
#[derive(Debug, Default)]
struct Said {
    begun: bool,
    chapter: Option<usize>,
    motion: Option<Motion>,
    notice: Option<String>,
}

impl Said {
    /// Says what is new. A reader that has gone does not end what is heard.
    fn say(&mut self, status: &Status, out: &mut impl Write, err: &mut impl Write) {
        let chapter = current(status);
        if !self.begun || self.chapter != chapter {
            (self.begun, self.chapter) = (true, chapter);
            let (start, title) = chapter.map_or((status.position.at, &status.title), |at| {
                let (start, title) = &status.chapters[at];
                (*start, title)
            });
            let _ = writeln!(out, "{}  {}", clock(start), plain(title)).and_then(|()| out.flush());
        }
        if self.motion != Some(status.motion) {
            let words = match status.motion {
                Motion::Waiting => Some("waiting for words"),
                Motion::NoDevice => Some("no device to play on; it goes on when there is one"),
                Motion::Paused => Some("paused"),
                // It is worth a line only after something else.
                Motion::Playing if self.motion.is_some() => Some("playing"),
                Motion::Playing | Motion::Ended => None,
            };
            self.motion = Some(status.motion);
            if let Some(words) = words {
                let _ = writeln!(err, "{}  {words}", clock(status.position.at));
            }
        }
        if self.notice != status.notice {
            self.notice.clone_from(&status.notice);
            if let Some(notice) = &status.notice {
                let _ = writeln!(err, "{}  {}", clock(status.position.at), plain(notice));
            }
        }
    }
}

/// Plays until it ends, or is ended by a signal.
pub(super) fn run(player: &dyn Controls, signals: &Watched, out: &mut impl Write, err: &mut impl Write) -> End {
    let mut said = Said::default();
    loop {
        if let Some(signal) = signals.end() {
            return leave(player, signals, End::Signal(signal));
        }
        if signals.stop() && can_come_back() {
            // Without a terminal of its own nothing can fail.
            let _ = stopped(player, signals, || (), || Ok(()));
        }
        let status = player.status();
        said.say(&status, out, err);
        if status.motion == Motion::Ended {
            return End::Finished;
        }
        std::thread::sleep(LOOK);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::play::screen::sample;

    fn told(statuses: &[Status]) -> (String, String) {
        let (mut said, mut out, mut err) = (Said::default(), Vec::new(), Vec::new());
        statuses.iter().for_each(|status| said.say(status, &mut out, &mut err));
        (String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
    }

    fn at(seconds: u64) -> Status {
        Status { position: Duration::from_secs(seconds).into(), ..sample() }
    }

    #[test]
    fn a_chapter_is_told_once_when_it_begins() {
        let (out, err) = told(&[at(0), at(1), at(91), at(92), at(200), at(5)]);
        assert_eq!(out, "0:00  Arriving\n1:30  Settling\n3:10  The stream\n0:00  Arriving\n");
        assert_eq!(err, "");
    }

    #[test]
    fn without_chapters_the_title_is_told() {
        let bare = |seconds| Status { chapters: Vec::new(), title: "A\x1b[2J\nB".to_owned(), ..at(seconds) };
        assert_eq!(told(&[bare(0), bare(100)]).0, "0:00  A [2J B\n");
    }

    #[test]
    fn what_happens_is_told_on_standard_error() {
        let motion = |seconds, motion| Status { motion, ..at(seconds) };
        let notice = Status { notice: Some("playing on \x07Headphones".to_owned()), ..at(8) };
        let all =
            [at(0), motion(4, Motion::Waiting), motion(6, Motion::NoDevice), at(7), notice.clone(), notice, at(9)];
        assert_eq!(
            told(&all),
            (
                "0:00  Arriving\n".to_owned(),
                "0:04  waiting for words\n0:06  no device to play on; it goes on when there is one\n\
                 0:07  playing\n0:08  playing on Headphones\n"
                    .to_owned()
            )
        );
    }
}
