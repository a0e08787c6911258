//! `session.toml`: what is known of a session.

use super::{
    CAPTIONS, COVER, LibraryError, SCRIPT,
    seal::{self, Seal},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fs, ops::RangeInclusive, path::Path, path::PathBuf, time::Duration};

/// The file's name.
pub(super) const NAME: &str = "session.toml";

/// What stands above it.
const HEADING: &str = "# A session of Undertone. title, tags, category and favourite may be changed by hand.\n";

/// More than any session says of itself, in bytes.
const MOST: u64 = 4 << 20;

/// No session is longer: `--max-duration` ends at 1000 hours, which is less.
const LONGEST: Duration = Duration::from_secs(42 * 86_400);

/// What `--pace` takes.
const PACES: RangeInclusive<f32> = 0.5..=1.5;

/// What is known of a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// What it is called. It may hold anything: see [`super::shown`].
    pub title: String,
    /// Words to find it by, each once, in order.
    #[serde(default)]
    pub tags: Vec<String>,
    /// What kind of session it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Whether the person likes it best.
    #[serde(default)]
    pub favourite: bool,
    /// By this it is known also under another name: 16 hexadecimal digits.
    pub id: String,
    /// When it was added.
    pub created: Timestamp,
    /// When its sound was made last.
    pub rendered: Timestamp,
    /// How long it is.
    #[serde(with = "seconds")]
    pub length: Duration,
    /// Its loudness in LUFS; nothing when it is silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loudness: Option<f64>,
    /// Its highest true peak in dBTP; nothing when it is silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub true_peak: Option<f64>,
    /// The voice that speaks where the script names none of its own.
    pub voice: String,
    /// What choices and noises were drawn from.
    #[serde(with = "whole")]
    pub seed: u64,
    /// The pace that was asked for beside the script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pace: Option<f32>,
    /// The length that was asked for beside the script, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
    /// Whether the ambience was left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_bed: bool,
    /// Where the script lay: files that it names are looked for from there.
    pub origin: PathBuf,
    /// The name of its sound file.
    pub audio: String,
    /// Answers by name.
    #[serde(default)]
    pub answers: BTreeMap<String, String>,
    /// Where its parts begin, in order.
    #[serde(default)]
    pub chapters: Vec<ChapterMark>,
    /// The BLAKE3 hash of every file of the session, by name.
    pub files: BTreeMap<String, String>,
    /// What else was written into the file.
    #[serde(flatten)]
    pub more: BTreeMap<String, toml::Value>,
}

/// Where a part of a session begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChapterMark {
    /// When, from the start.
    #[serde(with = "seconds")]
    pub at: Duration,
    /// What it is called.
    pub title: String,
}

mod seconds {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use std::time::Duration;

    pub(super) fn serialize<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(time.as_secs_f64())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        Duration::try_from_secs_f64(f64::deserialize(from)?).map_err(D::Error::custom)
    }
}

/// TOML's whole numbers end at 2^63.
mod whole {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number {
        Plain(u64),
        Text(String),
    }

    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    pub(super) fn serialize<S: Serializer>(number: &u64, to: S) -> Result<S::Ok, S::Error> {
        match i64::try_from(*number) {
            Ok(number) => to.serialize_i64(number),
            Err(_) => to.collect_str(number),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
        match Number::deserialize(from)? {
            Number::Plain(number) => Ok(number),
            Number::Text(text) => text.parse().map_err(D::Error::custom),
        }
    }
}

/// What a `session.toml` is, held against its last line.
#[derive(Debug, PartialEq)]
pub(super) enum Judged {
    /// As it was written.
    Whole(About),
    /// A person changed it.
    ByHand(About),
    /// A byte of it is wrong; this is what it was.
    OneByte(About),
    /// More of it is wrong than can be put right.
    Lost(String),
}

impl About {
    /// The whole file.
    pub(super) fn text(&self) -> Result<String, LibraryError> {
        let text = toml::to_string(self).map_err(|error| {
            LibraryError::Cannot(format!("cannot write {NAME}: {error}; this is a mistake of undertone's"))
        })?;
        let text = seal::seal(&format!("{HEADING}{text}"));
        if text.len() as u64 > MOST {
            let most = MOST >> 20;
            return Err(LibraryError::Cannot(format!(
                "what is to be known of it is larger than {most} MiB; it has {} headings, take most of them out",
                self.chapters.len()
            )));
        }
        Ok(text)
    }

