//! Keeps the machine awake while something plays: through logind, or else through the desktop's screen saver.

use zbus::{blocking::Connection, zvariant::OwnedFd};

const WHO: &str = "Undertone";
const WHY: &str = "a session is playing";

/// What keeps it awake.
enum Held {
    /// As long as it is open.
    Descriptor(#[expect(dead_code, reason = "it is held, and closed when dropped")] OwnedFd),
    /// Until it is given back.
    Cookie(u32),
}

pub(super) struct Awake {
    session: Option<Connection>,
    system: Option<Connection>,
    held: Option<Held>,
    wanted: bool,
}

impl Awake {
    pub(super) fn new(session: Option<Connection>) -> Self {
        Self { session, system: Connection::system().ok(), held: None, wanted: false }
    }

    /// Holds it awake, or lets it sleep. What is refused once is not asked for again before the next pause.
    pub(super) fn keep(&mut self, awake: bool) {
        if self.wanted == awake {
            return;
        }
        self.wanted = awake;
        if awake {
            self.held = self.logind().map(Held::Descriptor).or_else(|| self.saver().map(Held::Cookie));
        } else if let (Some(Held::Cookie(cookie)), Some(session)) = (self.held.take(), &self.session) {
            // Whoever gave it may have gone.
            let _ = saver(session, "UnInhibit", &cookie);
        }
    }

    fn logind(&self) -> Option<OwnedFd> {
        let asked = self.system.as_ref()?.call_method(
            Some("org.freedesktop.login1"),
            "/org/freedesktop/login1",
            Some("org.freedesktop.login1.Manager"),
            "Inhibit",
            &("sleep:idle", WHO, WHY, "block"),
        );
        asked.ok()?.body().deserialize().ok()
    }

    fn saver(&self) -> Option<u32> {
        saver(self.session.as_ref()?, "Inhibit", &(WHO, WHY)).ok()?.body().deserialize().ok()
    }
}

/// Calls the screen saver of the desktop.
fn saver<B>(session: &Connection, method: &str, body: &B) -> zbus::Result<zbus::Message>
where
    B: serde::ser::Serialize + zbus::zvariant::DynamicType,
{
    let name = "org.freedesktop.ScreenSaver";
    session.call_method(Some(name), "/org/freedesktop/ScreenSaver", Some(name), method, body)
}
