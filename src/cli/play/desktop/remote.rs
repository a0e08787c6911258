//! What plays as an MPRIS player on the session bus: <https://specifications.freedesktop.org/mpris-spec/latest/>. Times are in microseconds there.

use super::link::Told;
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
        mpsc::SyncSender,
    },
    time::Duration,
};
use undertone::player::{Motion, Status};
use zbus::{
    blocking::{Connection, connection::Builder},
    interface,
    zvariant::{ObjectPath, Value},
};

const NAME: &str = "org.mpris.MediaPlayer2.undertone";
const PATH: &str = "/org/mpris/MediaPlayer2";
const PLAYER: &str = "org.mpris.MediaPlayer2.Player";
/// The one track: positions are of the whole session.
const TRACK: ObjectPath<'static> = ObjectPath::from_static_str_unchecked("/org/undertone/session");

/// What a person asks for outside of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    PlayPause,
    Play,
    Pause,
    Stop,
    Chapters(i32),
    By(i64),
    To(i64),
}

/// What the desktop shows.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    motion: Motion,
    session: String,
    title: String,
    length: Duration,
    next: bool,
    previous: bool,
}

impl Scene {
    pub(super) fn of(status: &Status, chapter: Option<usize>) -> Self {
        let title = chapter.map_or(&status.title, |chapter| &status.chapters[chapter].1);
        Self {
            motion: status.motion,
            session: status.title.clone(),
            title: title.clone(),
            length: status.length,
            next: chapter.map_or(0, |chapter| chapter + 1) < status.chapters.len(),
            previous: chapter.is_some(),
        }
    }

    pub(super) fn moves(&self) -> bool {
        matches!(self.motion, Motion::Playing | Motion::Waiting)
    }

    fn playback(&self) -> &'static str {
        match self.motion {
            Motion::Playing | Motion::Waiting => "Playing",
            Motion::Paused | Motion::NoDevice => "Paused",
            Motion::Ended => "Stopped",
        }
    }

    fn metadata(&self) -> HashMap<&'static str, Value<'static>> {
        HashMap::from([
            ("mpris:trackid", TRACK.into()),
            ("mpris:length", (self.length.as_micros() as i64).into()),
            ("xesam:title", self.title.clone().into()),
            ("xesam:album", self.session.clone().into()),
        ])
    }
}

/// What plays as the bus sees it; clones are of the same.
#[derive(Clone)]
pub(super) struct Remote {
    scene: Arc<Mutex<Scene>>,
    position: Arc<AtomicI64>,
    ask: SyncSender<Wish>,
}

impl Remote {
    pub(super) fn new(ask: SyncSender<Wish>) -> Self {
        let scene = Scene {
            motion: Motion::Playing,
            session: String::new(),
            title: String::new(),
            length: Duration::ZERO,
            next: false,
            previous: false,
        };
        Self { scene: Arc::new(Mutex::new(scene)), position: Arc::default(), ask }
    }

    /// Where it is now.
    pub(super) fn at(&self, position: Duration) {
        self.position.store(position.as_micros() as i64, Ordering::Relaxed);
    }

    /// Offers itself on the session bus, if there is one: under its own name, or with the number of the process where another one plays.
    pub(super) fn serve(&self) -> Option<(Connection, String)> {
        let build = || Builder::session()?.serve_at(PATH, Root(self.clone()))?.serve_at(PATH, self.clone())?.build();
        let connection = build().ok()?;
        let names = [NAME.to_owned(), format!("{NAME}.instance{}", std::process::id())];
        let name = names.into_iter().find(|name| {
            let flags = zbus::fdo::RequestNameFlags::DoNotQueue.into();
            connection.request_name_with_flags(name.as_str(), flags).is_ok()
        })?;
        Some((connection, name))
    }

