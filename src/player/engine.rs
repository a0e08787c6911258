//! The thread that reads a source and hands it to a device.

use super::{
    Ended, Options,
    sleep::Timer,
    sound::{BLOCK, Sound},
    source::Source,
    status::{Command, Motion, Status},
    track::Track,
};
use crate::{
    audio::{Decibels, Frames},
    error::Error,
    mix::Volumes,
    sink::{GENTLY, Hush, Opening, Output},
};
use std::{
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

/// Words that are not ready so long before they are due have to wait.
const DUE: Duration = Duration::from_millis(110);

/// How long the device is looked for at a time, when there is none.
const LOOK: Duration = Duration::from_millis(400);

/// How long the end of it all takes.
const QUIT: Duration = Duration::from_millis(50);

/// How long the loop rests at most.
const REST: Duration = Duration::from_millis(10);

/// A loop that took so long did not run.
const ASLEEP: Duration = Duration::from_millis(1_000);

/// Words that had to wait within this time wait still.
const STILL: Duration = Duration::from_millis(400);

/// Waiting is worth telling of after this time; the first words of a session take less.
const LONG: Duration = Duration::from_secs(1);

/// How long something that happened is shown.
const NOTICE: Duration = Duration::from_secs(6);

/// Going back to the start of a chapter goes to the one before within this time of its start.
const CHAPTER_START: Duration = Duration::from_secs(3);

pub(super) struct Engine {
    source: Box<dyn Source>,
    options: Options,
    orders: Receiver<Command>,
    shown: Arc<Mutex<Status>>,
    output: Option<Output>,
    sound: Sound,
    track: Track,
    timer: Timer,
    /// What the person wants.
    volumes: (Decibels, Decibels),
    muted: bool,
    paused: bool,
    /// What is heard when nothing is handed over.
    position: Frames,
    /// The place that was gone to last: what is faded in before it is not of where one is.
    place: Frames,
    /// The gate opens, over this time, once enough is there.
    opening: Option<Approach>,
    /// When what was handed over by then was due.
    due: (Instant, u64),
    /// Since when words have had to wait, and when they had to last.
    waited: Option<(Instant, Instant)>,
    notice: Option<(String, Instant)>,
    warnings: Vec<String>,
    /// Since when the device has all there is.
    emptied: Option<Instant>,
    looked: Instant,
    /// A device that is being looked for.
    sought: Option<Opening>,
    /// A device that has gone, until that was told.
    lost: Option<String>,
    /// One has gone, and none has played since.
    stranded: bool,
    gaps: u64,
}

/// What leads to a place was read, and is not heard yet.
struct Approach {
    /// How long it takes to come in.
    ramp: Duration,
    /// Words that come next had to wait since, and what leads to them now is not what was read.
    stale: bool,
}

enum Step {
    /// Something was done.
    Moved,
    /// There is no room, or nothing is ready.
    Stuck,
    /// All was handed over.
    Done,
}

pub(super) fn first_status(source: &dyn Source, options: &Options) -> Status {
    let time = |frames| source.rate().duration(frames);
    Status {
        title: options.title.clone(),
        chapters: source.chapters().into_iter().map(|(at, title)| (time(at), title)).collect(),
        bookmarks: options.bookmarks.clone(),
        position: source.mark(options.from),
        length: time(source.length()),
        prepared: time(source.prepared()),
        motion: Motion::Playing,
        heard: source.heard(options.from),
        voice_level: Decibels(f32::NEG_INFINITY),
        bed_level: Decibels(f32::NEG_INFINITY),
        voice: options.voice,
        bed: source.has_stems().then_some(options.bed),
        muted: false,
        sleep: None,
        looping: options.looping,
        notice: None,
    }
}

impl Engine {
    pub(super) fn open(
        source: Box<dyn Source>,
        options: Options,
        orders: Receiver<Command>,
        shown: Arc<Mutex<Status>>,
    ) -> Result<Self, Error> {
        let rate = source.rate();
        let output = Output::open(options.device.as_deref(), rate)?;
        let now = Instant::now();
        let mut engine = Self {
            timer: Timer::new(rate, options.sleep),
            volumes: (options.voice, options.bed),
            sound: Sound::new(&*source, Frames(0), Volumes::UNITY, 1.0),
            track: Track::default(),
            source,
            orders,
            shown,
            output: Some(output),
            muted: false,
            paused: false,
            position: options.from,
            place: options.from,
            opening: None,
            due: (now, 0),
            waited: None,
            notice: None,
            warnings: Vec::new(),
            emptied: None,
            looked: now,
            sought: None,
            lost: None,
            stranded: false,
            gaps: 0,
            options,
        };
        engine.begin(engine.options.from);
        Ok(engine)
    }

    /// Plays until the end, or until it is ended.
    pub(super) fn run(mut self) -> (Ended, Option<Error>) {
        let mut finished = false;
        let mut shown = Instant::now();
        let mut failed = None;
        'playing: loop {
            // Stopped from outside, or a computer that slept.
            if shown.elapsed() > ASLEEP
                && let Some(output) = &self.output
            {
                output.forgive();
            }
            let mut moved = false;
            loop {
                match self.step() {
                    Ok(Step::Moved) => moved = true,
                    Ok(Step::Stuck) => break,
                    Ok(Step::Done) => {
                        finished = true;
                        break 'playing;
                    }
                    Err(error) => {
                        failed = Some(error);
                        break 'playing;
                    }
                }
                if self.asleep() {
                    break 'playing;
                }
                if shown.elapsed() > REST {
                    break;
                }
            }
            if self.asleep() {
                break;
            }
            self.open_when_ready();
            self.watch_device();
            self.show(None);
            shown = Instant::now();
            match self.orders.recv_timeout(if moved { Duration::from_millis(1) } else { self.rest() }) {
                Ok(Command::Quit) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(command) => self.obey(command),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        (self.end(finished), failed)
    }

    /// How long nothing can happen.
    fn rest(&self) -> Duration {
        if self.paused { REST * 3 } else { REST }
    }

    fn end(mut self, finished: bool) -> Ended {
        if finished {
            // All that was handed over has been waited for, whatever the device has told of it.
            self.position = self.track.spans().last().map_or(self.position, |last| last.end);
            self.gaps += self.output.take().map_or(0, |output| output.starved());
        } else {
            self.close(QUIT);
            self.leave_device();
        }
        if self.sought.is_some() {
            // It may never be found: what is said at the end is to be seen.
            Hush::lift();
        }
        let rate = self.source.rate();
        self.show(Some(Motion::Ended));
        let time = |span: &Range<Frames>| rate.duration(span.start)..rate.duration(span.end);
        Ended {
            position: self.source.mark(self.position),
            finished,
            heard: self.track.spans().iter().map(time).collect(),
            gaps: self.gaps,
            warnings: self.warnings,
        }
    }

    /// Closes the gate and waits until nothing is heard any more.
    fn close(&mut self, ramp: Duration) {
        let Some(output) = &self.output else { return };
        output.close_gate(ramp);
        let began = Instant::now();
        while !output.is_closed() && !output.has_gone() && began.elapsed() < Duration::from_secs(1) {
            std::thread::sleep(Duration::from_millis(1));
        }
        // What was handed over last is on its way still.
        if ramp == QUIT {
            std::thread::sleep(output.delay().min(Duration::from_millis(400)));
        }
    }

    /// What is heard now.
    fn heard(&mut self) -> Frames {
        match &self.output {
            Some(output) => {
                let heard = output.heard();
                self.track.heard(heard).map_or(self.position, |(at, _)| at.max(self.place))
            }
            None => self.position,
        }
    }

    /// Hands on what there is room for, or reads the next block.
    fn step(&mut self) -> Result<Step, Error> {
        let Some(output) = &mut self.output else { return Ok(Step::Stuck) };
        if !self.sound.rest.is_empty() {
            let rest = &mut self.sound.rest;
            let at = self.sound.out - Frames(rest.len() as u64);
            let count = output.put(rest);
            rest.drain(..count);
            self.track.give(at, count as u64, self.sound.peaks);
            self.timer.pass(Frames(count as u64));
            return Ok(if count > 0 { Step::Moved } else { Step::Stuck });
        }
        if self.sound.ended {
            return Ok(self.after_the_end());
        }
        if output.room() < BLOCK {
            return Ok(Step::Stuck);
        }
        let ready = self.source.ready(self.sound.read)?;
        if ready == Frames(0) {
            if self.sound.read >= self.source.length() {
                self.sound.finish();
                return Ok(Step::Moved);
            }
            return Ok(self.fall_behind());
        }
        if self.opening.as_ref().is_some_and(|approach| approach.stale) {
            self.empty();
            self.approach();
        } else {
            self.read(BLOCK.min(ready.0 as usize));
        }
        Ok(Step::Moved)
    }

    /// Nothing is ready: words that are due have to wait, while what lies under them goes on.
    fn fall_behind(&mut self) -> Step {
        let Some(output) = &self.output else { return Step::Stuck };
        let rate = self.source.rate();
        let (since, given) = self.due;
        let ahead = match &self.opening {
            // Nothing is taken yet.
            Some(_) => Frames(output.waiting() as u64),
            None => Frames(self.track.given()) - Frames(given) - rate.frames(since.elapsed()),
        };
        let late = !self.paused && Instant::now() >= since && ahead <= rate.frames(DUE);
        // Nothing of the place itself was read yet.
        let at_the_place = self.opening.is_some() && self.sound.read <= self.place;
        let begun = self.source.begun(self.place);
        if late && at_the_place && begun < self.place {
            // Words that are not there yet cannot be entered in their middle: they are waited for where they begin.
            self.jump(begun);
            return Step::Moved;
        }
        if late && self.source.hold(Frames(BLOCK as u64)) {
            if let Some(approach) = self.opening.as_mut().filter(|_| at_the_place) {
                approach.stale = true;
            }
            let now = Instant::now();
            let since = self.waited.filter(|(_, last)| last.elapsed() < STILL).map_or(now, |(since, _)| since);
            self.waited = Some((since, now));
            return Step::Moved;
        }
        self.source.wait(Duration::from_millis(5));
        Step::Stuck
    }

    fn read(&mut self, count: usize) {
        let to = self.wanted();
        let chapter = self.to_end_of_chapter(self.sound.read.max(self.place));
        let asleep = self.timer.left(chapter).map_or(1.0, |left| {
            let ahead = Frames(self.sound.rest.len() as u64);
            self.timer.gain(left - ahead)
        });
        self.sound.read(&mut *self.source, count, to, asleep);
    }

    fn wanted(&self) -> Volumes {
        let bed = if self.muted { 0.0 } else { self.volumes.1.amplitude() };
        Volumes { voice: self.volumes.0.amplitude(), bed }
    }

    /// Whether the sleep timer has run out.
    fn asleep(&self) -> bool {
        let chapter = self.to_end_of_chapter(self.sound.out.max(self.place));
        self.timer.left(chapter).is_some_and(|left| left <= Frames(BLOCK as u64)) && !self.sound.ended
    }

    fn to_end_of_chapter(&self, at: Frames) -> Frames {
        let next = self.source.chapters().into_iter().find(|(begin, _)| *begin > at);
        next.map_or_else(|| self.source.length(), |(begin, _)| begin) - at
    }

    fn after_the_end(&mut self) -> Step {
        let Some(output) = &self.output else { return Step::Stuck };
        if self.options.looping {
            let from = self.source.jump(Frames(0));
            self.place = from;
            self.sound = Sound::new(&*self.source, from, self.sound.volumes, self.sound.asleep);
            return Step::Moved;
        }
        output.end();
        if output.waiting() > 0 || self.paused {
            self.emptied = None;
            return Step::Stuck;
        }
        // What the device took last is heard as much later as it says.
        let emptied = *self.emptied.get_or_insert_with(Instant::now);
        if emptied.elapsed() >= output.delay() { Step::Done } else { Step::Stuck }
    }

    fn open_when_ready(&mut self) {
        let (Some(output), Some(Approach { ramp, .. })) = (&self.output, &self.opening) else { return };
        if !self.paused && output.runs() && (output.room() < BLOCK || output.waiting() >= 4 * BLOCK || self.sound.ended)
        {
            output.open_gate(*ramp);
            self.opening = None;
            self.due = (Instant::now(), self.track.given().saturating_sub(output.waiting() as u64));
        }
    }

    /// Begins to read at a place; the gate is closed and the ring empty.
    fn begin(&mut self, from: Frames) {
        let at = self.source.jump(from);
        (self.position, self.place) = (at, at);
        self.emptied = None;
        self.due = (Instant::now() + self.source.patience(), self.track.given());
        self.approach();
    }

    /// Reads what leads to the place, of which nothing is heard but what is faded in.
    fn approach(&mut self) {
        // That comes before the place, so that the place itself is whole.
        let ramp = if self.place == Frames(0) { Duration::ZERO } else { GENTLY };
        let from = self.place - self.source.rate().frames(ramp);
        self.sound = Sound::new(&*self.source, from, self.wanted(), self.sound.asleep);
        self.opening = Some(Approach { ramp, stale: false });
        while self.sound.read < self.sound.from {
            let count = (self.sound.from - self.sound.read).0.min(BLOCK as u64);
            self.read(count as usize);
        }
    }

    /// Goes to another place without a click.
    fn jump(&mut self, to: Frames) {
        self.close(GENTLY);
        self.empty();
        self.begin(to);
    }

    /// Has the device forget what it was handed and has not played; its gate is closed.
    fn empty(&mut self) {
        if let Some(output) = &self.output {
            let began = Instant::now();
            while !output.drained() && !output.has_gone() && began.elapsed() < Duration::from_secs(1) {
                std::thread::sleep(Duration::from_millis(1));
            }
            let heard = output.heard();
            self.track.cut(heard, heard);
        }
    }

    fn obey(&mut self, command: Command) {
        let rate = self.source.rate();
        match command {
            Command::TogglePause => self.pause(),
            Command::Skip(seconds) => {
                let by = rate.frames(Duration::from_secs(u64::from(seconds.unsigned_abs())));
                let at = self.heard();
                let to = if seconds < 0 { at - by } else { (at + by).min(self.last_place().max(at)) };
                self.jump(to);
            }
            Command::Seek(to) => self.jump(rate.frames(to).min(self.last_place())),
            Command::SkipChapters(by) => self.skip_chapters(by),
            Command::RepeatChapter => {
                let at = self.heard();
                let begin = self.source.chapters().into_iter().rev().find(|(begin, _)| *begin <= at);
                self.jump(begin.map_or(Frames(0), |(begin, _)| begin));
            }
            Command::Voice(by) => self.volumes.0 = louder(self.volumes.0, by),
            Command::Bed(by) => self.volumes.1 = louder(self.volumes.1, by),
            Command::MuteBed => self.muted = !self.muted,
            Command::Sleep => {
                let at = self.heard();
                self.timer.step(self.to_end_of_chapter(at));
            }
            Command::Bookmark => {
                let at = self.heard();
                self.options.bookmarks.push(self.source.mark(at));
                self.tell("this place is kept".to_owned());
            }
            Command::Quit => {}
        }
    }

    /// The last place that is gone to.
    fn last_place(&self) -> Frames {
        self.source.length() - self.source.rate().frames(Duration::from_secs(1))
    }

    fn pause(&mut self) {
        self.paused = !self.paused;
        if self.paused {
            self.close(GENTLY);
        } else if self.opening.is_none() {
            if let Some(output) = &self.output {
                output.open_gate(GENTLY);
            }
            self.due = (Instant::now() + Duration::from_millis(50), self.track.given());
        }
    }

    fn skip_chapters(&mut self, by: i32) {
        let at = self.heard();
        let begins: Vec<Frames> = self.source.chapters().into_iter().map(|(begin, _)| begin).collect();
        let now = begins.partition_point(|begin| *begin <= at) as i64 - 1;
        let inside = usize::try_from(now).ok().and_then(|now| begins.get(now)).map_or(at, |begin| at - *begin);
        let again = by < 0 && inside > self.source.rate().frames(CHAPTER_START);
        let to = now + i64::from(by) + i64::from(again);
        match usize::try_from(to) {
            Err(_) => self.jump(Frames(0)),
            Ok(to) => {
                if let Some(begin) = begins.get(to) {
                    self.jump(*begin);
                }
            }
        }
    }

    fn tell(&mut self, notice: String) {
        self.notice = Some((notice, Instant::now()));
    }

    /// Lets go of the device; what it has not played was not heard.
    fn leave_device(&mut self) -> Option<Output> {
        self.position = self.heard();
        let output = self.output.take()?;
        self.gaps += output.starved();
        self.track.cut(output.heard(), 0);
        Some(output)
    }

    /// Finds out that a device has gone, and looks for one when there is none.
    fn watch_device(&mut self) {
        if self.output.as_ref().is_some_and(Output::has_gone) {
            self.stranded = true;
            self.lost = self.leave_device().map(|output| output.name().to_owned());
            self.looked = Instant::now().checked_sub(LOOK).unwrap_or_else(Instant::now);
        }
        if self.output.is_some() || self.looked.elapsed() < LOOK {
            return;
        }
        let rate = self.source.rate();
        let name = &self.options.device;
        let found = self.sought.get_or_insert_with(|| Opening::begin(name.clone(), rate)).done();
        // One that goes on at once is not worth a word; a sound system that does not answer is.
        if found.is_none() && self.looked.elapsed() < LOOK + LOOK / 2 {
            return;
        }
        let lost = self.lost.take();
        if let Some(lost) = lost.as_ref().filter(|_| !matches!(found, Some(Ok(_)))) {
            self.tell(format!("the sound device has gone: {lost}"));
        }
        let Some(found) = found else { return };
        (self.sought, self.looked) = (None, Instant::now());
        let Ok(output) = found else { return };
        if lost.as_deref() != Some(output.name()) {
            self.tell(format!("playing on {}", output.name()));
        }
        self.output = Some(output);
        let at = self.position;
        self.begin(at);
    }

    /// Tells the screen.
    fn show(&mut self, motion: Option<Motion>) {
        let heard = self.output.as_ref().map(Output::heard);
        // One that takes nothing is none.
        self.stranded &= heard.is_none_or(|heard| heard == 0);
        let (at, peaks) = match heard.and_then(|heard| self.track.heard(heard)) {
            Some((at, peaks)) => (at.max(self.place), peaks),
            None => (self.position, Volumes { voice: 0.0, bed: 0.0 }),
        };
        self.position = at;
        for warning in self.source.warnings() {
            self.tell(warning.clone());
            self.warnings.push(warning);
        }
        self.notice = self.notice.take().filter(|(_, since)| since.elapsed() < NOTICE);
        let (source, rate) = (&self.source, self.source.rate());
        let time = |frames| rate.duration(frames);
        let waits = self.waited.is_some_and(|(since, last)| since.elapsed() > LONG && last.elapsed() < STILL);
        let motion = motion.unwrap_or(match () {
            () if self.stranded && (self.output.is_none() || !self.paused) => Motion::NoDevice,
            () if self.paused => Motion::Paused,
            () if waits => Motion::Waiting,
            () => Motion::Playing,
        });
        let silent = self.paused || self.output.is_none();
        let level = |peak: f32| Decibels::from_amplitude(if silent { 0.0 } else { peak });
        let chapters: Vec<_> = source.chapters();
        let chapter = self.to_end_of_chapter(at);
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.chapters = chapters.into_iter().map(|(at, title)| (time(at), title)).collect();
        shown.bookmarks = self.options.bookmarks.iter().map(|mark| source.mark(source.find(*mark))).collect();
        shown.bookmarks.sort_by_key(|mark| mark.at);
        (shown.length, shown.prepared) = (time(source.length()), time(source.prepared()));
        shown.position = source.mark(at);
        shown.motion = motion;
        shown.heard = source.heard(at);
        (shown.voice_level, shown.bed_level) = (level(peaks.voice), level(peaks.bed));
        shown.voice = self.volumes.0;
        shown.bed = source.has_stems().then_some(self.volumes.1);
        shown.muted = self.muted;
        shown.sleep = self.timer.shown(chapter);
        shown.notice = self.notice.as_ref().map(|(notice, _)| notice.clone());
    }
}

/// A volume that is changed, within what makes sense.
fn louder(volume: Decibels, by: Decibels) -> Decibels {
    Decibels((volume.0 + by.0).clamp(-40.0, 12.0))
}
