//! Keys, and what they ask for.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use undertone::{audio::Decibels, player::Command};

/// What a person asks for with a key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Wish {
    /// Something of the player.
    Ask(Command),
    /// To see the keys, or no longer.
    Help,
    /// Away from here: the help first, then the whole.
    Escape,
    /// To end it, as the signal does.
    Interrupt,
    /// To stop the program for a while and have the shell back.
    Suspend,
    /// To have the picture drawn anew.
    Redraw,
}

/// What an event asks for; most ask for nothing.
pub(super) fn wish(event: &Event) -> Option<Wish> {
    let Event::Key(KeyEvent { code, modifiers, kind, .. }) = event else { return None };
    if *kind == KeyEventKind::Release {
        return None;
    }
    let control = modifiers.contains(KeyModifiers::CONTROL);
    let alt = modifiers.contains(KeyModifiers::ALT);
    let shift = modifiers.contains(KeyModifiers::SHIFT);
    // Both together are AltGr, by which many keyboards write brackets.
    if control && !alt {
        return match code {
            KeyCode::Char('c' | 'C') => Some(Wish::Interrupt),
            KeyCode::Char('z' | 'Z') => Some(Wish::Suspend),
            KeyCode::Char('l' | 'L') => Some(Wish::Redraw),
            _ => None,
        };
    }
    if alt && !control {
        return None;
    }
    let command = match code {
        KeyCode::Char(letter) => match letter.to_ascii_lowercase() {
            ' ' => Command::TogglePause,
            ',' | '<' => Command::SkipChapters(-1),
            '.' | '>' => Command::SkipChapters(1),
            '[' => Command::Bed(Decibels(-1.0)),
            ']' => Command::Bed(Decibels(1.0)),
            's' => Command::Sleep,
            'm' => Command::MuteBed,
            'b' => Command::Bookmark,
            'r' => Command::RepeatChapter,
            'q' => Command::Quit,
            '?' | 'h' => return Some(Wish::Help),
            _ => return None,
        },
        KeyCode::Left if shift => Command::SkipChapters(-1),
        KeyCode::Right if shift => Command::SkipChapters(1),
        KeyCode::Left => Command::Skip(-10),
        KeyCode::Right => Command::Skip(10),
        KeyCode::PageUp => Command::SkipChapters(-1),
        KeyCode::PageDown => Command::SkipChapters(1),
        KeyCode::Up => Command::Voice(Decibels(1.0)),
        KeyCode::Down => Command::Voice(Decibels(-1.0)),
        KeyCode::Esc => return Some(Wish::Escape),
        _ => return None,
    };
    Some(Wish::Ask(command))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(code: KeyCode, modifiers: KeyModifiers) -> Option<Wish> {
        wish(&Event::Key(KeyEvent::new(code, modifiers)))
    }

    #[test]
    fn each_key_asks_for_what_the_help_says() {
        let plain = [
            (KeyCode::Char(' '), Command::TogglePause),
            (KeyCode::Left, Command::Skip(-10)),
            (KeyCode::Right, Command::Skip(10)),
            (KeyCode::Up, Command::Voice(Decibels(1.0))),
            (KeyCode::Down, Command::Voice(Decibels(-1.0))),
            (KeyCode::Char(']'), Command::Bed(Decibels(1.0))),
            (KeyCode::Char('['), Command::Bed(Decibels(-1.0))),
            (KeyCode::Char('s'), Command::Sleep),
            (KeyCode::Char('m'), Command::MuteBed),
            (KeyCode::Char('b'), Command::Bookmark),
            (KeyCode::Char('r'), Command::RepeatChapter),
            (KeyCode::Char('q'), Command::Quit),
            (KeyCode::Char('Q'), Command::Quit),
            (KeyCode::Char(','), Command::SkipChapters(-1)),
            (KeyCode::Char('.'), Command::SkipChapters(1)),
            (KeyCode::PageUp, Command::SkipChapters(-1)),
            (KeyCode::PageDown, Command::SkipChapters(1)),
        ];
        for (code, command) in plain {
            assert_eq!(key(code, KeyModifiers::NONE), Some(Wish::Ask(command)), "{code:?}");
        }
        let shifted = [
            (KeyCode::Left, Command::SkipChapters(-1)),
            (KeyCode::Right, Command::SkipChapters(1)),
            (KeyCode::Char('<'), Command::SkipChapters(-1)),
            (KeyCode::Char('>'), Command::SkipChapters(1)),
            (KeyCode::Char('B'), Command::Bookmark),
        ];
        for (code, command) in shifted {
            assert_eq!(key(code, KeyModifiers::SHIFT), Some(Wish::Ask(command)), "{code:?}");
        }
    }

    #[test]
    fn keys_of_the_screen_do_not_reach_the_player() {
        assert_eq!(key(KeyCode::Char('?'), KeyModifiers::SHIFT), Some(Wish::Help));
        assert_eq!(key(KeyCode::Char('h'), KeyModifiers::NONE), Some(Wish::Help));
        assert_eq!(key(KeyCode::Esc, KeyModifiers::NONE), Some(Wish::Escape));
        assert_eq!(key(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Wish::Interrupt));
        assert_eq!(key(KeyCode::Char('z'), KeyModifiers::CONTROL), Some(Wish::Suspend));
        assert_eq!(key(KeyCode::Char('l'), KeyModifiers::CONTROL), Some(Wish::Redraw));
    }

    #[test]
    fn other_keys_with_control_or_alt_do_nothing() {
        for modifiers in [KeyModifiers::CONTROL, KeyModifiers::ALT] {
            for code in [KeyCode::Char('q'), KeyCode::Char('s'), KeyCode::Char(']'), KeyCode::Left, KeyCode::Esc] {
                assert_eq!(key(code, modifiers), None, "{modifiers:?} {code:?}");
            }
        }
        assert_eq!(key(KeyCode::Char('x'), KeyModifiers::NONE), None);
        assert_eq!(key(KeyCode::F(1), KeyModifiers::NONE), None);
    }

    #[test]
    fn brackets_are_also_written_with_altgr() {
        let altgr = KeyModifiers::CONTROL | KeyModifiers::ALT;
        assert_eq!(key(KeyCode::Char(']'), altgr), Some(Wish::Ask(Command::Bed(Decibels(1.0)))));
    }

    #[test]
    fn a_key_counts_when_it_goes_down_and_while_it_is_held_but_not_when_it_is_let_go() {
        let with = |kind| wish(&Event::Key(KeyEvent::new_with_kind(KeyCode::Right, KeyModifiers::NONE, kind)));
        assert_eq!(with(KeyEventKind::Press), Some(Wish::Ask(Command::Skip(10))));
        assert_eq!(with(KeyEventKind::Repeat), Some(Wish::Ask(Command::Skip(10))));
        assert_eq!(with(KeyEventKind::Release), None);
        assert_eq!(wish(&Event::Resize(80, 24)), None);
        assert_eq!(wish(&Event::FocusLost), None);
    }
}
