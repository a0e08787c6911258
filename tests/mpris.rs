//! The desktop reaches what plays: asked over a bus of its own, with a login manager that only counts.
#![cfg(all(feature = "mpris", target_os = "linux"))]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test says what it expects by unwrapping it")]

mod common;

use common::{Desk, stderr};
use std::{
    collections::HashMap,
    fmt::Debug,
    io::{PipeReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::{Duration, Instant},
};
use zbus::{
    blocking::{Connection, connection::Builder},
    interface,
    zvariant::{OwnedFd, OwnedValue},
};

const NAME: &str = "org.mpris.MediaPlayer2.undertone";
const PATH: &str = "/org/mpris/MediaPlayer2";
const PLAYER: &str = "org.mpris.MediaPlayer2.Player";
/// More than anything here takes, however busy the machine is.
const LONG: Duration = Duration::from_secs(60);

/// Ended with the test, however that ends.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A bus that nothing else is on, and its address; nothing where there is no program for it.
fn bus(desk: &Desk) -> Option<(Ends, String)> {
    let socket = desk.path("bus");
    let address = format!("unix:path={}", socket.display());
    let config = desk.write(
        "bus.conf",
        format!(
            "<busconfig><type>session</type><listen>{address}</listen><auth>EXTERNAL</auth><policy context=\"default\"><allow receive_sender=\"*\"/><allow \
             send_destination=\"*\"/><allow own=\"*\"/></policy></busconfig>"
        ),
    );
    let daemon =
        Command::new("dbus-daemon").arg("--nofork").arg("--config-file").arg(config).stderr(Stdio::null()).spawn();
    let Ok(daemon) = daemon else {
        eprintln!("not tested: there is no dbus-daemon");
        return None;
    };
    let daemon = Ends(daemon);
    until(|| socket.exists().then_some(()));
    Some((daemon, address))
}

/// Asks until there is an answer.
fn until<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(began.elapsed() < LONG, "it never came");
        thread::sleep(Duration::from_millis(20));
    }
}

fn connect(address: &str) -> Builder<'_> {
    Builder::address(address).unwrap()
}

/// Hands out descriptors, and tells of each with the end that sees it closed.
struct Login(Sender<([String; 4], PipeReader)>);

#[interface(name = "org.freedesktop.login1.Manager")]
impl Login {
    fn inhibit(&self, what: String, who: String, why: String, mode: String) -> OwnedFd {
        let (reader, writer) = std::io::pipe().unwrap();
        self.0.send(([what, who, why, mode], reader)).unwrap();
        std::os::fd::OwnedFd::from(writer).into()
    }
}

fn player(desk: &Desk, address: &str) -> Ends {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/asound-capture.conf");
    let mut command = desk.command(&["play", "s.md", "--loop"]);
    command
        .env("ALSA_CONFIG_PATH", config)
        .env("CAPTURE", "/dev/null")
        .env("DBUS_SESSION_BUS_ADDRESS", address)
        .env("DBUS_SYSTEM_BUS_ADDRESS", address)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Ends(command.spawn().unwrap())
}

fn get(bus: &Connection, name: &str, property: &str) -> Option<OwnedValue> {
    let body = (PLAYER, property);
    let answer = bus.call_method(Some(name), PATH, Some("org.freedesktop.DBus.Properties"), "Get", &body);
    answer.ok()?.body().deserialize().ok()
}

fn becomes(bus: &Connection, property: &str, wanted: &str) {
    until(|| (String::try_from(get(bus, NAME, property)?).unwrap() == wanted).then_some(()));
}

fn call<B: serde::Serialize + zbus::zvariant::DynamicType + Debug>(bus: &Connection, method: &str, body: &B) {
    bus.call_method(Some(NAME), PATH, Some(PLAYER), method, body).unwrap();
}

/// Waits until all copies of what was handed out are closed.
fn closed(mut reader: PipeReader) -> Receiver<usize> {
    let (tell, told) = channel();
    thread::spawn(move || tell.send(reader.read_to_end(&mut Vec::new()).unwrap()));
    told
}

