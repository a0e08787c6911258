//! Speech is made ahead, in the order in which it will be heard.

use super::super::{
    Studio,
    sheet::Sheet,
    spoken::{Stock, speech_gains, speech_loudness},
    worded,
};
use crate::{
    audio::{Frames, Take},
    error::Error,
    master::{SpeechMeter, Target, speech_gain},
    plan::Plan,
    speech::{Voice, catalog, early::Early, phonemes},
};
use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

/// How much less often a thread that works ahead runs than one that plays, from 0 to 19.
const NICE: i32 = 10;

/// Speech is heard while it is made only where it is made so many times as fast as it is said, at least.
const AMPLE: u32 = 2;

/// What is known of an utterance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing.
    Unknown,
    /// How long it is, since it was spoken before.
    Known(Frames),
    /// So much of it from its beginning on.
    Begun(Frames),
    /// All of it.
    Ready(Frames),
}

/// What is shared by those who make speech and the one who reads it.
pub(super) struct Work {
    pub(super) states: Vec<State>,
    /// Which are being made.
    taken: Vec<bool>,
    /// The gain of each utterance; none until it is known how loud its voice speaks.
    pub(super) gains: Vec<Option<f32>>,
    /// The cue from which on speech is needed.
    pub(super) wanted: usize,
    /// Goes up with every change.
    pub(super) version: u64,
    pub(super) failed: Option<Error>,
    pub(super) warnings: Vec<String>,
    /// Whether something can be heard, or never will be.
    begun: bool,
    stop: bool,
}

/// A session that is being spoken.
pub(super) struct Shop {
    pub(super) studio: Studio,
    pub(super) plan: Plan,
    pub(super) stock: Stock,
    pub(super) target: Target,
    /// What is said, in order: cues and their utterances.
    pub(super) lines: Vec<(usize, usize)>,
    sheet: Option<Sheet>,
    key: Option<String>,
    voices: Vec<OnceLock<Option<Box<dyn Voice + Send>>>>,
    work: Mutex<Work>,
    changed: Condvar,
}

impl Shop {
    pub(super) fn open(studio: &Studio, plan: Plan, stock: Stock, target: Target) -> Self {
        let key = Sheet::key(studio, &plan, &target);
        let found = studio.cache.as_ref().zip(key.as_ref()).and_then(|(cache, key)| Sheet::find(cache, key, &plan));
        let count = plan.utterances.len();
        let (states, gains) = match &found {
            Some(sheet) => sheet
                .utterances
                .iter()
                .map(|entry| (State::Known(Frames(entry.frames)), Some(f32::from_bits(entry.gain))))
                .unzip(),
            None => (vec![State::Unknown; count], vec![None; count]),
        };
        let work = Work {
            states,
            taken: vec![false; count],
            gains,
            wanted: 0,
            version: 1,
            failed: None,
            warnings: Vec::new(),
            begun: found.is_some(),
            stop: false,
        };
        let line = |(cue, what): (usize, &crate::plan::Cue)| what.kind.line().map(|line| (cue, line.utterance));
        Self {
            studio: studio.clone(),
            lines: plan.cues.iter().enumerate().filter_map(line).collect(),
            voices: plan.voices.iter().map(|_| OnceLock::new()).collect(),
            plan,
            stock,
            target,
            sheet: found,
            key,
            work: Mutex::new(work),
            changed: Condvar::new(),
        }
    }

    /// The loudness that levels are relative to in LUFS.
    pub(super) fn loudness(&self) -> f64 {
        self.sheet.as_ref().map_or(self.target.loudness_lufs, |sheet| sheet.loudness)
    }

    /// Whether the lengths of all speech were known from the beginning.
    pub(super) fn rehearsed(&self) -> bool {
        self.sheet.is_some()
    }

