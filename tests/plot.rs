//! Sessions and sounds become pictures.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by unwrapping it")]

mod common;

use common::{Desk, stderr};
use roxmltree::{Document, Node};
use std::fs;
use undertone::{
    audio::{Frames, SampleRate, Stereo},
    plot::{Look, Panel, Picture, Shape, Size, Track, svg},
    sink::{Chapter, Samples, Sink, Tags, WavOptions, WavSink, WavSpec},
};

/// Where time begins in a picture of the default size, and its pixels.
const LEFT: f64 = 62.0;
const WIDTH: f64 = 1600.0 - 62.0 - 24.0;

fn number(node: Node<'_, '_>, name: &str) -> f64 {
    node.attribute(name).unwrap_or_else(|| panic!("no {name} in {node:?}")).parse().unwrap()
}

fn of_class<'a>(document: &'a Document<'a>, class: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    let has = move |node: &Node<'_, '_>| {
        node.attribute("class").is_some_and(|classes| classes.split(' ').any(|name| name == class))
    };
    document.descendants().filter(has)
}

/// What stands under the axis of time, with the pixel of its middle.
fn times(document: &Document<'_>) -> Vec<(f64, String)> {
    let group = of_class(document, "times").next().unwrap();
    group.children().filter(Node::is_element).map(|text| (number(text, "x"), text.text().unwrap().to_owned())).collect()
}

/// The left, the width and the text of each chapter's title, by row.
fn titles(document: &Document<'_>) -> Vec<(f64, f64, String)> {
    let groups = of_class(document, "title").filter(|node| node.attribute("class") == Some("ink title"));
    groups
        .flat_map(|group| group.children().filter(Node::is_element).collect::<Vec<_>>())
        .map(|text| (number(text, "x"), number(text, "y"), text.text().unwrap().to_owned()))
        .collect()
}

/// About how wide a text is.
fn width(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * 0.5
}

fn picture(length: f64, chapters: &[(f64, &str)]) -> Picture {
    let values = vec![Some(-20.0); 100];
    Picture {
        title: "A session".to_owned(),
        facts: Vec::new(),
        length,
        step: length / 100.0,
        chapters: chapters.iter().map(|(at, title)| (*at, (*title).to_owned())).collect(),
        shades: Vec::new(),
        marks: Vec::new(),
        panels: vec![Panel {
            name: "Loudness".to_owned(),
            unit: "LUFS",
            share: 1.0,
            reach: 40.0,
            tracks: vec![Track { name: "short-term".to_owned(), colour: 0, shape: Shape::Area(values) }],
        }],
    }
}

#[test]
fn a_script_is_drawn_with_its_chapters_where_they_begin_and_its_bells_and_pauses() {
    let desk = Desk::new();
    desk.write(
        "s.md",
        "---\ntitle: Rest & \"be\" <still>\nvoice: tone\nbeds: { rain: { recipe: night-rain } }\nmix: { fade_in: 1ms, fade_out: 1ms }\n---\n\
         [bed rain]\n# One\n[silence 10s]\n\n# Two <b> & \"c\"\n[bell]\n[pause 20s]\n\nLet go.\n",
    );
    let length = desk.json(&["render", "s.md", "-o", "s.wav"])["duration_s"].as_f64().unwrap();
    desk.good(&["plot", "s.md", "-o", "s.svg"]);
    assert_eq!(desk.names(), ["s.md", "s.svg", "s.wav"]);
    let text = fs::read_to_string(desk.path("s.svg")).unwrap();
    let document = Document::parse(&text).unwrap();
    let chapters: Vec<(f64, &str)> = of_class(&document, "chapter")
        .map(|line| {
            assert_eq!(line.attribute("x1"), line.attribute("x2"));
            (number(line, "x1"), line.first_element_child().unwrap().text().unwrap())
        })
        .collect();
    assert_eq!(chapters.iter().map(|(_, title)| *title).collect::<Vec<_>>(), ["One", "Two <b> & \"c\""]);
    for ((x, _), at) in chapters.iter().zip([0.001, 10.001]) {
        assert!((x - (LEFT + at / length * WIDTH)).abs() < 1.0, "{x} for {at} s of {length} s");
    }
    assert_eq!(document.root_element().first_element_child().unwrap().text(), Some("Rest & \"be\" <still>"));
    assert!(
        times(&document).iter().any(|(x, label)| label == "0:30" && (x - (LEFT + 30.0 / length * WIDTH)).abs() < 1.0)
    );
    assert_eq!(of_class(&document, "bell").count(), 1);
    assert!(of_class(&document, "pause").count() > 0 && of_class(&document, "silence").count() > 0);
    let panels: Vec<_> = of_class(&document, "panel").map(|name| name.text().unwrap()).collect();
    assert_eq!(panels, ["Speech", "Ambience", "Ducking", "Loudness"]);
    let legend: Vec<_> = of_class(&document, "legend").map(|name| name.text().unwrap()).collect();
    assert_eq!(legend, ["bell", "silence", "pause", "rain", "short-term", "speech at −18"]);
    // The same again, with another number of threads, to the byte.
    desk.good(&["plot", "s.md", "-o", "again.svg", "--threads", "5"]);
    assert_eq!(fs::read_to_string(desk.path("again.svg")).unwrap(), text);
}

