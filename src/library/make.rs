//! Sessions from their scripts: made whole in a folder for work, then put in their place.

use super::{
    About, CAPTIONS, COVER, ChapterMark, Entry, Library, LibraryError, SCRIPT, about,
    disk::{self, Work, failed},
    index, slug,
};
use crate::{
    captions,
    error::Error,
    plan::{DEFAULT_MAX_DURATION, Settings},
    plot::{self, Look, Size},
    script::{self, Script, diagnostic::Severity},
    session::{Prepared, Rendered, Studio, Watch},
    sink::{Chapter, FileOptions, FileSink, Format, Tags, Written, write_whole},
    speech::catalog,
};
use jiff::{RoundMode, Timestamp, TimestampRound, Unit, tz::TimeZone};
use rand::Rng;
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

fn audio_name(format: Format) -> String {
    format!("audio.{}", format.name().to_lowercase())
}

/// A script that is ready to become a session.
pub struct Making {
    /// What will be heard.
    pub prepared: Prepared,
    /// The script with its includes in it.
    pub text: String,
    /// When the script says that it was made.
    pub date: Option<String>,
    /// Answers and the rest that was asked for beside the script, and is kept to make it again.
    pub settings: Settings,
    /// Where the script lies.
    pub origin: PathBuf,
    /// What its sound is written as.
    pub format: Format,
}

impl Making {
    /// Prepares a script that was read.
    ///
    /// # Errors
    ///
    /// As [`Studio::prepare_script`].
    pub fn of(studio: &Studio, script: Script, path: &Path, settings: Settings, format: Format) -> Result<Self, Error> {
        let (text, date) = (script::whole(&script), script.front.date.clone());
        let prepared = studio.prepare_script(script, path, &settings)?;
        let origin = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        // It is written down as text.
        let origin = PathBuf::from(origin.to_string_lossy().into_owned());
        Ok(Self { prepared, text, date, settings, origin, format })
    }
}

/// A session that was made.
pub struct Added {
    /// It in its place.
    pub entry: Entry,
    /// What is known of its sound.
    pub rendered: Rendered<Written>,
}

/// What a stored session is made with again.
#[must_use]
pub fn settings_of(about: &About) -> Settings {
    Settings {
        answers: about.answers.clone(),
        seed: Some(about.seed),
        pace: about.pace,
        voice: Some(about.voice.clone()),
        duration: about.duration.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
        max_duration: DEFAULT_MAX_DURATION.max(about.length.saturating_mul(2)),
        no_bed: about.no_bed,
    }
}

/// The stored script of a session, as if it lay where it came from.
///
/// # Errors
///
/// When it cannot be read or has mistakes.
pub fn stored_script(entry: &Entry, studio: &Studio) -> Result<Script, Error> {
    let text = script::read_text(&entry.script())?;
    // Where it came from is what an archive says: nothing there is read that nobody allowed.
    let parsed = studio.access.load_stored(&entry.about.origin, &text);
    let errors: Vec<_> = parsed.diagnostics.into_iter().filter(|d| d.severity == Severity::Error).collect();
    if !errors.is_empty() {
        return Err(Error::Script { diagnostics: errors, sources: parsed.script.sources });
    }
    Ok(parsed.script)
}

impl Library {
    /// Makes a session of a script and adds it.
    ///
    /// # Errors
    ///
    /// When it cannot be rendered or written; the library is as before then.
    pub fn add(&self, studio: &Studio, making: Making, watch: &dyn Watch) -> Result<Added, Error> {
        drop(self.lock()?);
        let work = Work::begin(&self.root)?;
        let whole = work.folder().join("session");
        let (about, rendered) = make(studio, making, &whole, now(), watch)?;
        write_about(&whole, &about)?;
        let entry = self.place(&whole, about)?;
        index::renew(self);
        Ok(Added { entry, rendered })
    }

    /// Renames a whole session to its place, under a name that is free.
    pub(super) fn place(&self, whole: &Path, about: About) -> Result<Entry, LibraryError> {
        let _guard = self.lock()?;
        self.place_locked(whole, &slug::slug(&about.title), about)
    }

    pub(super) fn place_locked(&self, whole: &Path, wanted: &str, about: About) -> Result<Entry, LibraryError> {
        let taken = self.taken()?;
        let slug = slug::free(wanted, |name| taken.contains(name));
        let folder = self.folder(&slug);
        disk::rename(whole, &folder)?;
        Ok(Entry { slug, about, folder })
    }

