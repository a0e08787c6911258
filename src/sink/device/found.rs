//! Which devices there are.

use super::{Hush, opening::ask, unusable};
use crate::sink::SinkError;
use cpal::{
    Device,
    traits::{DeviceTrait, HostTrait},
};
use std::path::Path;

/// A device that is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceInfo {
    /// What it is asked for by.
    pub name: String,
    /// What the system says of it.
    pub description: String,
    /// Whether it plays when none is asked for.
    pub default: bool,
}

pub(super) fn describe(device: &Device) -> String {
    device.description().map_or_else(|_| "the default device".to_owned(), |about| about.name().to_owned())
}

/// What a device is asked for by.
fn id(device: &Device) -> Option<String> {
    let id = device.id().ok()?.to_string();
    Some(id.split_once(':').map_or(id.as_str(), |(_, name)| name).to_owned())
}

/// Whether a name of ALSA's is not a device but a step on the way to one, or one for more than two loudspeakers.
fn is_a_tool(name: &str) -> bool {
    const TOOLS: [&str; 8] = ["null", "lavrate", "samplerate", "speex", "speexrate", "upmix", "vdownmix", "usbstream"];
    let kind = name.split(':').next().unwrap_or(name);
    cfg!(target_os = "linux") && (TOOLS.contains(&kind) || kind.starts_with("surround"))
}

/// Sound devices that can be played on.
///
/// # Errors
///
/// When there are none, or the sound system does not answer.
pub fn devices() -> Result<Vec<DeviceInfo>, SinkError> {
    ask(list)
}

fn list() -> Result<Vec<DeviceInfo>, SinkError> {
    if nothing_to_play_on() {
        return Err(unusable("none was found"));
    }
    let _quiet = Hush::begin();
    let host = cpal::default_host();
    let default = host.default_output_device().as_ref().and_then(id);
    let devices = host.output_devices().map_err(|error| unusable(error.to_string()))?;
    let mut found: Vec<DeviceInfo> = Vec::new();
    for device in devices {
        let Some(name) = id(&device) else { continue };
        if is_a_tool(&name) {
            continue;
        }
        if found.iter().all(|known| known.name != name) {
            found.push(DeviceInfo { default: Some(&name) == default.as_ref(), description: describe(&device), name });
        }
    }
    if found.is_empty() { Err(unusable("none was found")) } else { Ok(found) }
}

/// The device of a name: the one that is called so, or the only one whose name or description has it in it.
pub(super) fn find(wanted: &str) -> Result<Device, SinkError> {
    let host = cpal::default_host();
    let devices: Vec<Device> = host
        .output_devices()
        .map_err(|error| unusable(error.to_string()))?
        .filter(|device| id(device).is_some())
        .collect();
    let names: Vec<String> = devices.iter().filter_map(id).collect();
    let lower = wanted.to_lowercase();
    let like = |device: &&Device| {
        id(device).is_some_and(|name| name.to_lowercase().contains(&lower))
            || describe(device).to_lowercase().contains(&lower)
    };
    let exact = names.iter().position(|name| name == wanted);
    match (exact, devices.iter().filter(like).collect::<Vec<_>>().as_slice()) {
        (Some(exact), _) => Ok(devices[exact].clone()),
        (None, [only]) => Ok((*only).clone()),
        _ => Err(SinkError::UnknownDevice { name: wanted.to_owned(), known: names }),
    }
}

/// Whether there is no sound card, nothing that stands in for one, and no sound server. ALSA says as much on standard error at
/// length, in words that help nobody.
pub(super) fn nothing_to_play_on() -> bool {
    if !cfg!(target_os = "linux") {
        return false;
    }
    let told =
        ["ALSA_CONFIG_PATH", "PULSE_SERVER", "PIPEWIRE_REMOTE"].iter().any(|key| std::env::var_os(key).is_some());
    let at = |key: &str, name: &str| std::env::var_os(key).is_some_and(|folder| Path::new(&folder).join(name).exists());
    let served = at("XDG_RUNTIME_DIR", "pulse/native") || at("XDG_RUNTIME_DIR", "pipewire-0");
    let configured = at("HOME", ".asoundrc") || Path::new("/etc/asound.conf").exists();
    let cards = std::fs::read_to_string("/proc/asound/cards").unwrap_or_default();
    let card = cards.lines().any(|line| line.trim_start().starts_with(|c: char| c.is_ascii_digit()));
    !(told || served || configured || card)
}