    pub(super) fn look(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until something has changed since `version`, at most for a time.
    pub(super) fn wait(&self, version: u64, time: Duration) {
        let work = self.look();
        if work.version == version {
            drop(self.changed.wait_timeout(work, time));
        }
    }

    fn tell(&self, change: impl FnOnce(&mut Work)) {
        let mut work = self.look();
        change(&mut work);
        work.version += 1;
        drop(work);
        self.changed.notify_all();
    }

    /// Asks for what is said from a cue on.
    pub(super) fn want(&self, cue: usize) {
        self.look().wanted = cue;
    }

    /// Ends the work.
    pub(super) fn close(&self) {
        self.tell(|work| work.stop = true);
    }

    /// Makes what is needed next, until nothing is. The first utterance is handed on while it is being made.
    pub(super) fn make_all(self: Arc<Self>, mut first: bool) {
        if !first {
            be_nice();
            // The first words are waited for: nothing is to slow them down.
            let mut work = self.look();
            while !work.begun && !work.stop {
                work = self.changed.wait(work).unwrap_or_else(PoisonError::into_inner);
            }
        }
        let _watch = Watch(&self);
        while let Some(utterance) = self.next() {
            let made = self.make(utterance, first);
            if std::mem::take(&mut first) {
                be_nice();
            }
            if let Err(error) = made {
                self.fail(error);
                return;
            }
        }
    }

    /// Nothing more will be said.
    fn fail(&self, error: Error) {
        self.tell(|work| {
            work.failed = Some(error);
            work.begun = true;
        });
    }

    /// The next utterance that is needed.
    fn next(&self) -> Option<usize> {
        let mut work = self.look();
        if work.stop || work.failed.is_some() {
            return None;
        }
        let from = self.lines.partition_point(|(cue, _)| *cue < work.wanted);
        let open = |(_, utterance): &&(usize, usize)| {
            !work.taken[*utterance] && !matches!(work.states[*utterance], State::Ready(_))
        };
        let next = self.lines[from..].iter().chain(&self.lines[..from]).find(open).map(|(_, utterance)| *utterance);
        if let Some(utterance) = next {
            work.taken[utterance] = true;
        } else if !work.taken.contains(&true) && self.sheet.is_none() {
            drop(work);
            self.note_down();
        }
        next
    }

    /// Speaks an utterance, or fetches it. `urgent` is what is waited for.
    fn make(&self, utterance: usize, urgent: bool) -> Result<(), Error> {
        let kept = self.sheet.as_ref().map(|sheet| &sheet.utterances[utterance].take);
        let clip = match kept.and_then(|take| self.studio.cache.as_ref()?.get(take)) {
            Some(clip) => clip,
            None => match self.speak(utterance, urgent)? {
                Some(clip) => clip,
                None => return Ok(()),
            },
        };
        let take = Take::conform(clip, self.studio.rate)?;
        self.stock.takes.put(utterance, &take).map_err(|source| self.studio.takes_error(source))?;
        let voice = self.plan.utterances[utterance].voice;
        let unheard = self.look().gains[utterance].is_none();
        let gain = unheard.then(|| {
            // A voice of which nothing is known is as loud as what it says first.
            let mut meter = SpeechMeter::new(self.studio.rate);
            meter.add(take.samples());
            speech_gain(meter.integrated(), self.target.loudness_lufs).amplitude()
        });
        self.tell(|work| {
            work.states[utterance] = State::Ready(take.frames());
            work.begun = true;
            work.taken[utterance] = false;
            if let Some(gain) = gain {
                self.set_gain(work, voice, gain);
            }
        });
        Ok(())
    }

    /// Keeps what went wrong until it is told.
    pub(super) fn warn(&self, warnings: impl Iterator<Item = String>) {
        let mut work = self.look();
        for warning in warnings {
            if !work.warnings.contains(&warning) {
                work.warnings.push(warning);
            }
        }
    }

    fn set_gain(&self, work: &mut Work, voice: usize, gain: f32) {
        for (known, utterance) in work.gains.iter_mut().zip(&self.plan.utterances) {
            if utterance.voice == voice {
                known.get_or_insert(gain);
            }
        }
    }

    fn speak(&self, utterance: usize, urgent: bool) -> Result<Option<crate::audio::Clip>, Error> {
        let voice = self.plan.utterances[utterance].voice;
        let Some(speaker) = self.voice(voice)? else { return Ok(None) };
        let early = urgent && self.look().gains[utterance].is_some();
        let spoke = if early {
            let mut early = Early::new(speaker.sample_rate(), self.studio.rate)?;
            let (mut pace, began) = (Pace::default(), Instant::now());
            self.studio.utter_early(&self.plan, utterance, speaker, &mut |samples| {
                let keeps_up = pace.made(speaker.sample_rate().duration(Frames(samples.len() as u64)), began.elapsed());
                // What cannot be converted is told when the whole is.
                if let Ok(samples) = early.push(samples)
                    && !samples.is_empty()
                {
                    let ready = self.stock.takes.begin(utterance, samples);
                    if !keeps_up {
                        return;
                    }
                    self.tell(|work| {
                        work.states[utterance] = State::Begun(ready);
                        work.begun = true;
                    });
                }
            })?
        } else {
            self.studio.utter(&self.plan, utterance, speaker)?
        };
        self.warn(spoke.warnings.into_iter().map(|(_, warning)| warning));
        Ok(Some(spoke.clip))
    }

    /// A voice of the plan, opened when it is first needed.
    fn voice(&self, number: usize) -> Result<Option<&(dyn Voice + Send)>, Error> {
        let mut failed = None;
        let opened = self.voices[number].get_or_init(|| {
            let open = || {
                phonemes::initialise()?;
                self.studio.voice(self.plan.voices[number].as_deref())
            };
            match open() {
                Ok(voice) => {
                    let kept = self.studio.cache.as_ref().and_then(|cache| cache.level(voice.identity()));
                    if let Some(loudness) = kept.or_else(|| catalog::usual_loudness(voice.identity())) {
                        let gain = speech_gain(Some(loudness), self.target.loudness_lufs).amplitude();
                        self.tell(|work| self.set_gain(work, number, gain));
                    }
                    Some(voice)
                }
                Err(error) => {
                    failed = Some(error);
                    None
                }
            }
        });
        match failed {
            Some(error) => Err(error),
            None => Ok(opened.as_deref()),
        }
    }

    /// Notes how loud everything came to be, for the next time.
    fn note_down(&self) {
        let Some(cache) = &self.studio.cache else { return };
        let loudness = speech_loudness(&self.plan, &self.stock.takes, self.studio.rate);
        for (voice, loudness) in self.voices.iter().zip(&loudness) {
            if let (Some(Some(voice)), Some(loudness)) = (voice.get(), loudness) {
                cache.keep_level(voice.identity(), *loudness);
            }
        }
        // Where the whole has to have a certain level, that is found when a file is written.
        let Some(key) = self.key.as_ref().filter(|_| self.target.rms_dbfs.is_none()) else { return };
        let entry = |(i, utterance): (usize, &crate::plan::Utterance)| {
            let voice = self.voices[utterance.voice].get()?.as_deref()?;
            let (worded, _) = worded(&self.plan, &self.plan.utterances[i]);
            Some(cache.entry(voice, &voice.prompt(&worded).ok()?))
        };
        let entries = self.plan.utterances.iter().enumerate().map(entry).collect();
        let gains = speech_gains(&self.plan, &loudness, self.target.loudness_lufs);
        Sheet::new(entries, &self.stock.takes.lengths(), &gains, self.target.loudness_lufs).keep(cache, key);
        cache.trim();
    }
}

/// How fast speech is made, by what was made after the first step of it: what comes before that is not of the steps.
#[derive(Default)]
struct Pace {
    first: Option<Duration>,
    made: Duration,
    keeps_up: bool,
}

impl Pace {
    /// A step of so much speech was made by then. Whether it will go on faster than it is said: words that have begun cannot wait.
    fn made(&mut self, speech: Duration, now: Duration) -> bool {
        let Some(first) = self.first else {
            self.first = Some(now);
            return false;
        };
        self.made += speech;
        self.keeps_up |= self.made >= now.saturating_sub(first) * AMPLE;
        self.keeps_up
    }
}

/// Says so when a thread that makes speech panics: its words would be waited for without end.
struct Watch<'a>(&'a Shop);

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.fail(Error::Request {
                message: "the voice stopped unexpectedly".to_owned(),
                help: "this is a mistake in undertone; please report it with the script".to_owned(),
            });
        }
    }
}

