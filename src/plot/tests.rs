use super::*;
use crate::audio::{SampleRate, Stereo};

#[test]
fn columns_that_are_too_many_are_joined_and_keep_their_extremes_and_their_power() {
    let mut columns = Columns::new(1, 10);
    for i in 0..10_000 {
        let sample = if i == 7_777 { -0.75 } else { 0.25 };
        columns.push([Cell::of(&[Stereo::mono(sample); 10])]);
    }
    assert_eq!((columns.frames(), columns.track(0).len()), (40, 2500));
    assert!(columns.track(0).iter().all(|cell| cell.frames() == 40));
    assert_eq!(columns.track(0)[7_777 / 4].wave()[..2], [-0.75, 0.25]);
    let [_, _, rms] = columns.track(0)[7_777 / 4].wave();
    // A quarter of the frames at 0.75, the rest at 0.25.
    assert!((rms - 0.1875f32.sqrt()).abs() < 1e-6, "{rms}");
    assert_eq!(columns.track(0)[0].db().map(f32::round), Some(-12.0));
}

#[test]
fn levels_are_averaged_as_powers_and_silence_has_none() {
    let joined = Cell::level(Some(-20.0), 1).join(Cell::level(None, 1));
    assert!((joined.db().unwrap() + 23.01).abs() < 0.01);
    assert_eq!(Cell::level(None, 5).db(), None);
    assert_eq!(Cell::of(&[Stereo::ZERO; 4]).peak_db(), None);
    assert_eq!(Cell::value(-6.0, 3).join(Cell::value(0.0, 3)).mean(), -3.0);
}

#[test]
fn a_second_under_60_db_is_a_silence_and_less_is_none() {
    let mut silences = Silences::new(SampleRate::new(8000).unwrap());
    for (amplitude, frames) in [(0.5, 8000), (0.0009, 8000), (0.5, 8000), (0.0, 7999), (0.5, 1), (0.0, 16_000)] {
        silences.add(&vec![Stereo::mono(amplitude); frames]);
    }
    let found: Vec<(f64, f64)> = silences.finish().iter().map(|shade| (shade.from, shade.to)).collect();
    assert_eq!(found, [(1.0, 2.0), (4.0, 6.0)]);
}

#[test]
fn times_are_written_in_minutes_and_finer_when_there_is_room() {
    let labels = |length: f64, pixels: f64| {
        let times = axis::times(length, pixels, 12.0);
        (times.unit, times.ticks.into_iter().map(|(_, label)| label).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(labels(3.0 * 3600.0, 1000.0), ("min", "0 15 30 45 60 75 90 105 120 135 150 165 180".to_owned()));
    assert_eq!(labels(61.0, 400.0), ("min:s", "0:00 0:10 0:20 0:30 0:40 0:50 1:00".to_owned()));
    assert_eq!(labels(1.0, 400.0), ("min:s", "0:00.0 0:00.2 0:00.4 0:00.6 0:00.8 0:01.0".to_owned()));
}

#[test]
fn a_text_is_cut_to_its_room_with_an_ellipsis() {
    let cut = words::fit("A walk through the garden", 12.0, 80.0).unwrap();
    assert!(cut.ends_with('…') && "A walk through the garden".starts_with(cut.trim_end_matches('…')), "{cut}");
    assert!(words::width(&cut, 12.0) <= 80.0);
    assert_eq!(words::fit("A walk", 12.0, 80.0).unwrap(), "A walk");
    assert_eq!(words::fit("A walk", 12.0, 12.0), None);
    assert_eq!(words::escape("a<b>&\"'\u{7}\n"), "a&lt;b&gt;&amp;&quot;&#39; ");
}

#[test]
fn a_scale_reaches_no_further_down_than_it_may() {
    let levels = axis::levels([-20.0, -90.0].into_iter(), 36.0, 120.0);
    assert!((-60.0..=-56.0).contains(&levels.low) && levels.high > -20.0, "{levels:?}");
    assert_eq!(levels.lines, [-48.0, -36.0, -24.0]);
    // A value alone has a scale around it.
    let alone = axis::levels(std::iter::once(-6.0), 36.0, 120.0);
    assert!(alone.low < -6.0 && alone.high > -6.0);
}
