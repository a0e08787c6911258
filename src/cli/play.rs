//! `undertone play`.

mod desktop;
mod keys;
mod lines;
pub(super) mod memory;
mod screen;
mod signals;
mod stage;
mod terminal;

use super::{ScriptArgs, Talk, VoiceArgs, ask, clock, duration, studio};
use clap::Args;
use desktop::Desktop;
use memory::{Memory, Place};
use serde_json::json;
use stage::Controls;
use std::{
    cell::RefCell,
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};
use undertone::{
    audio::{Decibels, Frames},
    bed,
    captions::{self, Caption},
    error::Error,
    player::{Command, Ended, Mark, Options, Player, SoundFile, Source, Status},
    script,
    session::Watch,
    sink,
};

#[derive(Debug, Args)]
pub(super) struct Play {
    /// A script, or a finished sound file
    what: PathBuf,
    #[command(flatten)]
    begin: Begin,
    #[command(flatten)]
    how: How,
    #[command(flatten)]
    voice: VoiceArgs,
    #[command(flatten)]
    asked: ScriptArgs,
    /// Speak everything anew and keep nothing
    #[arg(long)]
    no_cache: bool,
    /// Print how it ended as JSON
    #[arg(long)]
    json: bool,
}

/// Where playback begins.
#[derive(Debug, Args)]
pub(super) struct Begin {
    /// Where to begin: a time, such as 4:30, or a chapter's title or its beginning
    #[arg(long, value_name = "TIME|CHAPTER", conflicts_with = "resume")]
    from: Option<String>,
    /// Go on where it was left, a few seconds earlier
    #[arg(long)]
    resume: bool,
}

impl Begin {
    /// The frame that is meant; `left` tells where it was left.
    pub(super) fn at(
        &self,
        source: &mut dyn Source,
        left: impl FnOnce() -> Result<Option<Mark>, Error>,
    ) -> Result<Frames, Error> {
        /// So much earlier one finds back into it: long enough for the sentence that was being said.
        const EARLIER: Duration = Duration::from_secs(5);
        let at = match (&self.from, self.resume) {
            (Some(from), _) => find(source, from)?,
            (None, true) => left()?.map_or(Frames(0), |mark| source.find(mark) - source.rate().frames(EARLIER)),
            (None, false) => Frames(0),
        };
        // It may have become shorter since it was left.
        Ok(if source.reaches(at) { at } else { Frames(0) })
    }
}

/// How anything is played.
#[derive(Debug, Clone, Args)]
pub(super) struct How {
    /// Make the voice louder or softer, in dB
    #[arg(long, value_name = "G", value_parser = volume, allow_hyphen_values = true, default_value = "0dB")]
    volume: Decibels,
    /// Make the ambience louder or softer, in dB
    #[arg(long, value_name = "G", value_parser = volume, allow_hyphen_values = true, default_value = "0dB")]
    bed_volume: Decibels,
    /// Fall silent after this time, fading over its last two minutes
    #[arg(long, value_name = "D", value_parser = duration)]
    sleep: Option<Duration>,
    /// The sound device, as `undertone devices` lists it
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
    /// Begin again at the end
    #[arg(long = "loop")]
    looping: bool,
}

fn volume(text: &str) -> Result<Decibels, String> {
    let number = text.trim();
    let number = number.strip_suffix("dB").or_else(|| number.strip_suffix("db")).unwrap_or(number).trim();
    match number.parse::<f32>() {
        Ok(level) if (-40.0..=12.0).contains(&level) => Ok(Decibels(level)),
        _ => Err("a volume is -40dB to 12dB".to_owned()),
    }
}

/// How often the place is written down while it plays.
const EVERY: Duration = Duration::from_secs(10);

impl Play {
    pub(super) fn run(self, talk: &Talk) -> Result<ExitCode, Error> {
        let place = Place::of(&self.what);
        let memory = place.recall();
        let (mut source, title, start) = self.open(talk)?;
        let from = self.begin.at(&mut *source, || Ok(memory.left()))?;
        let options = self.how.options(title, from, memory.places());
        let session = Session { place, source: Some(source), started: Some(start), options, json: self.json };
        let (end, ended) = session.run(talk, from);
        let code = end?;
        if let Some(ended) = ended.filter(|_| self.json) {
            Talk::result(&format!(
                "{:#}",
                json!({
                    "position_s": ended.position.at.as_secs_f64(),
                    "finished": ended.finished,
                    "played_s": ended.played().as_secs_f64(),
                    "gaps": ended.gaps,
                })
            ))?;
        }
        Ok(code)
    }

