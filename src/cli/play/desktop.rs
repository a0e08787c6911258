//! The desktop: media keys, the lock screen and its sleep, where there is one that offers them.

#[cfg(all(feature = "mpris", target_os = "linux"))]
mod awake;
#[cfg(all(feature = "mpris", target_os = "linux"))]
mod link;
#[cfg(all(feature = "mpris", target_os = "linux"))]
mod remote;

#[cfg(all(feature = "mpris", target_os = "linux"))]
pub(super) use link::Desktop;

/// No desktop is known here.
#[cfg(not(all(feature = "mpris", target_os = "linux")))]
#[derive(Debug)]
pub(super) struct Desktop;

#[cfg(not(all(feature = "mpris", target_os = "linux")))]
impl Desktop {
    pub(super) fn join() -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "where there is a desktop it is used")]
    pub(super) fn meet(&mut self, _: &undertone::player::Status) -> Vec<undertone::player::Command> {
        Vec::new()
    }
}
