//! A session, or a sound file, as a picture: what is heard is read once and reduced on the way.

use super::{Prepared, Stage, Studio, Watch, spoken::Spoken};
use crate::{
    audio::{Frames, SampleRate, Stereo},
    bed,
    error::Error,
    master::{Loudness, Master, Meter},
    mix::{Mix, Stem},
    plan::{CueKind, Plan},
    plot::{Cell, Columns, Mark, MarkKind, Panel, Picture, Shade, Shape, Silences, Track},
    sink::clock,
    timeline::Timeline,
};
use rayon::prelude::*;
use std::path::Path;

/// A session has at least so many columns, if it has as many frames.
const COLUMNS: u64 = 2000;

/// The longest piece that is read at a time, in frames.
const LONGEST: u64 = 1 << 16;

/// Colours of tracks.
const SPEECH: usize = 0;
const BEDS: [usize; 5] = [1, 2, 3, 4, 6];
const DUCKING: usize = 5;
const LOUDNESS: usize = 6;
const OTHERS: [usize; 2] = [7, 5];

/// Shorter pauses are breaths between sentences and not shown.
const PAUSE: f64 = 0.5;

impl Studio {
    /// Speaks a session, takes that were spoken before from the cache, and gives what is heard as a picture. The levels are
    /// those that [`Studio::render`] would write.
    ///
    /// # Errors
    ///
    /// When a voice fails, the wanted length cannot be reached, or the session has no length.
    pub fn picture(&self, prepared: Prepared, watch: &dyn Watch) -> Result<Picture, Error> {
        let pool = self.pool()?;
        let spoken = self.spoken(&pool, prepared, watch)?;
        let picture = self.drawn(&pool, &spoken, watch)?;
        if let Some(cache) = &self.cache {
            cache.trim();
        }
        Ok(picture)
    }

    /// The picture of what was spoken.
    pub(super) fn drawn(&self, pool: &rayon::ThreadPool, spoken: &Spoken, watch: &dyn Watch) -> Result<Picture, Error> {
        let timeline = spoken.score.timeline();
        if timeline.length == Frames(0) {
            return Err(nothing("the session has no length".to_owned()));
        }
        let mix = spoken.mix();
        let reading = Reading { mix: &mix, beds: spoken.stock.beds.len() };
        let master = Master::new(self.rate, spoken.target);
        let (columns, loudness) = reading.columns(pool, self.rate, master, watch)?;
        let plan = spoken.fitted.plan();
        let seconds = |frames: Frames| self.rate.duration(frames).as_secs_f64();
        let mut facts =
            vec![clock(self.rate, timeline.length), format!("{} of speech", clock(self.rate, timeline.spoken()))];
        facts.extend(levels_of(&loudness));
        Ok(Picture {
            title: plan.title.clone(),
            facts,
            length: seconds(timeline.length),
            step: seconds(Frames(columns.frames())),
            chapters: timeline.chapters.iter().map(|(at, title)| (seconds(*at), title.clone())).collect(),
            shades: shades(plan, timeline),
            marks: marks(timeline),
            panels: panels(plan, timeline, &columns, spoken.stock.room.is_some(), spoken.target.loudness_lufs),
        })
    }
}

/// A sound file as a picture, and what is wrong with it though it can be heard.
///
/// # Errors
///
/// When it cannot be read, or is no sound.
pub fn picture_of_sound(path: &Path) -> Result<(Picture, Vec<String>), Error> {
    struct Heard {
        rate: SampleRate,
        columns: Columns,
        column: Cell,
        frames: u64,
        meter: Meter,
        silences: Silences,
    }
    let mut heard: Option<Heard> = None;
    let warnings = bed::hear(path, |rate, mut frames| {
        let heard = heard.get_or_insert_with(|| Heard {
            rate,
            columns: Columns::new(2, 64),
            column: Cell::EMPTY,
            frames: 0,
            meter: Meter::short_term(rate),
            silences: Silences::new(rate),
        });
        heard.frames += frames.len() as u64;
        heard.silences.add(frames);
        while !frames.is_empty() {
            let room = heard.columns.frames() - heard.column.frames();
            let (part, rest) = frames.split_at((room as usize).min(frames.len()));
            frames = rest;
            heard.meter.add(part);
            heard.column = heard.column.join(Cell::of(part));
            if heard.column.frames() == heard.columns.frames() {
                let cells = [heard.column, Cell::level(heard.meter.last_three_seconds(), heard.column.frames())];
                heard.columns.push(cells);
                heard.column = Cell::EMPTY;
            }
        }
    })?;
    let Some(mut heard) = heard.filter(|heard| heard.frames > 0) else {
        return Err(nothing(format!("there is no sound in {}", path.display())));
    };
    if heard.column.frames() > 0 {
        let cells = [heard.column, Cell::level(heard.meter.last_three_seconds(), heard.column.frames())];
        heard.columns.push(cells);
    }
    let seconds = |frames: u64| frames as f64 / f64::from(heard.rate.hertz());
    let length = seconds(heard.frames);
    let sound = heard.columns.track(0);
    let mut facts = vec![clock(heard.rate, Frames(heard.frames))];
    facts.extend(levels_of(&heard.meter.measure()));
    let highest = sound
        .iter()
        .enumerate()
        .max_by(|(_, a), (_, b)| a.peak_db().partial_cmp(&b.peak_db()).unwrap_or(std::cmp::Ordering::Equal));
    if let Some((column, _)) = highest.filter(|(_, cell)| cell.peak_db().is_some()) {
        let at = clock(heard.rate, Frames(column as u64 * heard.columns.frames()));
        facts.push(format!("highest at {at}"));
    }
    let panel = |name: &str, unit, share, reach, colour, shape| Panel {
        name: name.to_owned(),
        unit,
        share,
        reach,
        tracks: vec![Track { name: String::new(), colour, shape }],
    };
    let picture = Picture {
        title: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        facts,
        length,
        step: seconds(heard.columns.frames()),
        chapters: bed::chapters(path).into_iter().filter(|(at, _)| *at < length).collect(),
        shades: heard.silences.finish(),
        marks: Vec::new(),
        panels: vec![
            panel("Sound", "", 3.0, 0.0, SPEECH, Shape::Wave(sound.iter().map(Cell::wave).collect())),
            panel("Peaks", "dBFS", 2.0, 60.0, DUCKING, Shape::Area(sound.iter().map(Cell::peak_db).collect())),
            loudness_panel(&heard.columns, 1, None),
        ],
    };
    Ok((picture, warnings))
}