#[test]
fn a_picture_is_dark_where_the_readers_screen_is_and_the_colours_differ() {
    let both = svg(&picture(60.0, &[]), Size::default(), Look::Both);
    let (light, dark) = both.split_once("@media (prefers-color-scheme: dark)").unwrap();
    let colour = |sheet: &str, class: &str| {
        let rule = sheet.split_once(&format!(".{class}{{")).unwrap().1;
        rule.split_once('}').unwrap().0.to_owned()
    };
    for class in ["paper", "ink", "muted", "grid", "line0", "fill0", "chapter", "silence"] {
        assert_ne!(colour(light, class), colour(dark, class), "{class}");
    }
    assert!(!svg(&picture(60.0, &[]), Size::default(), Look::Dark).contains("@media"));
}

#[test]
fn a_title_of_300_letters_is_shortened_and_whole_where_a_pointer_rests() {
    let long = "very ".repeat(60);
    let drawn = svg(&picture(60.0, &[(1.0, &long), (50.0, "Two")]), Size::default(), Look::Both);
    let document = Document::parse(&drawn).unwrap();
    assert_eq!(of_class(&document, "chapter").next().unwrap().first_element_child().unwrap().text(), Some(&*long));
    let titles = titles(&document);
    assert_eq!(titles.len(), 2);
    assert!(titles[0].2.ends_with('…') && titles[0].2.chars().count() <= 60, "{titles:?}");
}

#[test]
fn labels_never_overlap_however_long_the_session_and_however_many_its_chapters() {
    for length in [0.05, 1.0, 7.0, 59.0, 61.0, 754.0, 3600.0, 3.0 * 3600.0, 30.0 * 3600.0] {
        for (w, h) in [(640, 400), (1600, 960), (5000, 700)] {
            let names: Vec<(f64, String)> = (0..25)
                .map(|i| (length * (f64::from(i) / 25.0).powi(2), format!("Part {i} of the way down")))
                .collect();
            let names: Vec<(f64, &str)> = names.iter().map(|(at, name)| (*at, &**name)).collect();
            let drawn = svg(&picture(length, &names), Size::new(w, h).unwrap(), Look::Light);
            let document = Document::parse(&drawn).unwrap();
            let times = times(&document);
            assert!(times.len() >= 3, "{length} s in {w} pixels: {times:?}");
            for pair in times.windows(2) {
                let between = f64::midpoint(width(&pair[0].1, 12.0), width(&pair[1].1, 12.0));
                assert!(pair[1].0 - pair[0].0 > between + 4.0, "{length} s in {w} pixels: {pair:?}");
            }
            let mut titles = titles(&document);
            assert!(!titles.is_empty());
            titles.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.total_cmp(&b.0)));
            for pair in titles.windows(2).filter(|pair| pair[0].1 == pair[1].1) {
                assert!(pair[1].0 - pair[0].0 > width(&pair[0].2, 12.0), "{length} s in {w} pixels: {pair:?}");
            }
        }
    }
}

#[test]
fn a_session_of_a_second_and_one_of_three_hours_have_axes_that_fit_them() {
    let desk = Desk::new();
    desk.write("short.md", "---\nvoice: tone\n---\nYes. [pause 500ms]\n");
    desk.write("long.md", "---\nvoice: tone\n---\nRest. [pause 3h] Wake.\n");
    let labels = |script: &str| {
        desk.good(&["plot", script, "-o", "p.svg"]);
        let text = fs::read_to_string(desk.path("p.svg")).unwrap();
        times(&Document::parse(&text).unwrap()).into_iter().map(|(_, label)| label).collect::<Vec<_>>()
    };
    assert!(labels("short.md").starts_with(&["0:00.00".to_owned(), "0:00.05".to_owned()]));
    let long = labels("long.md");
    assert_eq!((&*long[0], &*long[1], long.last().unwrap().as_str()), ("0", "10", "180"));
}

