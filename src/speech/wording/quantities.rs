//! Amounts: numbers with what belongs to them, fractions, ranges, patterns of counts, years, units.

use super::{
    numbers::{cardinal, digit_by_digit, number, ordinal, part, plural, year},
    tokens::{At, Change, Kind, Token},
    units,
};

/// Hyphen, figure dash, en dash, minus.
pub(super) const DASHES: [char; 5] = ['-', '‐', '‑', '–', '−'];

/// A number as it is written: digits, maybe in groups of three, maybe with digits after the point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Numeral {
    /// Digits before the point, without commas.
    pub(super) whole: String,
    /// Digits after the point.
    pub(super) fraction: Option<String>,
    /// Whether commas stood between thousands.
    pub(super) grouped: bool,
    /// How many tokens it is.
    pub(super) taken: usize,
}

impl Numeral {
    /// The numeral that begins here.
    pub(super) fn read(at: At<'_>) -> Option<Self> {
        let first = at.digits(0)?;
        let mut numeral = Self { whole: first.to_owned(), fraction: None, grouped: false, taken: 1 };
        if first.len() <= 3 && !first.starts_with('0') {
            while at.mark(numeral.taken, ',') && at.digits(numeral.taken + 1).is_some_and(|d| d.len() == 3) {
                numeral.whole.push_str(at.digits(numeral.taken + 1).unwrap_or_default());
                numeral.grouped = true;
                numeral.taken += 2;
            }
        }
        if at.mark(numeral.taken, '.')
            && let Some(digits) = at.digits(numeral.taken + 1)
        {
            numeral.fraction = Some(digits.to_owned());
            numeral.taken += 2;
        }
        Some(numeral)
    }

    /// "three point one four".
    pub(super) fn words(&self) -> String {
        let whole = number(&self.whole);
        match &self.fraction {
            Some(fraction) => format!("{whole} point {}", digit_by_digit(fraction)),
            None => whole,
        }
    }

    /// Its value when it is whole and not written with a leading zero.
    pub(super) fn value(&self) -> Option<u64> {
        (self.fraction.is_none() && (self.whole.len() == 1 || !self.whole.starts_with('0')))
            .then(|| self.whole.parse().ok())
            .flatten()
    }
}

/// How much of something, and whether what follows is one thing or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Amount {
    /// What is said.
    pub(super) words: String,
    /// Whether the unit stays in the singular.
    pub(super) one: bool,
    /// How many tokens it is.
    pub(super) taken: usize,
}

/// The amount that begins here: a mixed number, a fraction, a number, or a range of numbers.
pub(super) fn amount(at: At<'_>) -> Option<Amount> {
    if let Some(mixed) = mixed(at) {
        return Some(mixed);
    }
    let low = fraction(at).or_else(|| plain(at))?;
    let dash = at.skip_space(low.taken);
    if !at.get(dash).is_some_and(|t| t.is_one_of(&DASHES)) {
        return Some(low);
    }
    let next = at.skip_space(dash + 1);
    // "5 -3" is no range, "5-3" and "5 - 3" are.
    if (dash > low.taken) != (next > dash + 1) {
        return Some(low);
    }
    let Some(high) = mixed_or_less(at.on(next)) else { return Some(low) };
    if !at.ends_word(next + high.taken) && units::unit(at, next + high.taken).is_none() {
        return Some(low);
    }
    Some(Amount { words: format!("{} to {}", low.words, high.words), one: false, taken: next + high.taken })
}

fn mixed_or_less(at: At<'_>) -> Option<Amount> {
    mixed(at).or_else(|| fraction(at)).or_else(|| plain(at))
}

fn plain(at: At<'_>) -> Option<Amount> {
    let numeral = Numeral::read(at)?;
    Some(Amount { words: numeral.words(), one: numeral.value() == Some(1), taken: numeral.taken })
}

/// `2 1/2`, `2½`.
fn mixed(at: At<'_>) -> Option<Amount> {
    let whole = at.digits(0)?;
    let next = at.skip_space(1);
    let (above, below, taken) = parts(at.on(next))?;
    if above >= below || (next == 1 && at.digits(1).is_some()) {
        return None;
    }
    let fraction = match (above, below) {
        (1, 8 | 11 | 18) => format!("an {}", part(below, false)),
        (1, _) => format!("a {}", part(below, false)),
        _ => format!("{} {}", cardinal(above), part(below, true)),
    };
    Some(Amount { words: format!("{} and {fraction}", number(whole)), one: false, taken: next + taken })
}

