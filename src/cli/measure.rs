//! What was measured of a piece of sound, for a person and for a program.

use serde_json::{Value, json};
use std::{fmt::Write as _, path::Path, time::Duration};
use undertone::{
    master::{Preset, Report},
    session::Balance,
};

/// What was measured.
pub(super) struct Measured<'a> {
    pub(super) report: &'a Report,
    /// Only a render knows it.
    pub(super) balance: Option<Balance>,
    /// What is wrong with the file.
    pub(super) warnings: &'a [String],
}

impl Measured<'_> {
    /// Every figure, and whether they meet a preset's rules.
    pub(super) fn json(&self, file: &Path, gate: Option<Preset>) -> Value {
        let mut value = json!({ "file": file });
        let mut add = |more: Value| {
            if let (Value::Object(all), Value::Object(more)) = (&mut value, more) {
                all.extend(more);
            }
        };
        add(json!(self.report));
        if let Some(balance) = &self.balance {
            add(json!(balance));
        }
        if !self.warnings.is_empty() {
            add(json!({ "warnings": self.warnings }));
        }
        if let Some(preset) = gate {
            let failures = self.report.gate(preset);
            add(json!({ "gate": { "preset": preset.name(), "passed": failures.is_empty(), "failures": failures } }));
        }
        value
    }

    /// The same, a line each.
    pub(super) fn table(&self) -> String {
        let report = self.report;
        let level = |level: f64, unit: &str| {
            if level.is_finite() { format!("{level:.1} {unit}") } else { "silent".to_owned() }
        };
        let mut rows = vec![
            ("length", time(report.seconds)),
            ("rate", format!("{} Hz", report.rate)),
            ("loudness", level(report.integrated_lufs.unwrap_or(f64::NEG_INFINITY), "LUFS")),
            ("loudness range", format!("{:.1} LU", report.range_lu)),
            ("true peak", level(report.true_peak_dbtp, "dBTP")),
            ("sample peak", level(report.sample_peak_dbfs, "dBFS")),
            ("RMS", level(report.rms_dbfs, "dBFS")),
            ("noise floor", level(report.noise_floor_dbfs, "dBFS")),
            ("longest silence", format!("{:.1} s", report.longest_silence_seconds)),
            ("clipped samples", report.clipped_samples.to_string()),
            ("DC", format!("{:.5} left, {:.5} right", report.dc[0], report.dc[1])),
            ("largest step", format!("{:.3} at {}", report.largest_step, time(report.largest_step_at))),
        ];
        if let Some(balance) = &self.balance {
            let over = balance.speech_over_beds_lu;
            rows.push(("speech over beds", over.map_or_else(|| "no beds".to_owned(), |over| format!("{over:.1} LU"))));
            let (step, at) = (balance.largest_step_at_joins, time(balance.largest_step_at_joins_at));
            rows.push(("step at a join", format!("{step:.4} at {at}")));
        }
        if report.broken_samples > 0 {
            rows.push(("no numbers", format!("{} samples", report.broken_samples)));
        }
        let mut table = String::new();
        for (name, value) in rows {
            let _ = writeln!(table, "{name:<16}  {value}");
        }
        table.truncate(table.trim_end().len());
        table
    }
}

/// Minutes, seconds and tenths.
fn time(seconds: f64) -> String {
    let tenths = (Duration::from_secs_f64(seconds.max(0.0)).as_secs_f64() * 10.0).round() as u64;
    let (minutes, tenths) = (tenths / 600, tenths % 600);
    if minutes >= 60 {
        format!("{}:{:02}:{:02}.{}", minutes / 60, minutes % 60, tenths / 10, tenths % 10)
    } else {
        format!("{minutes}:{:02}.{}", tenths / 10, tenths % 10)
    }
}
