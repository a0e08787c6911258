//! A session that is read while it is still being spoken.
//!
//! What has not been spoken yet is laid out as long as it will probably be. All that lies before the first of it is final: the
//! timeline's horizon, which a reader never passes. What was read once never moves, whatever becomes known later; only a jump lays
//! everything out anew.

mod work;

use super::{
    Prepared, Studio,
    spoken::{Stock, ducking},
};
use crate::{
    audio::{Frames, Stereo},
    error::Error,
    master::Target,
    mix::{GRID, Levels, Mix, Score, Volumes},
    plan::{CueKind, Fitted, Plan, SlotKind, Voiced, fit_as_known},
    script::BreathPhase,
    timeline::Timeline,
};
use std::{sync::Arc, time::Duration};
use work::{Shop, State};

/// A session that is read while it is still being spoken.
pub struct Live {
    shop: Arc<Shop>,
    fitted: Fitted,
    score: Score,
    levels: Levels,
    /// Stands for all that is said.
    words: u64,
    /// The first cue that has not been reached yet; what lies before it stays where it is.
    settled: usize,
    /// How far it was read since the last jump.
    read: Frames,
    /// What the layout knows of.
    version: u64,
    /// Whether all speech is there.
    complete: bool,
}

/// What a session does at a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Doing<'a> {
    /// It says something: the words, and which part of them was said, from 0 to 1.
    Speaks(&'a str, f32),
    /// It is silent: how long it will be, and how long it is in all.
    Rests(Frames, Frames),
    /// It leads a breath: its phase, how much of it has passed, and how long it is.
    Breathes(BreathPhase, Frames, Frames),
}

/// A place in a session that stays the same when what comes before it turns out longer or shorter than was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// Stands for the words of the session: with others, the cue is another.
    pub words: u64,
    /// The cue of the plan that is under way.
    pub cue: usize,
    /// How far into it.
    pub into: Duration,
}

impl Studio {
    /// Begins to speak a session, from the cue at `from` on, and lets it be read meanwhile.
    ///
    /// # Errors
    ///
    /// When takes cannot be kept, or all lengths are known from an earlier time and do not fit.
    pub fn play(&self, prepared: Prepared) -> Result<Live, Error> {
        let Prepared { plan, sources, beds, sounds, room, target, .. } = prepared;
        let takes = self.takes(&plan)?;
        let shop = Shop::open(self, plan, Stock { takes, beds, sounds, room }, target);
        let voiced = vec![Voiced::default(); shop.plan.cues.len()];
        let levels = Levels {
            speech: vec![0.0; shop.plan.utterances.len()],
            loudness: shop.loudness(),
            ducking: ducking(&shop.plan),
        };
        let (fitted, _) = fit_as_known(shop.plan.clone(), voiced, self.rate, 0);
        let score = Score::new(Timeline::lay(&fitted), shop.stock.material(), &levels);
        let shop = Arc::new(shop);
        let words = words(&shop.plan);
        let (read, settled, version) = (Frames(0), 0, 0);
        let mut live = Live { shop, fitted, score, levels, words, settled, read, version, complete: false };
        let problems = live.lay();
        if live.shop.rehearsed() && !problems.is_empty() {
            return Err(Error::Script { diagnostics: problems, sources });
        }
        Ok(live)
    }
}

