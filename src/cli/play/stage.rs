//! Playback as a person sees it: the picture and the keys, or lines where there is no terminal, until it ends.

use super::{
    keys::{Wish, wish},
    lines,
    screen::{Look, draw},
    signals::{Signals, Watched, can_come_back, stop_group},
    terminal::{self, Events, Keyboard, Taken},
};
use ratatui::{Terminal, backend::Backend};
use signal_hook::consts::{SIGHUP, SIGINT};
use std::{
    io,
    mem::ManuallyDrop,
    process::ExitCode,
    time::{Duration, Instant},
};
use undertone::{
    player::{Command, Motion, Status},
    sink::Aloud,
};

/// What plays, as seen from here. Both are asked from one thread, about twenty times a second, and must not wait.
pub(super) trait Controls {
    /// What is playing now.
    fn status(&self) -> Status;
    /// Asks for something. Soon after [`Command::TogglePause`] the status says [`Motion::Paused`], or no longer; soon after
    /// [`Command::Quit`] it says [`Motion::Ended`].
    fn command(&self, command: Command);
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// By itself.
    Finished,
    /// The person had enough of it.
    Quit,
    /// By a signal, or Ctrl-C, which is one of them to everybody else; a terminal that goes away is a hangup.
    Signal(i32),
    /// Something in the program panicked; its message was printed.
    Panicked,
}

impl End {
    /// What the program exits with: 130 for Ctrl-C, 143 for SIGTERM, 129 for a hangup.
    pub(super) fn code(self) -> ExitCode {
        match self {
            Self::Finished | Self::Quit => ExitCode::SUCCESS,
            Self::Signal(signal) => ExitCode::from(128_u8.saturating_add(signal as u8)),
            Self::Panicked => ExitCode::from(101),
        }
    }
}

/// Between two pictures while something moves, and while nothing does.
const MOVING: Duration = Duration::from_millis(50);
const STILL: Duration = Duration::from_millis(250);
/// The player fades out in less.
const LAST: Duration = Duration::from_millis(500);

/// Shows what plays, and obeys, until it ends. Whatever happens the terminal is afterwards as it was before. With `json` standard
/// output is left for what is printed at the end.
///
/// # Errors
///
/// When the terminal cannot be drawn on.
pub(super) fn run(player: &dyn Controls, json: bool) -> io::Result<End> {
    let signals = Signals::watch()?;
    if !terminal::is_there() {
        let mut out: Box<dyn io::Write> = if json { Box::new(io::stderr()) } else { Box::new(io::stdout()) };
        return Ok(lines::run(player, &signals, &mut out, &mut Aloud));
    }
    let look = Look::from_environment(|name| std::env::var(name).ok());
    let taken = Taken::take()?;
    // Never dropped: it would complain on standard error of a terminal that has gone.
    let mut canvas = ManuallyDrop::new(terminal::canvas()?);
    Stage { player, look, signals: &signals, taken: Some(&taken) }.run(&mut canvas, &mut Keyboard::default())
}

pub(super) struct Stage<'a> {
    pub(super) player: &'a dyn Controls,
    pub(super) look: Look,
    pub(super) signals: &'a Watched,
    /// Nothing in tests, which draw into memory.
    pub(super) taken: Option<&'a Taken>,
}

impl Stage<'_> {
    /// Draws and listens until it ends.
    pub(super) fn run<B: Backend<Error: std::error::Error + Send + Sync + 'static>>(
        mut self,
        canvas: &mut Terminal<B>,
        events: &mut impl Events,
    ) -> io::Result<End> {
        loop {
            if self.taken.is_some_and(Taken::was_lost) {
                self.player.command(Command::Quit);
                return Ok(End::Panicked);
            }
            if let Some(signal) = self.signals.end() {
                return Ok(self.leave(End::Signal(signal)));
            }
            if self.signals.stop() && can_come_back() {
                self.stop()?;
                canvas.clear().map_err(io::Error::other)?;
            } else if self.signals.goes_on() {
                // Stopped from outside, with no time to say so.
                self.taken.map_or(Ok(()), Taken::take_again)?;
                canvas.clear().map_err(io::Error::other)?;
            }
            let status = self.player.status();
            if status.motion == Motion::Ended {
                return Ok(End::Finished);
            }
            self.look.see(&status);
            canvas.draw(|frame| draw(frame, &status, &self.look)).map_err(io::Error::other)?;
            let mut wait = match status.motion {
                Motion::Playing | Motion::Waiting => MOVING,
                Motion::Paused | Motion::NoDevice | Motion::Ended => STILL,
            };
            // All that is there, and only then the next picture.
            loop {
                match events.next(wait) {
                    Ok(None) => break,
                    Ok(Some(event)) => {
                        if let Some(end) = self.obey(wish(&event)) {
                            return Ok(self.leave(end));
                        }
                        if wish(&event) == Some(Wish::Redraw) {
                            canvas.clear().map_err(io::Error::other)?;
                        }
                    }
                    Err(_) => return Ok(self.leave(End::Signal(SIGHUP))),
                }
                wait = Duration::ZERO;
            }
        }
    }

    fn obey(&mut self, wish: Option<Wish>) -> Option<End> {
        match wish? {
            Wish::Ask(Command::Quit) => return Some(End::Quit),
            Wish::Ask(command) => {
                if matches!(command, Command::Skip(_) | Command::SkipChapters(_) | Command::RepeatChapter) {
                    self.look.forget();
                }
                self.player.command(command);
            }
            Wish::Help => self.look.help = !self.look.help,
            Wish::Escape if self.look.help => self.look.help = false,
            Wish::Escape => return Some(End::Quit),
            Wish::Interrupt => return Some(End::Signal(SIGINT)),
            Wish::Suspend if can_come_back() => stop_group(),
            Wish::Suspend | Wish::Redraw => {}
        }
        None
    }

    /// Lends the terminal to the shell until the program is called back.
    fn stop(&self) -> io::Result<()> {
        stopped(
            self.player,
            self.signals,
            || self.taken.into_iter().for_each(Taken::lend),
            || self.taken.map_or(Ok(()), Taken::take_again),
        )
    }

    fn leave(&self, end: End) -> End {
        leave(self.player, self.signals, end)
    }
}

/// Stops the program, with the sound paused for that time when it was not.
pub(super) fn stopped(
    player: &dyn Controls,
    signals: &Watched,
    before: impl FnOnce(),
    after: impl FnOnce() -> io::Result<()>,
) -> io::Result<()> {
    let playing = matches!(player.status().motion, Motion::Playing | Motion::Waiting);
    if playing {
        player.command(Command::TogglePause);
        // The sound must have faded before the process is frozen with its device half fed.
        until(LAST, || player.status().motion == Motion::Paused);
    }
    before();
    signals.stop_here();
    after()?;
    if playing && player.status().motion == Motion::Paused {
        player.command(Command::TogglePause);
    }
    Ok(())
}

/// Asks for the end and waits for it, but not long, and not after a second signal.
pub(super) fn leave(player: &dyn Controls, signals: &Watched, end: End) -> End {
    player.command(Command::Quit);
    until(LAST, || player.status().motion == Motion::Ended || signals.end().is_some());
    end
}

fn until(most: Duration, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() && began.elapsed() < most {
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(test)]
mod tests;