    /// What is played, what it is called, and what has to be done when it is known from where.
    fn open(&self, talk: &Talk) -> Result<(Box<dyn Source>, String, Start), Error> {
        if bed::is_sound(&self.what) {
            let (file, title) = open_file(&self.what)?;
            return Ok((file, title, Box::new(|_| {})));
        }
        let studio = studio(&self.voice, &self.asked.allow_dirs, talk, !self.no_cache);
        let prepared = ask::prepare(&studio, &self.what, &self.asked, &self.voice)?;
        talk.remarks(&prepared);
        let title = prepared.plan.title.clone();
        let live = studio.play(prepared)?;
        let speak = live.starter();
        Ok((Box::new(live), title, Box::new(speak)))
    }
}

/// Begins to speak from a frame on.
pub(super) type Start = Box<dyn FnOnce(Frames)>;

/// A sound file with the captions beside it, and its title.
pub(super) fn open_file(path: &Path) -> Result<(Box<dyn Source>, String), Error> {
    // A file of another program may carry what is not understood.
    let carried = sink::carried(path).unwrap_or_default();
    let name = || path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let file = SoundFile::open(path, captions_of(path), &carried.chapters)?;
    Ok((Box::new(file), carried.title.unwrap_or_else(name)))
}

/// The captions beside a sound file; what is not there or not readable is not shown.
pub(super) fn captions_of(path: &Path) -> Vec<Caption> {
    let beside = path.with_extension("vtt");
    let text = std::fs::read_to_string(beside).unwrap_or_default();
    captions::read_vtt(&text)
}

/// Finds the frame that is meant by a time or a chapter.
fn find(source: &mut dyn Source, wanted: &str) -> Result<Frames, Error> {
    if let Some(time) = script::duration(wanted) {
        let at = source.rate().frames(time);
        if source.reaches(at) {
            return Ok(at);
        }
        return Err(Error::Request {
            message: format!(
                "it cannot begin at {wanted}: it lasts {}",
                clock(source.rate().duration(source.length()))
            ),
            help: "name an earlier time, or a chapter".to_owned(),
        });
    }
    let lower = wanted.trim().to_lowercase();
    let chapters = source.chapters();
    let like = |test: &dyn Fn(&str) -> bool| {
        let mut found = chapters.iter().filter(|(_, title)| test(&title.to_lowercase()));
        (found.next(), found.next())
    };
    let tests: [&dyn Fn(&str) -> bool; 3] =
        [&|title| title == lower, &|title| title.starts_with(&lower), &|title| title.contains(&lower)];
    for test in tests {
        if let (Some((at, _)), None) = like(test) {
            return Ok(*at);
        }
    }
    let titles: Vec<&str> = chapters.iter().map(|(_, title)| title.as_str()).collect();
    Err(Error::Request {
        message: format!("there is no chapter '{wanted}', or more than one"),
        help: match titles.as_slice() {
            [] => "it has no chapters; name a time, such as 4:30".to_owned(),
            titles => format!("name a time, such as 4:30, or one of: {}", titles.join(", ")),
        },
    })
}

impl How {
    pub(super) fn options(&self, title: String, from: Frames, bookmarks: Vec<Mark>) -> Options {
        Options {
            title,
            from,
            voice: self.volume,
            bed: self.bed_volume,
            sleep: self.sleep,
            device: self.device.clone(),
            looping: self.looping,
            bookmarks,
        }
    }
}

/// One playing of something whose place is remembered.
pub(super) struct Session {
    pub(super) place: Place,
    pub(super) source: Option<Box<dyn Source>>,
    pub(super) started: Option<Start>,
    pub(super) options: Options,
    /// Whether standard output is for what is printed at the end.
    pub(super) json: bool,
}

