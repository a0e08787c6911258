//! The thread that talks to the desktop, and what playback sees of it: it never waits.

use super::{
    awake::Awake,
    remote::{Remote, Scene, Wish},
};
use crate::cli::play::screen::current;
use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    thread,
    time::{Duration, Instant},
};
use undertone::player::{Command, Motion, Status};

/// A position this far from where it would be by the clock is a jump.
const JUMP: Duration = Duration::from_secs(1);
/// How long the end waits for the desktop to be left.
const LEAVE: Duration = Duration::from_millis(200);

/// What the thread is told.
pub(super) enum Told {
    Scene(Scene),
    Jumped(Duration),
}

/// What a scene is made anew for.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    motion: Motion,
    chapter: Option<usize>,
    chapters: usize,
    seconds: u64,
}

/// The desktop, or nothing where there is none.
pub(in crate::cli::play) struct Desktop {
    tell: Option<SyncSender<Told>>,
    asked: Receiver<Wish>,
    left: Receiver<()>,
    remote: Remote,
    key: Option<Key>,
    /// Where it was at a moment, from which the desktop counts on by itself.
    anchor: (Instant, Duration),
}

impl Desktop {
    /// Begins to look for a desktop. It does not wait for one.
    pub(in crate::cli::play) fn join() -> Self {
        let (tell, told) = sync_channel(8);
        let (ask, asked) = sync_channel(32);
        let (leave, left) = sync_channel(1);
        let remote = Remote::new(ask);
        let served = remote.clone();
        // Without a thread there is no desktop.
        let begun = thread::Builder::new().name("desktop".to_owned()).spawn(move || {
            serve(&told, &served);
            let _ = leave.send(());
        });
        Self {
            tell: begun.is_ok().then_some(tell),
            asked,
            left,
            remote,
            key: None,
            anchor: (Instant::now(), Duration::ZERO),
        }
    }

    /// Shows what plays, and gives what was asked for since.
    pub(in crate::cli::play) fn meet(&mut self, status: &Status) -> Vec<Command> {
        self.show(status);
        let mut playing = match status.motion {
            Motion::Playing | Motion::Waiting => Some(true),
            Motion::Paused => Some(false),
            Motion::NoDevice | Motion::Ended => None,
        };
        self.asked.try_iter().filter_map(|wish| command(wish, &mut playing)).collect()
    }

    fn show(&mut self, status: &Status) {
        self.remote.at(status.position.at);
        let key = Key {
            motion: status.motion,
            chapter: current(status),
            chapters: status.chapters.len(),
            seconds: status.length.as_secs(),
        };
        let now = Instant::now();
        if self.key != Some(key) && self.tell(Told::Scene(Scene::of(status, key.chapter))) {
            let first = self.key.is_none();
            if first || self.key.is_some_and(|before| before.motion != key.motion) {
                self.anchor = (now, status.position.at);
            }
            self.key = Some(key);
        }
        let (since, from) = self.anchor;
        let moves = matches!(status.motion, Motion::Playing | Motion::Waiting);
        let expected = if moves { from + (now - since) } else { from };
        if status.position.at.abs_diff(expected) > JUMP && self.tell(Told::Jumped(status.position.at)) {
            self.anchor = (now, status.position.at);
        }
    }

    /// Whether the thread took it. What it has no time for is told again later.
    fn tell(&self, told: Told) -> bool {
        self.tell.as_ref().is_some_and(|tell| tell.try_send(told).is_ok())
    }
}

impl Drop for Desktop {
    /// The next session shall find the name free, but nobody waits for a desktop that does not answer.
    fn drop(&mut self) {
        if self.tell.take().is_some() {
            let _: Result<(), RecvTimeoutError> = self.left.recv_timeout(LEAVE);
        }
    }
}

/// What a wish comes to. Of several at once each sees what those before it did.
fn command(wish: Wish, playing: &mut Option<bool>) -> Option<Command> {
    let toggle = match wish {
        Wish::PlayPause => true,
        Wish::Play => *playing == Some(false),
        Wish::Pause => *playing == Some(true),
        Wish::Stop => return Some(Command::Quit),
        Wish::Chapters(count) => return Some(Command::SkipChapters(count)),
        Wish::By(micros) => return skip(micros),
        Wish::To(micros) => return Some(Command::Seek(Duration::from_micros(micros.unsigned_abs()))),
    };
    toggle.then(|| {
        *playing = playing.map(|playing| !playing);
        Command::TogglePause
    })
}

/// A skip by the nearest whole seconds.
fn skip(micros: i64) -> Option<Command> {
    let seconds = (micros as f64 / 1e6).round() as i32;
    (seconds != 0).then_some(Command::Skip(seconds))
}

fn serve(told: &Receiver<Told>, remote: &Remote) {
    let served = remote.serve();
    let mut awake = Awake::new(served.as_ref().map(|(connection, _)| connection.clone()));
    for told in told {
        let moves = match &told {
            Told::Scene(scene) => Some(scene.moves()),
            Told::Jumped(_) => None,
        };
        remote.tell(served.as_ref().map(|(connection, _)| connection), told);
        if let Some(moves) = moves {
            awake.keep(moves);
        }
    }
    awake.keep(false);
    drop(awake);
    if let Some((connection, name)) = served {
        // It may have gone already.
        let _ = connection.release_name(name);
        let _ = connection.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn play_and_pause_are_toggles_only_where_they_change_something() {
        let all = |wishes: &[Wish], mut playing: Option<bool>| -> Vec<_> {
            wishes.iter().filter_map(|wish| command(*wish, &mut playing)).collect()
        };
        assert_eq!(all(&[Wish::Play], Some(true)), []);
        assert_eq!(all(&[Wish::Pause, Wish::Pause], Some(true)), [Command::TogglePause]);
        assert_eq!(all(&[Wish::Pause, Wish::Play], Some(true)), [Command::TogglePause; 2]);
        assert_eq!(all(&[Wish::Play, Wish::Pause], None), []);
        assert_eq!(all(&[Wish::PlayPause], None), [Command::TogglePause]);
    }

    #[test]
    fn a_step_is_one_of_whole_seconds_and_a_place_is_that_place() {
        let to = |wish| command(wish, &mut Some(true));
        assert_eq!(to(Wish::By(-9_600_000)), Some(Command::Skip(-10)));
        assert_eq!(to(Wish::By(400_000)), None);
        assert_eq!(to(Wish::To(40_200_000)), Some(Command::Seek(Duration::from_millis(40_200))));
        assert_eq!(to(Wish::By(i64::MAX)), Some(Command::Skip(i32::MAX)));
    }
}