    /// Takes over what is new, and says it on the bus.
    pub(super) fn tell(&self, bus: Option<&Connection>, told: Told) {
        // To nobody in particular; a bus that has gone is told nothing more.
        let nobody = None::<&str>;
        match told {
            Told::Jumped(position) => {
                let micros = position.as_micros() as i64;
                bus.map(|bus| bus.emit_signal(nobody, PATH, PLAYER, "Seeked", &(micros,)));
            }
            Told::Scene(scene) => {
                *self.scene() = scene.clone();
                let changed: HashMap<&str, Value<'_>> = HashMap::from([
                    ("PlaybackStatus", scene.playback().into()),
                    ("Metadata", scene.metadata().into()),
                    ("CanGoNext", scene.next.into()),
                    ("CanGoPrevious", scene.previous.into()),
                ]);
                let body = (PLAYER, changed, [""; 0].as_slice());
                bus.map(|bus| {
                    bus.emit_signal(nobody, PATH, "org.freedesktop.DBus.Properties", "PropertiesChanged", &body)
                });
            }
        }
    }

    fn scene(&self) -> MutexGuard<'_, Scene> {
        self.scene.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What comes faster than it can be done is dropped.
    fn ask(&self, wish: Wish) {
        let _ = self.ask.try_send(wish);
    }
}

/// The program.
struct Root(Remote);

#[interface(name = "org.mpris.MediaPlayer2")]
#[allow(clippy::unused_self, reason = "the interface is made of methods")]
impl Root {
    fn raise(&self) {}

    fn quit(&self) {
        self.0.ask(Wish::Stop);
    }

    #[zbus(property)]
    fn can_quit(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn can_raise(&self) -> bool {
        false
    }

    #[zbus(property)]
    fn has_track_list(&self) -> bool {
        false
    }

    #[zbus(property)]
    fn identity(&self) -> &'static str {
        "Undertone"
    }

    #[zbus(property)]
    fn supported_uri_schemes(&self) -> Vec<String> {
        Vec::new()
    }

    #[zbus(property)]
    fn supported_mime_types(&self) -> Vec<String> {
        Vec::new()
    }
}

#[interface(name = "org.mpris.MediaPlayer2.Player")]
#[allow(clippy::unused_self, reason = "the interface is made of methods")]
impl Remote {
    fn next(&self) {
        self.ask(Wish::Chapters(1));
    }

    fn previous(&self) {
        self.ask(Wish::Chapters(-1));
    }

    fn play_pause(&self) {
        self.ask(Wish::PlayPause);
    }

    fn play(&self) {
        self.ask(Wish::Play);
    }

    fn pause(&self) {
        self.ask(Wish::Pause);
    }

    fn stop(&self) {
        self.ask(Wish::Stop);
    }

    fn seek(&self, offset: i64) {
        self.ask(Wish::By(offset));
    }

    #[allow(clippy::needless_pass_by_value, reason = "arguments come by value")]
    fn set_position(&self, track: ObjectPath<'_>, position: i64) {
        // Of another track, or out of it: asked too late, and to be ignored.
        if track == TRACK && (0..=self.scene().length.as_micros() as i64).contains(&position) {
            self.ask(Wish::To(position));
        }
    }

    #[zbus(name = "OpenUri")]
    fn open(&self, uri: &str) -> zbus::fdo::Result<()> {
        Err(zbus::fdo::Error::NotSupported(format!("nothing else is played: {uri}")))
    }

    #[zbus(property)]
    fn playback_status(&self) -> &'static str {
        self.scene().playback()
    }

    #[zbus(property)]
    fn metadata(&self) -> HashMap<&'static str, Value<'static>> {
        self.scene().metadata()
    }

    #[zbus(property(emits_changed_signal = "false"))]
    fn position(&self) -> i64 {
        self.position.load(Ordering::Relaxed)
    }

    #[zbus(property)]
    fn rate(&self) -> f64 {
        1.0
    }

    #[zbus(property)]
    fn minimum_rate(&self) -> f64 {
        1.0
    }

    #[zbus(property)]
    fn maximum_rate(&self) -> f64 {
        1.0
    }

    #[zbus(property)]
    fn volume(&self) -> f64 {
        1.0
    }

    #[zbus(property)]
    fn can_go_next(&self) -> bool {
        self.scene().next
    }

    #[zbus(property)]
    fn can_go_previous(&self) -> bool {
        self.scene().previous
    }

    #[zbus(property)]
    fn can_play(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn can_pause(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn can_seek(&self) -> bool {
        true
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn can_control(&self) -> bool {
        true
    }
}