/// A mix on its way through.
struct Reading<'a> {
    mix: &'a Mix<'a>,
    beds: usize,
}

/// Where what is read of a mix stands among its columns; beds follow.
const SPOKEN: usize = 0;
const DUCKED: usize = 1;
const LOUD: usize = 2;
const ROOM: usize = 3;
const TONES: usize = 4;
const FIRST_BED: usize = 5;

/// A piece of the mix: all of it, and what was found.
#[derive(Default)]
struct Piece {
    all: Vec<Stereo>,
    alone: Vec<Stereo>,
    cells: Vec<Cell>,
}

impl Reading<'_> {
    /// Reads pieces side by side; the limiter and the meter take them in order.
    fn columns(
        &self,
        pool: &rayon::ThreadPool,
        rate: SampleRate,
        mut master: Master,
        watch: &dyn Watch,
    ) -> Result<(Columns, Loudness), Error> {
        let total = self.mix.length().0;
        let length = (total / COLUMNS).clamp(1, LONGEST);
        let mut columns = Columns::new(FIRST_BED + self.beds, length);
        let mut meter = Meter::short_term(rate);
        // A reading of the meter sums three seconds up, so that it is not asked for every few frames.
        let pause = u64::from(rate.hertz() / 20);
        let (mut loud, mut asked) = (None, 0);
        let mut pieces: Vec<Piece> = Vec::new();
        pieces.resize_with((pool.current_num_threads() * 2).max(((1 << 14) / length) as usize), Piece::default);
        watch.begin(Stage::Mixing, total);
        let mut at = 0;
        while at < total {
            if watch.stopped() {
                return Err(Error::Interrupted);
            }
            let starts: Vec<u64> = (at..total).step_by(length as usize).take(pieces.len()).collect();
            pool.install(|| {
                let some = pieces.par_iter_mut().zip(&starts);
                some.for_each(|(piece, start)| self.read(piece, *start, length.min(total - start)));
            });
            for (piece, start) in pieces.iter_mut().zip(&starts) {
                meter.add(master.process(&mut piece.all));
                at = start + piece.cells[SPOKEN].frames();
                if asked == 0 || at - asked >= pause || at == total {
                    (loud, asked) = (meter.last_three_seconds(), at);
                }
                piece.cells[LOUD] = Cell::level(loud, at - start);
                columns.push(piece.cells.iter().copied());
                watch.advance(at - start);
            }
        }
        meter.add(&master.finish().0);
        Ok((columns, meter.measure()))
    }

    fn read(&self, piece: &mut Piece, start: u64, length: u64) {
        let Piece { all, alone, cells } = piece;
        let at = Frames(start);
        all.resize(length as usize, Stereo::ZERO);
        alone.resize(length as usize, Stereo::ZERO);
        cells.clear();
        self.mix.read_stems(&[Stem::Bells], at, all);
        let mut add = |read: &dyn Fn(&mut [Stereo])| {
            read(alone);
            all.iter_mut().zip(&*alone).for_each(|(sum, frame)| *sum += *frame);
            Cell::of(alone)
        };
        cells.push(add(&|out| self.mix.read_stems(&[Stem::Speech], at, out)));
        let points = 8.min(length);
        let ducking = (0..points).map(|i| self.mix.ducking_db(Frames(start + length * i / points)));
        cells.push(Cell::value(ducking.sum::<f32>() / points as f32, length));
        cells.push(Cell::EMPTY);
        cells.push(add(&|out| self.mix.read_room(at, out)));
        cells.push(add(&|out| self.mix.read_stems(&[Stem::Tones], at, out)));
        for bed in 0..self.beds {
            cells.push(add(&|out| self.mix.read_bed(bed, at, out)));
        }
    }
}

