use super::*;
use crate::cli::play::screen::sample;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::backend::TestBackend;
use signal_hook::{consts::SIGTERM, low_level::raise};
use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};
use undertone::audio::Decibels;

/// Signals reach the whole program: one test at a time has them.
static SIGNALS: Mutex<()> = Mutex::new(());

/// A player that notes what it is asked, and ends by itself after so many looks at it.
struct Fake {
    motion: Cell<Motion>,
    looks: Cell<u32>,
    asked: RefCell<Vec<Command>>,
    obeys: bool,
}

impl Fake {
    fn new(looks: u32) -> Self {
        Self { motion: Cell::new(Motion::Playing), looks: Cell::new(looks), asked: RefCell::default(), obeys: true }
    }
}

impl Controls for Fake {
    fn status(&self) -> Status {
        match self.looks.get() {
            0 => self.motion.set(Motion::Ended),
            left => self.looks.set(left - 1),
        }
        Status { motion: self.motion.get(), ..sample() }
    }

    fn command(&self, command: Command) {
        self.asked.borrow_mut().push(command);
        match command {
            Command::Quit if self.obeys => self.motion.set(Motion::Ended),
            Command::TogglePause => self.motion.set(match self.motion.get() {
                Motion::Paused => Motion::Playing,
                _ => Motion::Paused,
            }),
            _ => {}
        }
    }
}

/// What comes from the keyboard, in turn; then nothing, or the news that the terminal has gone.
struct Script {
    events: VecDeque<Option<Event>>,
    gone: bool,
    waits: Vec<Duration>,
}

impl Events for Script {
    fn next(&mut self, wait: Duration) -> io::Result<Option<Event>> {
        self.waits.push(wait);
        match self.events.pop_front() {
            Some(event) => Ok(event),
            None if self.gone => Err(io::Error::other("gone")),
            None => Ok(None),
        }
    }
}

#[allow(clippy::unnecessary_wraps, reason = "it stands beside nothing, which is a while without keys")]
fn key(code: KeyCode) -> Option<Event> {
    Some(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

/// How it ended, what was asked of the player, the last picture, and how long each event was waited for.
fn played(player: &Fake, keys: &[Option<Event>], gone: bool) -> (End, Vec<Command>, String, Vec<Duration>) {
    let signals = Signals::watch().unwrap();
    let mut canvas = Terminal::new(TestBackend::new(80, 24)).unwrap();
    let mut events = Script { events: keys.iter().cloned().collect(), gone, waits: Vec::new() };
    let look = Look::from_environment(|name| (name == "LANG").then(|| "C.UTF-8".to_owned()));
    let stage = Stage { player, look, signals: &signals, taken: None };
    let end = stage.run(&mut canvas, &mut events).unwrap();
    (end, player.asked.take(), canvas.backend().to_string(), events.waits)
}

fn alone() -> std::sync::MutexGuard<'static, ()> {
    SIGNALS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn it_ends_by_itself_with_the_last_picture_drawn() {
    let _alone = alone();
    let (end, asked, picture, _) = played(&Fake::new(3), &[], false);
    assert_eq!((end, asked), (End::Finished, vec![]));
    assert!(picture.contains("A night by the water"), "{picture}");
}

#[test]
fn keys_reach_the_player_in_order_and_q_ends_it() {
    let _alone = alone();
    let keys = [key(KeyCode::Right), key(KeyCode::Up), None, key(KeyCode::Char('x')), key(KeyCode::Char('q'))];
    let (end, asked, ..) = played(&Fake::new(9), &keys, false);
    assert_eq!(end, End::Quit);
    assert_eq!(asked, [Command::Skip(10), Command::Voice(Decibels(1.0)), Command::Quit]);
}

#[test]
fn all_keys_that_are_there_are_obeyed_before_the_next_picture() {
    let _alone = alone();
    let keys = [key(KeyCode::Right), key(KeyCode::Right), None, None];
    let (.., waits) = played(&Fake::new(2), &keys, false);
    assert_eq!(waits, [MOVING, Duration::ZERO, Duration::ZERO, MOVING]);
}

#[test]
fn it_looks_less_often_while_nothing_moves() {
    let _alone = alone();
    for (motion, wait) in
        [(Motion::Playing, MOVING), (Motion::Waiting, MOVING), (Motion::Paused, STILL), (Motion::NoDevice, STILL)]
    {
        let player = Fake::new(1);
        player.motion.set(motion);
        assert_eq!(played(&player, &[], false).3, [wait], "{motion:?}");
    }
}

#[test]
fn escape_closes_the_help_before_it_ends_anything() {
    let _alone = alone();
    let help = key(KeyCode::Char('?'));
    let picture = played(&Fake::new(3), &[help.clone(), None], false).2;
    assert!(picture.contains("sleep timer"), "{picture}");
    let (end, asked, picture, _) = played(&Fake::new(3), &[help.clone(), None, key(KeyCode::Esc), None], false);
    assert_eq!((end, asked), (End::Finished, vec![]));
    assert!(!picture.contains("sleep timer"), "{picture}");
    let (end, asked, ..) = played(&Fake::new(9), &[help, key(KeyCode::Esc), key(KeyCode::Esc)], false);
    assert_eq!((end, asked), (End::Quit, vec![Command::Quit]));
}

#[test]
fn ctrl_c_ends_it_as_the_signal_does() {
    let _alone = alone();
    let keys = [Some(Event::Key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL)))];
    let (end, asked, ..) = played(&Fake::new(9), &keys, false);
    assert_eq!((end, asked), (End::Signal(SIGINT), vec![Command::Quit]));
    assert_eq!(end.code(), ExitCode::from(130));
}

#[test]
fn a_terminal_that_goes_away_is_a_hangup() {
    let _alone = alone();
    let (end, asked, ..) = played(&Fake::new(9), &[], true);
    assert_eq!((end, asked), (End::Signal(SIGHUP), vec![Command::Quit]));
    assert_eq!(end.code(), ExitCode::from(129));
}

#[test]
fn a_signal_asks_for_the_end_once() {
    let _alone = alone();
    let player = Fake::new(9);
    let _watched = Signals::watch().unwrap();
    raise(SIGTERM).unwrap();
    let (end, asked, ..) = played(&player, &[], false);
    assert_eq!((end, asked), (End::Signal(SIGTERM), vec![Command::Quit]));
    assert_eq!(end.code(), ExitCode::from(143));
}

#[test]
fn a_player_that_does_not_end_is_not_waited_for() {
    let _alone = alone();
    let player = Fake { obeys: false, ..Fake::new(u32::MAX) };
    let (end, asked, ..) = played(&player, &[key(KeyCode::Char('q'))], false);
    assert_eq!((end, asked), (End::Quit, vec![Command::Quit]));
}

#[test]
fn lines_obey_the_same_signals() {
    let _alone = alone();
    let player = Fake::new(9);
    let signals = Signals::watch().unwrap();
    raise(SIGTERM).unwrap();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    assert_eq!(lines::run(&player, &signals, &mut out, &mut err), End::Signal(SIGTERM));
    assert_eq!(player.asked.take(), [Command::Quit]);
    let player = Fake::new(1);
    assert_eq!(lines::run(&player, &signals, &mut out, &mut err), End::Finished);
    assert_eq!(String::from_utf8(out).unwrap(), "3:10  The stream\n");
}