#[test]
fn media_keys_are_obeyed_and_sleep_is_held_off_only_while_it_plays() {
    let desk = Desk::new();
    let Some((_daemon, address)) = bus(&desk) else { return };
    let (tell, inhibited) = channel();
    let _login = connect(&address)
        .serve_at("/org/freedesktop/login1", Login(tell))
        .unwrap()
        .name("org.freedesktop.login1")
        .unwrap()
        .build()
        .unwrap();
    let bus = connect(&address).build().unwrap();
    desk.write("s.md", "---\ntitle: Evening\nvoice: tone\n---\n# Settling\nLet go. [pause 1h] And rest.\n");
    let mut playing = player(&desk, &address);

    becomes(&bus, "PlaybackStatus", "Playing");
    let (asked, reader) = inhibited.recv_timeout(LONG).unwrap();
    assert_eq!(asked, ["sleep:idle", "Undertone", "a session is playing", "block"]);
    let metadata = until(|| {
        let metadata = HashMap::<String, OwnedValue>::try_from(get(&bus, NAME, "Metadata")?).unwrap();
        metadata.get("xesam:title").is_some_and(|title| **title == "Settling".into()).then_some(metadata)
    });
    assert_eq!(*metadata["xesam:album"], "Evening".into());
    let length = i64::try_from(&*metadata["mpris:length"]).unwrap();
    assert!((3_600_000_000..3_700_000_000).contains(&length), "{length}");
    let closes = closed(reader);
    assert!(closes.try_recv().is_err());

    call(&bus, "PlayPause", &());
    becomes(&bus, "PlaybackStatus", "Paused");
    assert_eq!(closes.recv_timeout(LONG), Ok(0));
    // What stands still is not paused again.
    call(&bus, "Pause", &());
    let position = || i64::try_from(get(&bus, NAME, "Position").unwrap()).unwrap();
    call(
        &bus,
        "SetPosition",
        &(zbus::zvariant::ObjectPath::try_from("/org/undertone/session").unwrap(), 1_800_000_000_i64),
    );
    until(|| ((1_799_000_000..1_801_000_000).contains(&position())).then_some(()));
    call(&bus, "Seek", &-600_000_000_i64);
    until(|| ((1_199_000_000..1_201_000_000).contains(&position())).then_some(()));
    becomes(&bus, "PlaybackStatus", "Paused");
    assert!(inhibited.try_recv().is_err());

    // A second one is there under another name.
    let second = player(&desk, &address);
    let other = format!("{NAME}.instance{}", second.0.id());
    until(|| get(&bus, &other, "PlaybackStatus"));
    drop(second);
    let (_, reader) = inhibited.recv_timeout(LONG).unwrap();
    assert_eq!(closed(reader).recv_timeout(LONG), Ok(0));

    call(&bus, "Play", &());
    becomes(&bus, "PlaybackStatus", "Playing");
    let (_, reader) = inhibited.recv_timeout(LONG).unwrap();
    call(&bus, "Stop", &());
    let status = until(|| playing.0.try_wait().unwrap());
    assert_eq!(status.code(), Some(0));
    assert_eq!(closed(reader).recv_timeout(LONG), Ok(0));
}

#[test]
fn without_a_desktop_it_plays_and_says_nothing() {
    let desk = Desk::new();
    desk.write("s.md", "---\nvoice: tone\n---\nLet go.\n");
    let nowhere = format!("unix:path={}", desk.path("nothing").display());
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/asound-capture.conf");
    let mut command = desk.command(&["play", "s.md"]);
    command.env("ALSA_CONFIG_PATH", config).env("CAPTURE", "/dev/null");
    command.env("DBUS_SESSION_BUS_ADDRESS", &nowhere).env("DBUS_SYSTEM_BUS_ADDRESS", &nowhere);
    let output = command.output().unwrap();
    assert!(output.status.success());
    assert_eq!(stderr(&output), "");
}