    /// Makes a session again; its title, tags and history stay.
    ///
    /// # Errors
    ///
    /// When it cannot be rendered or written, or was removed meanwhile; it is as before then.
    pub fn render(&self, slug: &str, studio: &Studio, making: Making, watch: &dyn Watch) -> Result<Added, Error> {
        let before = self.about(slug)?;
        let audio = audio_name(making.format);
        // What stands in its way is said before a word is spoken.
        self.beside(slug, &before, |name| [&audio, SCRIPT, CAPTIONS, COVER].iter().any(|ours| *name == **ours))?;
        let work = Work::begin(&self.root)?;
        let whole = work.folder().join("session");
        let (mut about, rendered) = make(studio, making, &whole, before.created, watch)?;
        about.rendered = now();
        let entry = self.swap(slug, &work, &whole, about, |now| now.id == before.id)?;
        index::renew(self);
        Ok(Added { entry, rendered })
    }

    /// Puts a session that was made again in the place of the one that is there, if that `is_still` the one that it was made of.
    pub(super) fn swap(
        &self,
        slug: &str,
        work: &Work,
        whole: &Path,
        made: About,
        is_still: impl FnOnce(&About) -> bool,
    ) -> Result<Entry, LibraryError> {
        // Sound is long on its way to the disk: nobody waits for it, and what a person puts there meanwhile is seen below.
        disk::sync_files(whole)?;
        let _guard = self.lock()?;
        // What a person changed while it was made is kept.
        let now = self.about(slug)?;
        if !is_still(&now) {
            return Err(changed_meanwhile(slug));
        }
        for path in self.beside(slug, &now, |name| made.files.keys().any(|new| *name == **new))? {
            let name = path.file_name().unwrap_or_default();
            disk::take_along(&path, &whole.join(name)).map_err(failed("copy", &path))?;
        }
        let about = About {
            title: now.title,
            tags: now.tags,
            category: now.category,
            favourite: now.favourite,
            id: now.id,
            created: now.created,
            more: now.more,
            ..made
        };
        write_about(whole, &about)?;
        self.exchange(slug, whole, &work.folder().join("before"))?;
        Ok(Entry { slug: slug.to_owned(), about, folder: self.folder(slug) })
    }

    /// What lies in a session's folder and undertone did not write: it is the person's, whatever it is called. What would be
    /// overwritten by a file that will be made is refused, and so is what cannot be taken along.
    fn beside(
        &self,
        slug: &str,
        about: &About,
        will_be_made: impl Fn(&OsStr) -> bool,
    ) -> Result<Vec<PathBuf>, LibraryError> {
        let folder = self.folder(slug);
        let mut beside = Vec::new();
        for entry in fs::read_dir(&folder).map_err(failed("read", &folder))? {
            // What cannot be read is not left behind: the old folder goes for good.
            let entry = entry.map_err(failed("read", &folder))?;
            let (name, path) = (entry.file_name(), entry.path());
            if name.to_str().is_some_and(|name| name == about::NAME || about.files.contains_key(name)) {
                continue;
            }
            let refused = |what: &str| {
                LibraryError::Cannot(format!("{} {what}, and render again", super::shown(&path.to_string_lossy())))
            };
            // To open a pipe would wait for its other end, with the library locked.
            let kind = entry.file_type().map_err(failed("read", &path))?;
            if !(kind.is_file() || kind.is_dir() || kind.is_symlink()) {
                return Err(refused("is a pipe, a socket or a device; move it elsewhere"));
            }
            if will_be_made(&name) {
                return Err(refused("is not undertone's, and would be overwritten; give it another name"));
            }
            beside.push(path);
        }
        Ok(beside)
    }

    /// Puts one folder in the place of another: at once, or by way of the trash where the file system cannot. Stopped in between,
    /// the one that was there lies in the trash.
    fn exchange(&self, slug: &str, whole: &Path, aside: &Path) -> Result<(), LibraryError> {
        use rustix::{
            fs::{CWD, RenameFlags, renameat_with},
            io::Errno,
        };
        let folder = self.folder(slug);
        match renameat_with(CWD, whole, CWD, &folder, RenameFlags::EXCHANGE) {
            Ok(()) => disk::sync_folder(&self.sessions()),
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
                let trash = self.trash_path(slug)?;
                disk::rename(&folder, &trash)?;
                disk::rename(whole, &folder)?;
                disk::rename(&trash, aside)
            }
            Err(error) => Err(failed("write", &folder)(error.into())),
        }
    }
}