impl Live {
    /// What begins to make speech, when it is called with the frame from which on it is needed.
    pub fn starter(&self) -> impl FnOnce(Frames) + 'static {
        let shop = Arc::clone(&self.shop);
        let starts: Vec<Frames> = self.timeline().cues.iter().map(|(start, _)| *start).collect();
        move |at| {
            shop.want(starts.iter().rposition(|start| *start <= at).unwrap_or(0));
            let threads = match shop.studio.threads {
                0 => std::thread::available_parallelism().map_or(2, usize::from),
                threads => threads,
            };
            for thread in 0..threads.max(1) {
                let shop = Arc::clone(&shop);
                // Without a thread it is made by the others; without any, playback waits and says so.
                drop(std::thread::Builder::new().name("speech".into()).spawn(move || shop.make_all(thread == 0)));
            }
        }
    }

    /// The levels that the result is brought to.
    #[must_use]
    pub fn target(&self) -> Target {
        self.shop.target
    }

    /// The plan as it is laid out.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        self.fitted.plan()
    }

    /// When everything is heard, as far as that is known.
    #[must_use]
    pub fn timeline(&self) -> &Timeline {
        self.score.timeline()
    }

    /// Whether all speech has been made.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Looks whether more is ready.
    ///
    /// # Errors
    ///
    /// When a voice failed: nothing more will be said.
    pub fn update(&mut self) -> Result<(), Error> {
        if self.shop.look().version != self.version {
            self.lay();
        }
        // What was made before it failed is heard.
        if self.ready(self.read) > Frames(0) {
            return Ok(());
        }
        self.shop.look().failed.take().map_or(Ok(()), Err)
    }

    /// What went wrong on the way, each told once.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        std::mem::take(&mut self.shop.look().warnings)
    }

    /// Waits until more is ready, at most for a time.
    pub fn wait_for_more(&self, time: Duration) {
        self.shop.wait(self.version, time);
    }

    /// How many frames can be read from `at` on.
    #[must_use]
    pub fn ready(&self, at: Frames) -> Frames {
        let Timeline { horizon, length, .. } = self.timeline();
        // Gains are drawn straight to a node of the grid, which must not lie behind the horizon.
        let final_to = if horizon < length { Frames(horizon.0 / GRID * GRID) } else { *horizon };
        final_to - at
    }

    /// Overwrites `out` with the frames from `at` on, as [`Mix::hear`] does.
    pub fn hear(&mut self, at: Frames, out: &mut [Stereo], from: Volumes, to: Volumes) -> Volumes {
        self.read = self.read.max(at + Frames(out.len() as u64));
        Mix::new(&self.score, self.shop.stock.material(), &self.levels).hear(at, out, from, to)
    }

    /// Whether all of it was spoken before, so that it is ready in no time.
    #[must_use]
    pub fn was_kept(&self) -> bool {
        self.shop.rehearsed()
    }

    /// Lets the words that come next wait a little longer: they are not ready, and what lies under them has to go on. What is being
    /// said cannot wait; the result is false then.
    pub fn hold(&mut self, longer: Frames) -> bool {
        let next = self.timeline().speech.iter().find(|placement| placement.end() > self.read);
        let Some(placement) = next.filter(|placement| placement.start >= self.read) else { return false };
        let cue = placement.cue;
        self.fitted.wait(cue, longer);
        self.rewrite();
        true
    }

    /// Where the words begin that are under way at a frame; the frame itself when none are.
    #[must_use]
    pub fn begun(&self, at: Frames) -> Frames {
        let mut speech = self.timeline().speech.iter();
        speech.find(|said| said.start < at && at < said.end()).map_or(at, |said| said.start)
    }

    /// Lays everything out anew and finds where a frame has come to lie.
    pub fn jump(&mut self, to: Frames) -> Frames {
        let (cue, offset) = self.place(to);
        self.settled = cue;
        self.read = Frames(0);
        self.fitted.wait_no_more();
        self.relay(0);
        let to = self.frame_in(cue, offset);
        self.read = to;
        // Speech before this place is not waited for.
        self.relay(cue);
        self.shop.want(cue);
        to.min(self.timeline().length)
    }

    /// What is going on at a frame.
    #[must_use]
    pub fn doing(&self, at: Frames) -> Doing<'_> {
        let timeline = self.timeline();
        let cue = self.cue_at(at);
        let (start, length) = timeline.cues.get(cue).copied().unwrap_or_default();
        match self.plan().cues.get(cue).map(|cue| &cue.kind) {
            Some(CueKind::Slot { kind: SlotKind::Breath(phase), .. }) if at < start + length => {
                return Doing::Breathes(*phase, at - start, length);
            }
            _ => {}
        }
        let next = timeline.speech.partition_point(|placement| placement.end() <= at);
        let before = next.checked_sub(1).map_or(Frames(0), |i| timeline.speech[i].end());
        match timeline.speech.get(next) {
            Some(placement) if placement.start <= at => {
                let said = (at - placement.start).0 as f32 / placement.length.0.max(1) as f32;
                let line = self.plan().cues[placement.cue].kind.line();
                Doing::Speaks(line.map_or("", |line| &line.shown), said)
            }
            Some(placement) => Doing::Rests(placement.start - at, placement.start - before),
            None => Doing::Rests(timeline.length - at, timeline.length - before),
        }
    }

    /// The cue that is under way at a frame.
    fn cue_at(&self, at: Frames) -> usize {
        // Not in order: a bed that plays from the start may stand behind what begins later.
        self.timeline().cues.iter().rposition(|(start, _)| *start <= at).unwrap_or(0)
    }

    /// The cue at a frame, and how far in it the frame is.
    fn place(&self, at: Frames) -> (usize, Frames) {
        let cue = self.cue_at(at);
        (cue, at - self.timeline().cues.get(cue).map_or(Frames(0), |(start, _)| *start))
    }

    /// The frame so far into a cue, or the end of what belongs to it.
    fn frame_in(&self, cue: usize, offset: Frames) -> Frames {
        let (start, length) = self.timeline().cues.get(cue).copied().unwrap_or_default();
        let after = self.timeline().cues.get(cue + 1).map_or(self.timeline().length, |(start, _)| *start);
        start + offset.min(length.max(after - start))
    }

    /// What a frame is found again by, also another time.
    #[must_use]
    pub fn spot(&self, at: Frames) -> Spot {
        let (cue, offset) = self.place(at);
        Spot { words: self.words, cue, into: self.timeline().rate.duration(offset) }
    }

    /// Where a spot has come to lie; nothing when it is of other words.
    #[must_use]
    pub fn frame_of(&self, spot: Spot) -> Option<Frames> {
        let known = spot.words == self.words && spot.cue < self.timeline().cues.len();
        known.then(|| self.frame_in(spot.cue, self.timeline().rate.frames(spot.into)))
    }

    /// Lays out what has become known.
    fn lay(&mut self) -> Vec<crate::script::diagnostic::Diagnostic> {
        let cues = &self.timeline().cues;
        let reached = cues.iter().rposition(|(start, _)| *start < self.read).map_or(0, |last| last + 1);
        self.settled = self.settled.max(reached);
        self.relay(self.settled)
    }

    /// The same; what is said before the cue `settled` is as long as it was laid out.
    fn relay(&mut self, settled: usize) -> Vec<crate::script::diagnostic::Diagnostic> {
        let read = self.read;
        let work = self.shop.look();
        self.version = work.version;
        for (gain, known) in self.levels.speech.iter_mut().zip(&work.gains) {
            *gain = known.unwrap_or(0.0);
        }
        let mut voiced: Vec<Voiced> = (0..self.plan().cues.len()).map(|cue| self.fitted.voiced(cue)).collect();
        for &(cue, utterance) in &self.shop.lines {
            let known = &mut voiced[cue];
            let under_way = cue < settled && {
                let (start, length) = self.score.timeline().cues[cue];
                start + length.max(known.length) > read
            };
            if cue < settled && !under_way {
                known.ready = known.length;
                continue;
            }
            let heard = work.gains[utterance].is_some();
            let guess = || self.shop.studio.rate.frames(self.shop.plan.estimate(utterance));
            let (length, ready) = match work.states[utterance] {
                State::Unknown => (guess(), Frames(0)),
                State::Known(length) => (length, Frames(0)),
                State::Begun(ready) => (guess().max(ready + Frames(1)), ready),
                State::Ready(length) => (length, length),
            };
            (known.length, known.ready) = (length, if heard { ready } else { Frames(0) });
            if length == Frames(0) {
                known.ready = known.length;
            }
        }
        let lengths =
            work.states.iter().map(|state| if let State::Ready(length) = state { Some(*length) } else { None });
        let lengths: Option<Vec<Frames>> = lengths.collect();
        drop(work);
        let knew = std::mem::replace(&mut self.complete, lengths.is_some());
        if let Some(lengths) = lengths.filter(|_| !knew) {
            self.tell_what_does_not_fit(&lengths);
        }
        let mut plan = self.shop.plan.clone();
        for (cue, laid) in plan.cues.iter_mut().zip(&self.fitted.plan().cues).take(settled) {
            cue.kind = laid.kind.clone();
        }
        let (fitted, problems) = fit_as_known(plan, voiced, self.shop.studio.rate, settled);
        self.fitted = fitted;
        self.rewrite();
        problems
    }

    /// Warns of lengths that were asked for and cannot be had, now that those of all utterances are known.
    fn tell_what_does_not_fit(&self, lengths: &[Frames]) {
        let mut voiced = vec![Voiced::default(); self.shop.plan.cues.len()];
        for &(cue, utterance) in &self.shop.lines {
            voiced[cue].length = lengths[utterance];
        }
        let (_, problems) = fit_as_known(self.shop.plan.clone(), voiced, self.shop.studio.rate, 0);
        self.shop.warn(problems.into_iter().map(|problem| problem.message));
    }

    fn rewrite(&mut self) {
        self.score = Score::new(Timeline::lay(&self.fitted), self.shop.stock.material(), &self.levels);
    }
}

/// Stands for all that a plan says, and for how many cues it has.
fn words(plan: &Plan) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for cue in &plan.cues {
        hasher.update(cue.kind.line().map_or("", |line| &line.shown).as_bytes());
        hasher.update(b"\n");
    }
    let hash = hasher.finalize();
    hash.as_bytes().iter().take(8).fold(0, |all, byte| all << 8 | u64::from(*byte))
}

impl Drop for Live {
    fn drop(&mut self) {
        self.shop.close();
    }
}