/// `1/2`, `½`.
fn fraction(at: At<'_>) -> Option<Amount> {
    let (above, below, taken) = parts(at)?;
    let follows = at.next_word(taken).unwrap_or_default();
    let words = match (above, below) {
        (24, 7) => "twenty-four seven".to_owned(),
        (9, 11) => "nine eleven".to_owned(),
        (1, 2) if ["a", "an", "the", "my", "your", "of"].contains(&follows) => "half".to_owned(),
        _ if !(2..=100).contains(&below) || above > 20 => format!("{} over {}", cardinal(above), cardinal(below)),
        _ => format!("{} {}", cardinal(above), part(below, above != 1)),
    };
    Some(Amount { words, one: above <= below, taken })
}

/// Above the line, below it, and how many tokens.
fn parts(at: At<'_>) -> Option<(u64, u64, usize)> {
    if let Some(token) = at.get(0).filter(|t| t.kind == Kind::Mark) {
        let (above, below) = match token.text.as_str() {
            "½" => (1, 2),
            "⅓" => (1, 3),
            "⅔" => (2, 3),
            "¼" => (1, 4),
            "¾" => (3, 4),
            "⅕" => (1, 5),
            "⅖" => (2, 5),
            "⅗" => (3, 5),
            "⅘" => (4, 5),
            "⅙" => (1, 6),
            "⅚" => (5, 6),
            "⅐" => (1, 7),
            "⅛" => (1, 8),
            "⅜" => (3, 8),
            "⅝" => (5, 8),
            "⅞" => (7, 8),
            "⅑" => (1, 9),
            "⅒" => (1, 10),
            _ => return None,
        };
        return Some((above, below, 1));
    }
    let above = at.digits(0)?;
    if !(at.mark(1, '/') || at.mark(1, '⁄')) || above.len() > 3 {
        return None;
    }
    let below = at.digits(2).filter(|d| d.len() <= 3)?;
    let more = at.get(3).is_some_and(|t| t.is_mark('/')) && at.digits(4).is_some();
    let suffix = usize::from(at.word(3).is_some_and(is_ordinal_suffix));
    if more {
        return None;
    }
    Some((above.parse().ok()?, below.parse().ok()?, 3 + suffix))
}

fn is_ordinal_suffix(word: &str) -> bool {
    ["st", "nd", "rd", "th"].iter().any(|suffix| word.eq_ignore_ascii_case(suffix))
}

/// `4-7-8`, `5-5`, `1-800-273-8255`.
pub(super) fn pattern(at: At<'_>) -> Option<Change> {
    if !at.starts_word() {
        return None;
    }
    let first = at.digits(0)?;
    let mark = at.get(1).filter(|t| t.is_one_of(&DASHES) || t.is_one_of(&['/', ':', '.']))?;
    let mut counts = vec![first];
    let mut taken = 1;
    while at.get(taken).is_some_and(|t| t.text == mark.text)
        && let Some(next) = at.digits(taken + 1)
    {
        counts.push(next);
        taken += 2;
    }
    if !at.ends_word(taken) {
        return None;
    }
    let dashed = mark.is_one_of(&DASHES);
    let long = counts.iter().filter(|c| c.len() >= 3).count();
    if dashed && long >= 2 && (counts.len() > 2 || (counts[0].len() == 3 && counts[1].len() == 4)) {
        let parts: Vec<String> = counts.into_iter().map(digit_by_digit).collect();
        return Some(Change::words(taken, parts.join(", ")));
    }
    let cardinals: Vec<String> = counts.iter().map(|c| number(c)).collect();
    if mark.is_mark('.') {
        return (counts.len() > 2).then(|| Change::words(taken, cardinals.join(" point ")));
    }
    let breathing = ["breath", "breathing", "pattern", "rhythm", "count"];
    let follows_breathing =
        at.next_word(taken).is_some_and(|w| ["breathing", "breath", "pattern"].contains(&w.to_lowercase().as_str()));
    let a_breath = at.next_word(taken).is_some_and(|w| breathing.contains(&w.to_lowercase().as_str()));
    let said = counts.len() > 2
        || (mark.is_mark('/') && follows_breathing)
        || (dashed && counts.len() == 2 && long == 0 && (counts[0] == counts[1] || a_breath))
        || (mark.is_mark(':') && counts.len() == 2 && counts[0] == counts[1]);
    if said {
        return Some(Change::words(taken, cardinals.join(" ")));
    }
    (mark.is_mark(':') && counts.len() == 2).then(|| Change::words(taken, cardinals.join(" to ")))
}

