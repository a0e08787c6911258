//! Dollars, pounds, euros.

use super::{
    numbers::{cardinal, number},
    quantities::{DASHES, Numeral},
    tokens::{At, Change},
};

struct Currency {
    mark: char,
    one: &'static str,
    many: &'static str,
    small_one: &'static str,
    small_many: &'static str,
}

const CURRENCIES: [Currency; 5] = [
    Currency { mark: '$', one: "dollar", many: "dollars", small_one: "cent", small_many: "cents" },
    Currency { mark: '£', one: "pound", many: "pounds", small_one: "penny", small_many: "pence" },
    Currency { mark: '€', one: "euro", many: "euros", small_one: "cent", small_many: "cents" },
    Currency { mark: '¥', one: "yen", many: "yen", small_one: "sen", small_many: "sen" },
    Currency { mark: '₹', one: "rupee", many: "rupees", small_one: "paisa", small_many: "paise" },
];

/// `$5.50`, `£3m`, `€5-10`, `US$5`.
pub(super) fn money(at: At<'_>) -> Option<Change> {
    if at.word(0) == Some("US") && at.starts_word() && at.mark(1, '$') {
        let change = money(at.on(1))?;
        let Some(crate::plan::Said::Words(words)) = change.said.first() else { return None };
        return Some(Change::words(change.taken + 1, words.replacen("dollar", "US dollar", 1)));
    }
    let mark = at.get(0)?;
    let currency = CURRENCIES.iter().find(|c| mark.is_mark(c.mark))?;
    let start = at.skip_space(1);
    let numeral = Numeral::read(at.on(start))?;
    let mut taken = start + numeral.taken;
    if let Some((unit, end)) = magnitude(at, taken) {
        let words = format!("{} {unit} {}", trimmed(&numeral), currency.many);
        return Some(Change::words(end, words));
    }
    let Some(whole) = numeral.value().or_else(|| cents(&numeral).and_then(|_| numeral.whole.parse().ok())) else {
        return Some(Change::words(taken, format!("{} {}", numeral.words(), currency.many)));
    };
    if numeral.fraction.is_none() && at.get(taken).is_some_and(|t| t.is_one_of(&DASHES)) {
        let second = taken + 1 + usize::from(at.mark(taken + 1, currency.mark));
        if let Some(high) = Numeral::read(at.on(second)).filter(|n| n.fraction.is_none()) {
            let end = second + high.taken;
            let (unit, end) = magnitude(at, end).map_or(("", end), |(unit, end)| (unit, end));
            let gap = if unit.is_empty() { "" } else { " " };
            let words = format!("{} to {}{gap}{unit} {}", number(&numeral.whole), high.words(), currency.many);
            return Some(Change::words(end, words));
        }
    }
    let small = cents(&numeral).unwrap_or(0);
    // "a $20 bill" is one thing.
    let bill = at.next_word(taken).is_some_and(|w| ["bill", "note", "coin", "gift"].contains(&w));
    let large = format!("{} {}", cardinal(whole), if whole == 1 || bill { currency.one } else { currency.many });
    let coins = format!("{} {}", cardinal(small), if small == 1 { currency.small_one } else { currency.small_many });
    let mut words = match (whole, small) {
        (_, 0) => large,
        (0, _) => coins,
        _ => format!("{large} and {coins}"),
    };
    if at.mark(taken, '+') {
        words.push_str(" or more");
        taken += 1;
    }
    Some(Change::words(taken, words))
}

/// Digits after the point as hundredths.
fn cents(numeral: &Numeral) -> Option<u64> {
    match numeral.fraction.as_deref()? {
        tenths if tenths.len() == 1 => tenths.parse::<u64>().ok().map(|t| t * 10),
        hundredths if hundredths.len() == 2 => hundredths.parse().ok(),
        _ => None,
    }
}

fn trimmed(numeral: &Numeral) -> String {
    match numeral.fraction.as_deref() {
        Some(zeros) if zeros.bytes().all(|b| b == b'0') => number(&numeral.whole),
        _ => numeral.words(),
    }
}

/// "million" and the like behind the digits.
fn magnitude(at: At<'_>, offset: usize) -> Option<(&'static str, usize)> {
    let start = at.skip_space(offset);
    let word = at.word(start).filter(|_| at.ends_word(start + 1))?;
    let unit = match word {
        "hundred" => "hundred",
        "thousand" => "thousand",
        "million" => "million",
        "billion" | "bn" | "Bn" => "billion",
        "trillion" | "tn" => "trillion",
        // "$5 m" may be something else.
        _ => return short_magnitude(word).filter(|_| start == offset).map(|unit| (unit, start + 1)),
    };
    Some((unit, start + 1))
}

fn short_magnitude(word: &str) -> Option<&'static str> {
    match word {
        "k" | "K" => Some("thousand"),
        "m" | "M" | "mn" => Some("million"),
        "b" | "B" => Some("billion"),
        _ => None,
    }
}