#[cfg(feature = "plot-png")]
#[test]
fn a_png_has_the_size_that_was_asked_for_and_a_light_or_a_dark_ground() {
    let desk = Desk::new();
    desk.write("s.md", "---\nvoice: tone\n---\n# One\nLet go. [pause 2s]\n");
    let decode = |args: &[&str]| {
        let mut all = vec!["plot", "s.md", "-o", "p.png", "--size", "800x500"];
        all.extend(args);
        desk.good(&all);
        let file = std::io::BufReader::new(fs::File::open(desk.path("p.png")).unwrap());
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        (info.width, info.height, pixels)
    };
    let (width, height, light) = decode(&[]);
    assert_eq!((width, height), (800, 500));
    assert_eq!(light[..4], [0xfa, 0xf9, 0xf6, 0xff]);
    let (_, _, dark) = decode(&["--dark"]);
    assert_eq!(dark[..4], [0x15, 0x18, 0x1d, 0xff]);
    // The title has been written: ink stands in its row.
    let row =
        |pixels: &[u8], y: usize| pixels[y * 800 * 4..(y + 1) * 800 * 4].chunks(4).filter(|p| p[0] < 0x80).count();
    assert!((20..36).map(|y| row(&light, y)).sum::<usize>() > 10);
}

#[test]
fn a_sound_file_is_known_by_what_it_holds_and_drawn_with_its_chapters_and_silences() {
    let desk = Desk::new();
    let rate = SampleRate::HZ_48000;
    let chapters = [(0, "Loud"), (96_000, "Quiet")];
    let chapters = chapters.map(|(at, title)| Chapter { at: Frames(at), title: title.to_owned() });
    let tags = Tags { chapters: chapters.into(), ..Tags::default() };
    let options = WavOptions { tags, ..WavOptions::default() };
    let spec = WavSpec { rate, samples: Samples::Float32 };
    let mut sink = WavSink::create(&desk.path("sound.md"), spec, Frames(192_000), options).unwrap();
    let wave: Vec<Stereo> = (0..96_000).map(|i| Stereo::mono(0.5 * (i as f32 * 0.13).sin())).collect();
    sink.write(&wave).unwrap();
    sink.write(&vec![Stereo::ZERO; 96_000]).unwrap();
    sink.finish().unwrap();
    let said = desk.run(&["plot", "sound.md"]);
    assert!(said.status.success(), "{}", stderr(&said));
    assert!(stderr(&said).contains("sound.svg: 0:04, −"), "{}", stderr(&said));
    assert!(stderr(&said).contains("peak −6.0 dBTP, highest at 0:0"), "{}", stderr(&said));
    let text = fs::read_to_string(desk.path("sound.svg")).unwrap();
    let document = Document::parse(&text).unwrap();
    let lines: Vec<f64> = of_class(&document, "chapter").map(|line| number(line, "x1")).collect();
    assert_eq!(lines, [LEFT, LEFT + WIDTH / 2.0]);
    assert_eq!(titles(&document).iter().map(|title| &*title.2).collect::<Vec<_>>(), ["Loud", "Quiet"]);
    // The silence is the second half; it begins the path of what is shaded.
    let silence = of_class(&document, "silence").find_map(|node| node.attribute("d")).unwrap();
    let from: f64 = silence[1..].split(' ').next().unwrap().parse().unwrap();
    assert!((from - (LEFT + WIDTH / 2.0)).abs() < 1.0, "{silence}");
    let panels: Vec<_> = of_class(&document, "panel").map(|name| name.text().unwrap()).collect();
    assert_eq!(panels, ["Sound", "Peaks", "Loudness"]);
}

#[test]
fn what_cannot_or_must_not_be_written_is_refused_and_nothing_is_left_behind() {
    let desk = Desk::new();
    desk.write("s.md", "---\nvoice: tone\n---\nLet go.\n");
    desk.write("bad.md", "---\nvoice: tone\n---\n[bed nowhere]\nLet go.\n");
    desk.write("notes.svg", "my notes");
    fs::create_dir(desk.path("folder.svg")).unwrap();
    let refused = |args: &[&str], why: &str| {
        let output = desk.run(&[&["plot"], args].concat());
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(stderr(&output).contains(why), "{args:?}: {}", stderr(&output));
    };
    refused(&["s.md", "-o", "s.jpg"], "end its name with .svg or .png");
    refused(&["s.md", "-o", "folder.svg"], "it is a folder");
    refused(&["s.md", "-o", "nowhere/s.svg"], "there is no folder");
    refused(&["s.md", "-o", "notes.svg"], "is there already and is not a picture");
    refused(&["bad.md", "-o", "s.svg"], "nowhere");
    refused(&["missing.md", "-o", "s.svg"], "missing.md");
    desk.write("self.svg", "---\nvoice: tone\n---\nLet go.\n");
    refused(&["self.svg"], "is the file itself");
    desk.write("broken.wav", b"RIFF\x10\0\0\0WAVEnothing");
    refused(&["broken.wav", "-o", "s.svg"], "broken.wav");
    assert_eq!(desk.names(), ["bad.md", "broken.wav", "folder.svg", "notes.svg", "s.md", "self.svg"]);
    assert_eq!(desk.run(&["plot", "s.md", "--size", "100x100"]).status.code(), Some(2));
    desk.good(&["plot", "s.md", "-o", "notes.svg", "--force"]);
    desk.good(&["plot", "s.md", "-o", "notes.svg"]);
}