/// An amount with everything that belongs to it: sign, ordinal, decade, year, unit, "times".
pub(super) fn quantity(at: At<'_>) -> Option<Change> {
    if let Some(change) = signed(at).or_else(|| decade(at)).or_else(|| times(at)) {
        return Some(change);
    }
    let is_number = at.digits(0).is_some() || parts(at).is_some();
    if !is_number {
        // ".5", and nothing before the point.
        let digits = at.mark(0, '.').then(|| at.digits(1)).flatten().filter(|_| opens(at))?;
        let words = format!("zero point {}", digit_by_digit(digits));
        return Some(with_unit(at, &Amount { words, one: false, taken: 2 }));
    }
    let mut change = ordinal_here(at).or_else(|| emergency_number(at)).or_else(|| year_here(at)).or_else(|| {
        let amount = amount(at)?;
        Some(with_unit(at, &amount))
    })?;
    if let Some(crate::plan::Said::Words(words)) = change.said.first_mut()
        && at.before().is_some_and(|t| t.kind == Kind::Word)
    {
        words.insert(0, ' ');
    }
    Some(change)
}

/// Whether what stands here can be the beginning of a number.
fn opens(at: At<'_>) -> bool {
    at.before().is_none_or(|t| t.kind == Kind::Space || t.is_one_of(&['(', '[', '"', '\'', '$', '£', '€', '±', '~']))
}

/// `-3`, `+3`, `~3`, `±3`.
fn signed(at: At<'_>) -> Option<Change> {
    let sign = at.get(0).filter(|t| t.kind == Kind::Mark)?;
    if !opens(at) || !(at.digits(1).is_some() || (at.mark(1, '.') && at.digits(2).is_some())) {
        return None;
    }
    let word = match sign.text.as_str() {
        "-" | "−" | "–" => "minus",
        "+" => "plus",
        "~" | "≈" => "about",
        "±" => "plus or minus",
        "<" => "less than",
        ">" => "more than",
        "≤" => "at most",
        "≥" => "at least",
        _ => return None,
    };
    Some(Change::words(1, format!("{word} ")))
}

/// The unit behind an amount, or a space when a letter follows directly.
fn with_unit(at: At<'_>, amount: &Amount) -> Change {
    if let Some(unit) = units::unit(at, amount.taken) {
        let glue = if unit.joined { "-" } else { " " };
        return Change::words(
            unit.end,
            format!("{}{glue}{}", amount.words, if amount.one || unit.joined { unit.one } else { unit.many }),
        );
    }
    let space = if at.get(amount.taken).is_some_and(|t| t.kind == Kind::Word) { " " } else { "" };
    Change::words(amount.taken, format!("{}{space}", amount.words))
}

/// `1st`, `1,000th`.
fn ordinal_here(at: At<'_>) -> Option<Change> {
    let numeral = Numeral::read(at)?;
    let value = numeral.value()?;
    at.word(numeral.taken).filter(|w| is_ordinal_suffix(w))?;
    Some(Change::words(numeral.taken + 1, ordinal(value)))
}

/// `988` after "call": numbers to dial are said digit by digit.
fn emergency_number(at: At<'_>) -> Option<Change> {
    let digits = at.digits(0).filter(|d| d.len() >= 3)?;
    let before = at.word_before()?.to_lowercase();
    let dialled =
        ["call", "dial", "text", "ring", "phone", "calling", "dialling", "dialing"].contains(&before.as_str());
    // "call 200 people" is no number to dial.
    let counted = at.next_word(1).is_some_and(|w| w.ends_with('s') || w == "people");
    (dialled && !counted && at.ends_word(1) && !at.mark(1, ',')).then(|| Change::words(1, digit_by_digit(digits)))
}

/// `1990s`, `'90s`, "the 90s", "in her 30s", `100s of`.
fn decade(at: At<'_>) -> Option<Change> {
    let quoted = usize::from(at.get(0).is_some_and(|t| t.is_one_of(&['\'', '’'])) && opens(at));
    let digits = at.digits(quoted)?;
    let apostrophe = usize::from(at.get(quoted + 1).is_some_and(|t| t.is_one_of(&['\'', '’'])));
    let end = quoted + 2 + apostrophe;
    if at.word(end - 1) != Some("s") {
        // '98 is a year.
        let value: u64 = digits.parse().ok().filter(|_| quoted == 1 && digits.len() == 2 && at.ends_word(2))?;
        let closed = at.get(2).is_some_and(|t| t.is_one_of(&['\'', '’']));
        let words = if value < 10 { format!("oh {}", cardinal(value)) } else { cardinal(value) };
        return (!closed).then(|| Change::words(2, words));
    }
    let value: u64 = digits.parse().ok().filter(|v| *v > 0 && *v % 10 == 0)?;
    let before = at.word_before().unwrap_or_default().to_lowercase();
    let words = match digits.len() {
        4 if (1100..2100).contains(&value) => plural(&year(value)),
        2 if quoted == 1 || is_decade_word(&before) => plural(&cardinal(value)),
        3 | 4 if at.next_word(end) == Some("of") => match cardinal(value).strip_prefix("one ") {
            Some(unit) => plural(unit),
            None => plural(&cardinal(value)),
        },
        _ => return None,
    };
    Some(Change::words(end, words))
}