/// Why what was made is not put in the place of a session.
pub(super) fn changed_meanwhile(slug: &str) -> LibraryError {
    LibraryError::Cannot(format!(
        "{slug} was changed while it was made again, and is left as it is now; look, and try again"
    ))
}

/// Writes what is known of a session that is otherwise whole, and makes all of it last.
pub(super) fn write_about(whole: &Path, about: &About) -> Result<(), LibraryError> {
    let path = whole.join(about::NAME);
    fs::write(&path, about.text()?).map_err(failed("write", &path))?;
    disk::sync_files(whole)
}

/// The time in whole milliseconds: what is added in one second keeps its order.
fn now() -> Timestamp {
    let now = Timestamp::now();
    now.round(TimestampRound::new().smallest(Unit::Millisecond).mode(RoundMode::Trunc)).unwrap_or(now)
}

/// Renders a session into a folder, with everything but `session.toml`.
pub(super) fn make(
    studio: &Studio,
    making: Making,
    folder: &Path,
    created: Timestamp,
    watch: &dyn Watch,
) -> Result<(About, Rendered<Written>), Error> {
    let Making { mut prepared, text, date, settings, origin, format } = making;
    fs::create_dir(folder).map_err(failed("make the folder", folder))?;
    prepared.draw = true;
    let plan = prepared.plan.clone();
    let audio = audio_name(format);
    // A file says when it was made; from the session's own time, so that it can be made again to the byte.
    let date = date.unwrap_or_else(|| created.to_zoned(TimeZone::UTC).date().to_string());
    let rendered = studio.render(prepared, watch, Instant::now(), |timeline| {
        let chapters = timeline.chapters.iter().map(|(at, title)| Chapter { at: *at, title: title.clone() });
        let tags = Tags {
            title: Some(plan.title.clone()),
            artist: plan.author.clone(),
            date: Some(date),
            chapters: chapters.collect(),
            script: Some(text.clone()),
        };
        let options = FileOptions { seed: plan.seed, tags, ..FileOptions::default() };
        Ok(FileSink::create(&folder.join(&audio), format, timeline.rate, timeline.length, options)?)
    })?;
    let timeline = &rendered.timeline;
    write_whole(&folder.join(SCRIPT), text.as_bytes())?;
    write_whole(&folder.join(CAPTIONS), captions::Format::Vtt.write(&plan, timeline).as_bytes())?;
    if let Some(picture) = &rendered.picture {
        write_whole(&folder.join(COVER), plot::svg(picture, Size::default(), Look::Both).as_bytes())?;
    }
    let mut files = std::collections::BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(failed("read", folder))?.flatten() {
        files.insert(entry.file_name().to_string_lossy().into_owned(), disk::hash(&entry.path())?);
    }
    let time = |frames| timeline.rate.duration(frames);
    let marks = timeline.chapters.iter().map(|(at, title)| ChapterMark { at: time(*at), title: title.clone() });
    let mut tags = plan.tags.clone();
    let mut seen = std::collections::BTreeSet::new();
    tags.retain(|tag| seen.insert(tag.to_lowercase()));
    let about = About {
        title: plan.title.clone(),
        tags,
        category: Some(plan.category.name().to_owned()),
        favourite: false,
        id: new_id(),
        created,
        rendered: created,
        length: time(timeline.length),
        loudness: rendered.loudness.integrated.map(hundredths),
        true_peak: Some(hundredths(rendered.loudness.true_peak)).filter(|peak| peak.is_finite()),
        voice: plan.voices.first().cloned().flatten().unwrap_or_else(|| catalog::DEFAULT_VOICE.to_owned()),
        seed: plan.seed,
        pace: settings.pace,
        duration: settings.duration.map(|duration| duration.as_secs_f64()),
        no_bed: settings.no_bed,
        origin,
        audio,
        answers: settings.answers,
        chapters: marks.collect(),
        files,
        more: std::collections::BTreeMap::new(),
    };
    Ok((about, rendered))
}

/// What a session is known by under any name.
pub(super) fn new_id() -> String {
    format!("{:016x}", rand::rng().next_u64())
}

fn hundredths(level: f64) -> f64 {
    (level * 100.0).round() / 100.0
}