impl Session {
    /// Plays to the end, or until it is ended. However that is, what was heard until then is told; nothing when nothing could be.
    pub(super) fn run(mut self, talk: &Talk, from: Frames) -> (Result<ExitCode, Error>, Option<Ended>) {
        let (title, marked) = (self.options.title.clone(), self.options.bookmarks.clone());
        if let Some(start) = self.started.take() {
            start(from);
        }
        let player = match self.source.take().map(|source| Player::start(source, self.options)) {
            Some(Ok(player)) => player,
            Some(Err(error)) => return (Err(error), None),
            None => return (Err(Error::Interrupted), None),
        };
        let played = Played {
            player,
            desktop: RefCell::new(Desktop::join()),
            keeper: Keeper {
                place: self.place,
                title,
                last: RefCell::new(Instant::now()),
                known: RefCell::new(marked),
                failed: RefCell::new(None),
            },
        };
        let end = stage::run(&played, self.json);
        let Played { player, keeper, .. } = played;
        player.command(Command::Quit);
        let status = player.status();
        // Whatever happens from here on, what was marked and where it was are kept.
        keeper.keep(&status, Some(status.position));
        let (ended, failed) = player.finish();
        // On the screen they were to be seen for a while, if anybody looked.
        if terminal::is_there() {
            ended.warnings.iter().for_each(|warning| talk.warn(warning));
        }
        if let Some(why) = keeper.end(&status, &ended) {
            talk.warn(&format!("where it was left is not remembered: {why}"));
        }
        let end = end.map(stage::End::code).map_err(|error| Error::Request {
            message: format!("cannot show what plays: {error}"),
            help: "play it in another terminal, or with TERM=dumb".to_owned(),
        });
        (failed.map_or(end, Err), Some(ended))
    }
}

/// What plays, the desktop that shows it, and whose place is kept.
struct Played {
    player: Player,
    desktop: RefCell<Desktop>,
    keeper: Keeper,
}

impl Controls for Played {
    fn status(&self) -> Status {
        let status = self.player.status();
        self.keeper.look(&status);
        self.desktop.borrow_mut().meet(&status).into_iter().for_each(|command| self.player.command(command));
        status
    }

    fn command(&self, command: Command) {
        self.player.command(command);
    }
}

/// Writes down the place while it plays, so that it is known however it ends.
struct Keeper {
    place: Place,
    title: String,
    last: RefCell<Instant>,
    /// The places that this player knew of when it wrote last.
    known: RefCell<Vec<Mark>>,
    failed: RefCell<Option<String>>,
}

impl Keeper {
    fn look(&self, status: &Status) {
        // A place of which was said that it is kept is kept.
        let marked = status.bookmarks.len() > self.known.borrow().len();
        if marked || self.last.borrow().elapsed() >= EVERY {
            *self.last.borrow_mut() = Instant::now();
            self.keep(status, Some(status.position));
        }
    }

    fn end(&self, status: &Status, ended: &Ended) -> Option<String> {
        self.keep(status, (!ended.finished).then_some(ended.position));
        self.failed.borrow_mut().take()
    }

    fn keep(&self, status: &Status, position: Option<Mark>) {
        let memory = Memory::new(self.title.clone(), position, &status.bookmarks);
        let known = self.known.replace(status.bookmarks.clone());
        let memory = memory.with_those_of(&self.place.recall(), &known);
        *self.failed.borrow_mut() = self.place.keep(&memory).err();
    }
}

#[derive(Debug, Args)]
pub(super) struct Devices {
    /// Print them as JSON
    #[arg(long)]
    json: bool,
}

impl Devices {
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        let devices = sink::devices()?;
        if self.json {
            let rows = devices.iter().map(
                |device| json!({ "name": device.name, "description": device.description, "default": device.default }),
            );
            Talk::result(&format!("{:#}", rows.collect::<serde_json::Value>()))?;
            return Ok(ExitCode::SUCCESS);
        }
        let width = devices.iter().map(|device| device.name.chars().count()).max().unwrap_or(0);
        for device in devices {
            let mark = if device.default { '*' } else { ' ' };
            let description = device.description.lines().next().unwrap_or_default();
            Talk::result(format!("{mark} {:width$}  {description}", device.name).trim_end())?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