fn panels(plan: &Plan, timeline: &Timeline, columns: &Columns, room: bool, target: f64) -> Vec<Panel> {
    let levels = |track: usize| Shape::Line(columns.track(track).iter().map(Cell::db).collect());
    let track = |name: &str, colour, shape| Track { name: name.to_owned(), colour, shape };
    let speech = Shape::Wave(columns.track(SPOKEN).iter().map(Cell::wave).collect());
    let mut panels = vec![Panel {
        name: "Speech".to_owned(),
        unit: "",
        share: 3.0,
        reach: 0.0,
        tracks: vec![track("", SPEECH, speech)],
    }];
    let mut ambience: Vec<Track> = Vec::new();
    if room {
        ambience.push(track("room", OTHERS[0], levels(ROOM)));
    }
    if !timeline.tones.is_empty() {
        ambience.push(track("tone", OTHERS[1], levels(TONES)));
    }
    for (i, bed) in plan.beds.iter().enumerate() {
        ambience.push(track(&bed.name.value, BEDS[i % BEDS.len()], levels(FIRST_BED + i)));
    }
    if !ambience.is_empty() {
        panels.push(Panel { name: "Ambience".to_owned(), unit: "dBFS", share: 2.6, reach: 36.0, tracks: ambience });
    }
    if !plan.beds.is_empty() {
        let values = Shape::FromZero(columns.track(DUCKED).iter().map(|cell| Some(cell.mean())).collect());
        let tracks = vec![track("", DUCKING, values)];
        panels.push(Panel { name: "Ducking".to_owned(), unit: "dB", share: 1.2, reach: 42.0, tracks });
    }
    panels.push(loudness_panel(columns, LOUD, Some(target)));
    panels
}

/// The loudness of the last three seconds, and what speech is brought to.
fn loudness_panel(columns: &Columns, track: usize, target: Option<f64>) -> Panel {
    let loudness = Shape::Area(columns.track(track).iter().map(Cell::db).collect());
    let mut tracks = vec![Track { name: "short-term".to_owned(), colour: LOUDNESS, shape: loudness }];
    tracks.extend(target.map(|target| Track {
        name: format!("speech at {}", signed(target, 0)),
        colour: OTHERS[0],
        shape: Shape::Constant(target as f32),
    }));
    Panel { name: "Loudness".to_owned(), unit: "LUFS", share: 2.2, reach: 42.0, tracks }
}

/// Pauses and silences, those that follow one another joined.
fn shades(plan: &Plan, timeline: &Timeline) -> Vec<Shade> {
    let mut shades: Vec<Shade> = Vec::new();
    for (cue, (start, length)) in plan.cues.iter().zip(&timeline.cues) {
        let CueKind::Pause { silence, .. } = cue.kind else { continue };
        let seconds = |frames: Frames| timeline.rate.duration(frames).as_secs_f64();
        let (from, to) = (seconds(*start), seconds(*start + *length));
        match shades.last_mut() {
            Some(last) if last.silence == silence && from - last.to < 1e-6 => last.to = to,
            _ => shades.push(Shade { from, to, silence }),
        }
    }
    shades.retain(|shade| shade.silence || shade.to - shade.from >= PAUSE);
    shades
}

fn marks(timeline: &Timeline) -> Vec<Mark> {
    let strikes = |strikes: &[crate::timeline::Strike], kind| {
        strikes.iter().map(|strike| (strike.at, kind, strike.what.clone())).collect::<Vec<_>>()
    };
    let mut marks = strikes(&timeline.bells, MarkKind::Bell);
    marks.extend(strikes(&timeline.sounds, MarkKind::Sound));
    marks.extend(timeline.marks.iter().map(|(at, name)| (*at, MarkKind::Point, name.clone())));
    marks.sort_by_key(|(at, ..)| *at);
    let seconds = |at: Frames| timeline.rate.duration(at).as_secs_f64();
    marks.into_iter().map(|(at, kind, name)| Mark { at: seconds(at), kind, name }).collect()
}

fn levels_of(loudness: &Loudness) -> Vec<String> {
    let mut facts = Vec::new();
    facts.extend(loudness.integrated.map(|lufs| format!("{} LUFS", signed(lufs, 1))));
    facts.extend(loudness.true_peak.is_finite().then(|| format!("peak {} dBTP", signed(loudness.true_peak, 1))));
    facts
}

/// A number with a true minus.
fn signed(value: f64, decimals: usize) -> String {
    format!("{value:.decimals$}").replace('-', "−")
}

fn nothing(message: String) -> Error {
    Error::Request { message, help: "name another file".to_owned() }
}