    /// Reads what the file says, or why it cannot be read.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| format!("{NAME} is not text"))?;
        let about: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(0, |span| {
                text.as_bytes()[..span.start.min(text.len())].iter().filter(|b| **b == b'\n').count()
            });
            format!("{NAME}, line {}: {}", line + 1, super::shown(error.message()))
        })?;
        if let Some(name) = about.files.keys().chain([&about.audio]).find(|name| !is_file_name(name)) {
            return Err(format!("{NAME} names the file \"{}\", which no session has", super::shown(name)));
        }
        if !about.files.contains_key(&about.audio) {
            return Err(format!("{NAME} gives no hash for {}", about.audio));
        }
        match about.wrong_number() {
            Some(what) => Err(format!("{NAME} gives {what}")),
            None => Ok(about),
        }
    }

    /// The first number that no session has. A session is made again by these, and what makes it relies on them.
    fn wrong_number(&self) -> Option<String> {
        let days = LONGEST.as_secs() / 86_400;
        if self.length > LONGEST {
            return Some(format!("a length of more than {days} days"));
        }
        if self.chapters.iter().any(|chapter| chapter.at > LONGEST) {
            return Some(format!("a chapter that begins after more than {days} days"));
        }
        if let Some(pace) = self.pace.filter(|pace| !PACES.contains(pace)) {
            return Some(format!("a pace of {pace}, which is {} to {}", PACES.start(), PACES.end()));
        }
        let most = LONGEST.as_secs_f64();
        let wrong = self.duration.filter(|seconds| !(*seconds > 0.0 && *seconds <= most));
        wrong.map(|seconds| format!("a duration of {seconds} seconds, which is more than 0 and at most {most}"))
    }

    /// Reads the file in a session's folder; a wrong byte of it is put right.
    pub(super) fn read(folder: &Path) -> Result<Self, String> {
        match Self::judge(&bytes(folder)?) {
            Judged::Whole(about) | Judged::ByHand(about) | Judged::OneByte(about) => Ok(about),
            Judged::Lost(reason) => Err(reason),
        }
    }

    /// What a person may change by hand.
    fn is_personal_change(&self, before: &Self) -> bool {
        let Self { title, tags, category, favourite, more, .. } = before.clone();
        // A key of the program's that is written wrong looks like a person's own.
        let same_keys = self.more.keys().eq(more.keys());
        self != before && same_keys && Self { title, tags, category, favourite, more, ..self.clone() } == *before
    }

    /// Tells a change by hand from damage.
    ///
    /// One wrong byte is put right by the last line, unless what differs is what a person may change: nobody's edit is undone.
    pub(super) fn judge(bytes: &[u8]) -> Judged {
        let now = Self::parse(bytes);
        match (seal::judge(bytes), now) {
            (Seal::Whole, Ok(about)) => Judged::Whole(about),
            (Seal::OneByte(was), now) => match (Self::parse(&was), now) {
                (Ok(was), Ok(now)) if now.is_personal_change(&was) => Judged::ByHand(now),
                (Ok(was), _) => Judged::OneByte(was),
                (Err(reason), _) => Judged::Lost(reason),
            },
            (Seal::Broken, Ok(now)) => Judged::ByHand(now),
            (_, Err(reason)) => Judged::Lost(reason),
        }
    }
}