/// Lets other threads go first, where the system can.
fn be_nice() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICE);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        audio::SampleRate,
        plan::Settings,
        script::Access,
        session::{Engine, Live},
    };

    /// A session of a few words that nobody speaks yet.
    fn silent() -> Live {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.md");
        std::fs::write(&path, "---\nvoice: tone\n---\nRest.\n").unwrap();
        let studio = Studio {
            voices: Vec::new(),
            ambience: Vec::new(),
            access: Access::default(),
            engine: Engine::Rten,
            rate: SampleRate::HZ_48000,
            threads: 1,
            cache: None,
            stems: None,
        };
        studio.play(studio.prepare(&path, &Settings::default()).unwrap()).unwrap()
    }

    #[test]
    fn words_begin_to_be_heard_early_only_where_the_rest_will_surely_be_there_in_time() {
        let ms = Duration::from_millis;
        let steps = |made: u64, takes: u64| {
            let mut pace = Pace::default();
            [1, 2, 3].map(|step| pace.made(ms(made), ms(500 + takes * step)))
        };
        assert_eq!(steps(300, 10), [false, true, true]);
        assert_eq!(steps(300, 150), [false, true, true]);
        assert_eq!(steps(300, 151), [false, false, false]);
    }

    #[test]
    fn a_thread_that_panics_is_not_waited_for() {
        let mut live = silent();
        let shop = Arc::clone(&live.shop);
        live.update().unwrap();
        let speaks = std::thread::spawn(move || {
            let _watch = Watch(&shop);
            panic!("of a test");
        });
        speaks.join().unwrap_err();
        assert!(live.update().unwrap_err().to_string().contains("the voice stopped unexpectedly"));
    }
}
