use super::*;
use ratatui::{
    Terminal,
    backend::TestBackend,
    style::{Color, Modifier},
};
use undertone::{audio::Decibels, player::Heard, script::BreathPhase};

fn s(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// A session of 11:44 whose third chapter has begun two seconds ago.
pub(in crate::cli::play) fn sample() -> Status {
    let chapters = [(0.0, "Arriving"), (90.0, "Settling"), (190.0, "The stream"), (400.0, "Rest")];
    Status {
        title: "A night by the water".to_owned(),
        chapters: chapters.map(|(start, title)| (s(start), title.to_owned())).to_vec(),
        bookmarks: vec![s(240.0).into()],
        position: s(192.4).into(),
        length: s(704.0),
        prepared: s(704.0),
        motion: Motion::Playing,
        heard: Heard::Speech { text: "Feel the floor under your feet.".to_owned(), said: 0.5 },
        voice_level: Decibels(-15.0),
        bed_level: Decibels(-30.0),
        voice: Decibels(0.0),
        bed: Some(Decibels(-3.0)),
        muted: false,
        sleep: None,
        looping: false,
        notice: None,
    }
}

fn plain_look() -> Look {
    Look::new(Colours::None, false)
}

/// The picture as text, without the spaces at the ends of lines.
fn picture(status: &Status, look: &Look, (width, height): (u16, u16)) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, status, look)).unwrap();
    let buffer = terminal.backend().buffer().clone();
    let mut text = String::new();
    for y in 0..height {
        let (mut line, mut x) = (String::new(), 0);
        while x < width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            // The cells under a wide letter hold nothing of their own.
            x += (super::width(symbol) as u16).max(1);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// One line of it.
fn line(status: &Status, look: &Look, size: (u16, u16), number: usize) -> String {
    picture(status, look, size).lines().nth(number).unwrap().to_owned()
}

fn breath(phase: BreathPhase, passed: f64, whole: f64) -> Status {
    Status { heard: Heard::Breath { phase, passed: s(passed), whole: s(whole) }, ..sample() }
}

fn pause(left: f64, whole: f64) -> Status {
    Status { heard: Heard::Pause { left: s(left), whole: s(whole) }, ..sample() }
}

fn all_statuses() -> Vec<Status> {
    let wide = "夜の水辺で 👩‍👩‍👧 e\u{301}e\u{301} \u{200b} \x1b]0;x\x07 ".repeat(30);
    let mut all = vec![
        sample(),
        pause(7.3, 12.0),
        pause(0.2, 0.5),
        pause(0.0, 0.0),
        breath(BreathPhase::In, 1.0, 4.0),
        breath(BreathPhase::Hold, 1.0, 4.0),
        breath(BreathPhase::Out, 9.0, 0.0),
        Status { heard: Heard::Unknown, ..sample() },
        Status { chapters: Vec::new(), bookmarks: Vec::new(), length: s(0.0), position: s(9.0).into(), ..sample() },
        Status { position: s(1e6).into(), length: s(36e4), prepared: s(3.0), notice: Some(wide.clone()), ..sample() },
        Status { motion: Motion::Paused, sleep: Some(Sleep::In(s(870.0))), looping: true, muted: true, ..sample() },
        Status { motion: Motion::NoDevice, sleep: Some(Sleep::EndOfChapter(s(5000.0))), bed: None, ..sample() },
        Status { voice_level: Decibels(f32::NAN), bed_level: Decibels(f32::INFINITY), ..sample() },
        Status { voice: Decibels(f32::NAN), bed: Some(Decibels(-1e9)), ..sample() },
    ];
    for said in [0.0, 0.7, 1.0, f32::NAN] {
        let heard = Heard::Speech { text: wide.clone(), said };
        all.push(Status { title: wide.clone(), chapters: vec![(s(0.0), wide.clone())], heard, ..sample() });
    }
    all
}

#[test]
fn a_sentence_stands_between_the_title_and_the_bar() {
    assert_eq!(
        picture(&sample(), &plain_look(), (80, 24)),
        "
    A night by the water
    3 of 4 · The stream





                        Feel the floor under your feet.








    ━━━━━━━━━│━━━━━━━━━●────◆───────────────│───────────────────────────────
    3:12 / 11:44

    voice  ━━━━━━━━━━━━────  0 dB       bed  ━━━━━━━━────────  -3 dB

    space pause   ← → 10 s   ↑ ↓ voice   [ ] bed   s sleep   q quit   ? keys

"
    );
}

#[test]
fn a_small_screen_has_what_matters() {
    let status = Status { motion: Motion::Paused, prepared: s(300.0), sleep: Some(Sleep::In(s(870.0))), ..sample() };
    assert_eq!(
        picture(&status, &plain_look(), (40, 12)),
        " A night by the water    sleep in 14:30
 3 of 4 · The stream


    Feel the floor under your feet.




 ━━━━│━━━━━●─◆───┄┄┄┄┄│┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄
 3:12 / ~11:44                   paused
 space pause   q quit   ? keys
"
    );
}

#[test]
fn the_least_screens_keep_the_position() {
    let status = Status { motion: Motion::Paused, ..sample() };
    assert_eq!(picture(&status, &plain_look(), (10, 3)), "A night b…\n━│●◆─│────\n3:12    ||\n");
    assert_eq!(picture(&status, &plain_look(), (4, 1)), "3:12\n");
    assert_eq!(picture(&status, &plain_look(), (3, 1)), "3:…\n");
    let notice = Status { notice: Some("no device".to_owned()), ..sample() };
    assert_eq!(picture(&notice, &plain_look(), (20, 3)), "no device\n━━│━━●◆────│────────\n3:12 / 11:44\n");
}

#[test]
fn a_pause_is_a_line_that_shrinks_under_what_was_said() {
    let mut look = plain_look();
    look.see(&sample());
    let shown = picture(&pause(9.3, 10.0), &look, (80, 24));
    let rows: Vec<&str> = shown.lines().collect();
    assert_eq!(rows[8], "                        Feel the floor under your feet.");
    assert_eq!(rows[13], "                     ╶────────────────────────────────────╴");
    assert_eq!(rows[14], "                                      10 s");
    // Later the words are gone and the line is shorter.
    let shown = picture(&pause(1.0, 10.0), &look, (80, 24));
    let rows: Vec<&str> = shown.lines().collect();
    assert_eq!((rows[8], rows[13]), ("", "                                      ────"));
    assert_eq!(rows[14], "                                      1 s");
    // A pause between two sentences is not counted.
    let shown = picture(&pause(0.5, 1.0), &look, (80, 24));
    let rows: Vec<&str> = shown.lines().collect();
    assert_eq!((rows[8].trim(), rows[13], rows[14]), ("Feel the floor under your feet.", "", ""));
    // After a jump it is not known what was said before.
    look.forget();
    assert_eq!(line(&pause(9.3, 10.0), &look, (80, 24), 8), "");
    assert_eq!(line(&pause(75.0, 80.0), &look, (80, 5), 2), "                                  pause  1:15");
}

#[test]
fn a_breath_in_is_a_circle_that_grows() {
    let rows = |status: &Status| {
        let shown = picture(status, &plain_look(), (40, 20));
        shown.lines().skip(4).take(8).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(rows(&breath(BreathPhase::In, 0.0, 4.0)), EMPTY);
    assert_eq!(rows(&breath(BreathPhase::In, 2.0, 4.0)), HALF);
    assert_eq!(rows(&breath(BreathPhase::In, 4.0, 4.0)), FULL);
    assert_eq!(rows(&breath(BreathPhase::Out, 0.0, 4.0)), FULL);
    assert_eq!(rows(&breath(BreathPhase::Out, 3.0, 6.0)), HALF);
    assert_eq!(rows(&breath(BreathPhase::Out, 6.0, 6.0)), EMPTY);
}

const EMPTY: [&str; 8] = [
    "               ⠠ ⠂ ⠁⠈ ⠐ ⠄",
    "             ⡀⠐          ⠂⢀",
    "            ⠠              ⠄",
    "            ⠄     ⣴⣿⣿⣦     ⠠",
    "            ⠂     ⠻⣿⣿⠟     ⠐",
    "            ⠐              ⠂",
    "             ⠁⠠          ⠄⠈",
    "               ⠐ ⠄ ⡀⢀ ⠠ ⠂",
];
const HALF: [&str; 8] = [
    "               ⠠ ⠂ ⠁⠈ ⠐ ⠄",
    "             ⡀⠐  ⢀⣀⣤⣤⣀⡀  ⠂⢀",
    "            ⠠  ⢀⣴⣿⣿⣿⣿⣿⣿⣦⡀  ⠄",
    "            ⠄  ⣼⣿⣿⣿⣿⣿⣿⣿⣿⣧  ⠠",
    "            ⠂  ⢻⣿⣿⣿⣿⣿⣿⣿⣿⡟  ⠐",
    "            ⠐  ⠈⠻⣿⣿⣿⣿⣿⣿⠟⠁  ⠂",
    "             ⠁⠠  ⠈⠉⠛⠛⠉⠁  ⠄⠈",
    "               ⠐ ⠄ ⡀⢀ ⠠ ⠂",
];
const FULL: [&str; 8] = [
    "               ⢀⣤⣴⣶⣶⣶⣶⣦⣤⡀",
    "             ⢀⣴⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣦⡀",
    "            ⢀⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⡀",
    "            ⢸⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⡇",
    "            ⢸⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⡇",
    "            ⠈⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⠁",
    "             ⠈⠻⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⠟⠁",
    "               ⠈⠛⠻⠿⠿⠿⠿⠟⠛⠁",
];

#[test]
fn a_held_breath_stays_as_full_as_it_was() {
    let held = breath(BreathPhase::Hold, 1.0, 4.0);
    let shape = |look: &Look, status: &Status| {
        let shown = picture(status, look, (40, 20));
        shown.lines().take(13).map(str::to_owned).collect::<Vec<_>>()
    };
    let mut look = plain_look();
    look.see(&breath(BreathPhase::In, 4.0, 4.0));
    look.see(&held);
    assert_eq!(shape(&look, &held), shape(&look, &breath(BreathPhase::In, 4.0, 4.0)));
    look.see(&breath(BreathPhase::Out, 4.0, 4.0));
    assert_eq!(shape(&look, &held), shape(&look, &breath(BreathPhase::Out, 4.0, 4.0)));
}

#[test]
fn a_breath_says_what_it_is_and_how_long() {
    for (phase, words) in
        [(BreathPhase::In, "breathe in  3 s"), (BreathPhase::Hold, "hold  3 s"), (BreathPhase::Out, "breathe out  3 s")]
    {
        assert_eq!(line(&breath(phase, 1.2, 4.0), &plain_look(), (80, 24), 15).trim(), words);
        assert_eq!(line(&breath(phase, 1.2, 4.0), &plain_look(), (30, 5), 2).trim(), words);
    }
    let shown = picture(&breath(BreathPhase::In, 2.0, 4.0), &plain_look(), (40, 12));
    let rows: Vec<&str> = shown.lines().collect();
    assert_eq!((rows[6], rows[7]), ("          ╶──────────────────╴", "            breathe in  2 s"));
}

#[test]
fn the_state_is_said_in_words() {
    let state = |motion| line(&Status { motion, ..sample() }, &plain_look(), (80, 24), 18);
    let with = |words: &str| format!("    3:12 / 11:44{words:>60}");
    assert_eq!(state(Motion::Playing), "    3:12 / 11:44");
    assert_eq!(state(Motion::Paused), with("paused"));
    assert_eq!(state(Motion::Waiting), with("waiting for words"));
    assert_eq!(state(Motion::NoDevice), with("no device"));
    assert_eq!(
        line(&Status { motion: Motion::NoDevice, ..sample() }, &plain_look(), (22, 12), 10),
        "3:12         no device"
    );
}

#[test]
fn the_end_that_was_chosen_stands_beside_the_title() {
    let top = |sleep, looping| line(&Status { sleep, looping, ..sample() }, &plain_look(), (80, 24), 1);
    let with = |words: &str| format!("    A night by the water{words:>52}");
    assert_eq!(top(Some(Sleep::In(s(870.0))), false), with("sleep in 14:30"));
    assert_eq!(top(Some(Sleep::EndOfChapter(s(207.0))), true), with("sleep after this chapter, in 3:27 · loop"));
    assert_eq!(top(None, true), with("loop"));
}

#[test]
fn levels_are_lines_with_what_was_added_in_words() {
    let row = |status: &Status| line(status, &plain_look(), (80, 24), 20);
    let loud = Status { voice_level: Decibels(0.0), voice: Decibels(4.0), muted: true, ..sample() };
    assert_eq!(row(&loud), "    voice  ━━━━━━━━━━━━━━━━  +4 dB      bed  ────────────────  muted");
    let silent = Status { voice_level: Decibels(f32::NEG_INFINITY), bed: None, ..sample() };
    assert_eq!(row(&silent), "    voice  ────────────────  0 dB");
}

#[test]
fn a_notice_takes_the_place_of_the_keys() {
    let notice = Some("playing on \x1b[31mHeadphones\r\n".to_owned());
    assert_eq!(line(&Status { notice, ..sample() }, &plain_look(), (80, 24), 22), "    playing on [31mHeadphones");
}

#[test]
fn the_keys_take_the_place_of_the_voice() {
    let look = Look { help: true, ..plain_look() };
    let shown = picture(&sample(), &look, (80, 24));
    assert!(!shown.contains("Feel the floor"), "{shown}");
    assert!(shown.contains("3:12 / 11:44"), "{shown}");
    assert_eq!(
        picture(&sample(), &look, (40, 12)),
        "
   space        pause, or go on
   ← →          10 seconds back, on
   , .  ⇧← ⇧→   chapter back, on
   r            chapter from its start
   ↑ ↓          voice louder, softer
   ] [          bed louder, softer
   m            bed silent, or back
   s            sleep timer
   b            keep this place
   ?            show, or close this
   q            quit
"
    );
}

#[test]
fn what_was_said_is_brighter_than_the_rest() {
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    let look = Look::new(Colours::Many, false);
    terminal.draw(|frame| draw(frame, &sample(), &look)).unwrap();
    let colour = |x| terminal.backend().buffer()[(x, 8)].fg;
    // "Feel the floor" is what half of it reaches.
    assert_eq!((colour(24), colour(33)), (Color::Indexed(180), Color::Indexed(180)));
    assert_eq!((colour(45), colour(50)), (Color::Indexed(242), Color::Indexed(242)));
}

#[test]
fn without_colours_what_is_bright_is_not_dim_as_well() {
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    terminal.draw(|frame| draw(frame, &sample(), &plain_look())).unwrap();
    // The head stands on the dim line of what is ready.
    let head = &terminal.backend().buffer()[(23, 17)];
    assert_eq!((head.symbol(), head.modifier), ("●", Modifier::BOLD));
}

#[test]
fn without_colours_none_are_sent() {
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    for status in all_statuses() {
        terminal.draw(|frame| draw(frame, &status, &plain_look())).unwrap();
        let cells = &terminal.backend().buffer().content;
        assert!(cells.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    }
}

#[test]
fn a_locale_without_utf_8_gets_ascii() {
    for help in [false, true] {
        let look = Look { help, ..Look::new(Colours::Many, true) };
        for status in all_statuses() {
            for size in [(80, 24), (40, 12), (11, 5)] {
                let shown = picture(&status, &look, size);
                assert!(shown.is_ascii(), "{shown}");
            }
        }
    }
    let status = Status { title: "„Über dem Fluß“ … 夜".to_owned(), ..sample() };
    assert_eq!(line(&status, &Look::new(Colours::None, true), (80, 24), 1), "    \"Uber dem Fluss\" ... ?");
}

#[test]
fn the_environment_chooses_colours_and_letters() {
    let look = |variables: &[(&str, &str)]| {
        let look = Look::from_environment(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        });
        (look.colours, look.ascii)
    };
    assert_eq!(look(&[]), (Colours::Few, true));
    assert_eq!(look(&[("LANG", "de_DE.UTF-8"), ("TERM", "xterm-256color")]), (Colours::Many, false));
    assert_eq!(look(&[("LANG", "de_DE.UTF-8"), ("LC_ALL", "C"), ("TERM", "linux")]), (Colours::Few, true));
    assert_eq!(look(&[("LC_CTYPE", "en_US.utf8"), ("LC_ALL", ""), ("COLORTERM", "truecolor")]), (Colours::Many, false));
    assert_eq!(look(&[("NO_COLOR", "1"), ("COLORTERM", "truecolor")]), (Colours::None, true));
    assert_eq!(look(&[("NO_COLOR", ""), ("COLORTERM", "truecolor")]), (Colours::Many, true));
}

#[test]
fn wide_letters_are_cut_whole() {
    let status = Status { title: "夜の水辺で静かに休む".to_owned(), ..sample() };
    assert_eq!(line(&status, &plain_look(), (10, 3), 0), "夜の水辺…");
    assert_eq!(line(&status, &plain_look(), (12, 3), 0), "夜の水辺で…");
    let status = Status { title: "Cafe\u{301} e\u{301}te\u{301}".to_owned(), ..sample() };
    assert_eq!(line(&status, &plain_look(), (10, 3), 0), "Cafe\u{301} e\u{301}te\u{301}");
}

#[test]
fn nothing_that_a_terminal_would_obey_is_shown() {
    assert_eq!(plain("a\x1b[2Jb\r\nc\u{9b}d\u{202e}e \u{2028} f"), "a [2Jb c de f");
    for status in all_statuses() {
        assert!(!picture(&status, &plain_look(), (80, 24)).replace('\n', "").contains(char::is_control));
    }
}

#[test]
fn a_sentence_longer_than_the_screen_follows_the_voice() {
    let text = (1..=200).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
    let shown = |said| {
        let heard = Heard::Speech { text: text.clone(), said };
        picture(&Status { heard, ..sample() }, &plain_look(), (40, 12))
    };
    assert!(shown(0.0).contains(" 1 2 3 "), "{}", shown(0.0));
    assert!(shown(0.5).contains(" 110 "), "{}", shown(0.5));
    assert!(shown(1.0).contains(" 199 200"), "{}", shown(1.0));
}

#[test]
fn every_size_is_drawn_with_the_position_and_without_a_panic() {
    let mut looks = [plain_look(), Look::new(Colours::Many, true), Look { help: true, ..plain_look() }];
    for look in &mut looks {
        look.see(&sample());
    }
    for (number, status) in all_statuses().iter().enumerate() {
        for width in 1..=100 {
            for height in 1..=40 {
                // The first at every size; of the others each at a part of the sizes, with one look or another.
                let turn = number + usize::from(width + 3 * height);
                if number > 0 && turn % 5 > 0 {
                    continue;
                }
                let look = &looks[turn % looks.len()];
                let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
                terminal.draw(|frame| draw(frame, status, look)).unwrap();
                if number == 0 && width >= 4 && !look.help {
                    let shown = terminal.backend().to_string();
                    assert!(shown.contains("3:12"), "{width}x{height}\n{shown}");
                }
            }
        }
    }
}

#[test]
fn lines_are_as_even_as_they_can_be() {
    let lines = |text: &str, room| {
        let words = |line: &Vec<text::Word<'_>>| line.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(" ");
        text::wrap(text, room).iter().map(words).collect::<Vec<_>>()
    };
    assert_eq!(lines("one two three four", 14), ["one two", "three four"]);
    assert_eq!(lines("one two", 14), ["one two"]);
    assert_eq!(lines("unbreakable", 4), ["unbr", "eaka", "ble"]);
    assert_eq!(lines("夜の水辺で", 5), ["夜の", "水辺", "で"]);
    assert_eq!(lines("", 5), [""]);
}