/// The bytes of the file in a session's folder.
pub(super) fn bytes(folder: &Path) -> Result<Vec<u8>, String> {
    let path = folder.join(NAME);
    match fs::metadata(&path) {
        Ok(found) if !found.is_file() => return Err(format!("{NAME} is not a file")),
        Ok(found) if found.len() > MOST => return Err(format!("{NAME} is larger than {} MiB", MOST >> 20)),
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(format!("it has no {NAME}")),
        Err(error) => return Err(format!("{NAME} cannot be read: {error}")),
    }
    fs::read(&path).map_err(|error| format!("{NAME} cannot be read: {error}"))
}

/// Files of a session, beside `session.toml`.
pub(super) fn is_file_name(name: &str) -> bool {
    matches!(
        name,
        SCRIPT
            | "audio.flac"
            | "audio.wav"
            | "audio.opus"
            | "audio.mp3"
            | CAPTIONS
            | "captions.srt"
            | "captions.lrc"
            | "captions.txt"
            | COVER
            | "cover.png"
    )
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::library) fn sample() -> About {
        About {
            title: "Ebb \u{1b}[1m".to_owned(),
            tags: vec!["sea".to_owned()],
            category: Some("sleep".to_owned()),
            favourite: false,
            id: "0123456789abcdef".to_owned(),
            created: "2026-11-23T01:02:03Z".parse().unwrap(),
            rendered: "2026-11-23T01:02:03Z".parse().unwrap(),
            length: Duration::from_millis(1500),
            loudness: Some(-20.5),
            true_peak: None,
            voice: "tone".to_owned(),
            seed: u64::MAX,
            pace: None,
            duration: None,
            no_bed: false,
            origin: PathBuf::from("/home/ada/ebb.md"),
            audio: "audio.flac".to_owned(),
            answers: BTreeMap::from([("name".to_owned(), "Ada".to_owned())]),
            chapters: vec![ChapterMark { at: Duration::from_secs(1), title: "One".to_owned() }],
            files: BTreeMap::from([("audio.flac".to_owned(), "00".to_owned())]),
            more: BTreeMap::from([("mine".to_owned(), toml::Value::Integer(7))]),
        }
    }

    #[test]
    fn more_than_can_be_read_is_not_written() {
        let chapter = ChapterMark { at: Duration::from_secs(1), title: "x".repeat(100) };
        let told = About { chapters: vec![chapter; 40_000], ..sample() }.text().unwrap_err().to_string();
        assert!(told.contains("it has 40000 headings"), "{told}");
    }

    #[test]
    fn what_is_written_is_read_back() {
        let text = sample().text().unwrap();
        assert_eq!(About::judge(text.as_bytes()), Judged::Whole(sample()), "{text}");
    }

    #[test]
    fn a_wrong_byte_is_put_right_and_an_edit_is_kept() {
        let text = sample().text().unwrap();
        let wrong = text.replace("seed", "sead");
        assert_eq!(About::judge(wrong.as_bytes()), Judged::OneByte(sample()));
        let wrong = text.replace("# A session", "# a session");
        assert_eq!(About::judge(wrong.as_bytes()), Judged::OneByte(sample()));
        let wrong = text.replace("\ncategory", "\ndategory");
        assert_eq!(About::judge(wrong.as_bytes()), Judged::OneByte(sample()));
        for (from, to) in [("\"sea\"", "\"see\""), ("favourite = false", "favourite = true"), ("mine = 7", "mine = 8")]
        {
            let Judged::ByHand(about) = About::judge(text.replace(from, to).as_bytes()) else { panic!("{from}") };
            assert_ne!(about, sample());
        }
        assert!(matches!(About::judge(b"title = 3"), Judged::Lost(_)));
    }

    #[test]
    fn a_file_elsewhere_is_not_named() {
        let mut about = sample();
        about.files.insert("../x".to_owned(), "00".to_owned());
        let reason = About::parse(about.text().unwrap().as_bytes()).unwrap_err();
        assert_eq!(reason, "session.toml names the file \"../x\", which no session has");
        let long = About { length: Duration::from_secs(1 << 60), ..sample() };
        let reason = About::parse(long.text().unwrap().as_bytes()).unwrap_err();
        assert_eq!(reason, "session.toml gives a length of more than 42 days");
    }
}