fn is_decade_word(word: &str) -> bool {
    ["the", "early", "mid", "late", "my", "your", "his", "her", "their", "our", "its"].contains(&word)
}

/// `5x`, `x5`, `2 x 3`.
fn times(at: At<'_>) -> Option<Change> {
    let is_cross = |offset: usize| at.get(offset).is_some_and(|t| t.is_word("x") || t.is_mark('×') || t.is_mark('✕'));
    if is_cross(0) && at.starts_word() {
        let digits = at.digits(1).filter(|_| at.ends_word(2) && !at.mark(2, '.'))?;
        return Some(Change::words(2, how_often(digits)));
    }
    let numeral = Numeral::read(at).filter(|_| at.starts_word())?;
    let cross = at.skip_space(numeral.taken);
    if !is_cross(cross) {
        return None;
    }
    let next = at.skip_space(cross + 1);
    if at.digits(next).is_some() {
        // Between a letter and a digit the number itself brings the space.
        let space = if next == cross + 1 && at.word(cross).is_some() { "" } else { " " };
        return Some(Change::words(next, format!("{} by{space}", numeral.words())));
    }
    let once = numeral.value().is_some();
    (at.ends_word(cross + 1) && cross == numeral.taken).then(|| {
        let words = if once { how_often(&numeral.whole) } else { format!("{} times", numeral.words()) };
        Change::words(cross + 1, words)
    })
}

fn how_often(digits: &str) -> String {
    if digits == "1" { "one time".to_owned() } else { format!("{} times", number(digits)) }
}

/// Four digits that are a year: always in 1900 to 2099 unless something is counted, from 1010 on behind a word that
/// goes with years.
fn year_here(at: At<'_>) -> Option<Change> {
    let value = year_value(at.digits(0)?)?;
    if at.mark(1, ',') && at.digits(2).is_some() || at.mark(1, '.') && at.digits(2).is_some() || at.mark(1, '/') {
        return None;
    }
    if let Some(dash) = at.get(1).filter(|t| t.is_one_of(&DASHES))
        && let Some(last) = at.digits(2).filter(|_| !dash.fixed && at.ends_word(3))
    {
        let words = match (year_value(last), last.len()) {
            (Some(end), _) => year(end),
            (None, 2) if !last.starts_with('0') => number(last),
            _ => return None,
        };
        return (!is_counted(at, 3)).then(|| Change::words(3, format!("{} to {words}", year(value))));
    }
    if !at.ends_word(1) || !at.starts_word() || is_counted(at, 1) {
        return None;
    }
    let before = at.word_before().map(str::to_lowercase);
    let sure = before.as_deref().is_some_and(|w| super::clock::month(w).is_some() || YEAR_WORDS.contains(&w));
    ((sure && value > 1009) || (1900..2100).contains(&value)).then(|| Change::words(1, year(value)))
}

fn year_value(digits: &str) -> Option<u64> {
    digits.parse().ok().filter(|v| digits.len() == 4 && (1000..2100).contains(v))
}

/// Whether the number that ends at `offset` says how many there are of something.
fn is_counted(at: At<'_>, offset: usize) -> bool {
    if units::unit(at, offset).is_some() {
        return true;
    }
    let next = at.next_word(offset).unwrap_or_default();
    let plain = ["was", "is", "has", "as", "this", "his", "its", "us", "does", "always", "perhaps"];
    next == "people" || (next.len() > 2 && next.ends_with('s') && !next.ends_with("ss") && !plain.contains(&next))
}

const YEAR_WORDS: [&str; 24] = [
    "in",
    "since",
    "year",
    "by",
    "until",
    "till",
    "before",
    "after",
    "around",
    "circa",
    "early",
    "late",
    "mid",
    "spring",
    "summer",
    "autumn",
    "fall",
    "winter",
    "during",
    "from",
    "of",
    "christmas",
    "between",
    "back",
];

/// Whether digits stand in what is written together with the token before this place.
pub(super) fn digits_before(at: At<'_>) -> bool {
    at.tokens[..at.index].iter().rev().take_while(|t| t.kind != Kind::Space).any(|t: &Token| t.kind == Kind::Digits)
}
