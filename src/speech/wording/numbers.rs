//! Numbers in words: cardinals, ordinals, years, decimals.

const ONES: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const SCALES: [(u64, &str); 5] = [
    (1_000_000_000_000_000, "quadrillion"),
    (1_000_000_000_000, "trillion"),
    (1_000_000_000, "billion"),
    (1_000_000, "million"),
    (1_000, "thousand"),
];
/// Above it, digits are said one by one.
const LARGEST: u64 = 999_999_999_999_999_999;

/// `1234` is "one thousand two hundred thirty-four".
pub(super) fn cardinal(value: u64) -> String {
    if value < 20 {
        return ONES[value as usize].to_owned();
    }
    if value < 100 {
        let tens = TENS[(value / 10) as usize];
        return if value.is_multiple_of(10) {
            tens.to_owned()
        } else {
            format!("{tens}-{}", ONES[(value % 10) as usize])
        };
    }
    let (unit, name) = SCALES.into_iter().find(|(unit, _)| value >= *unit).unwrap_or((100, "hundred"));
    let head = format!("{} {name}", cardinal(value / unit));
    if value.is_multiple_of(unit) { head } else { format!("{head} {}", cardinal(value % unit)) }
}

/// `21` is "twenty-first".
pub(super) fn ordinal(value: u64) -> String {
    let words = cardinal(value);
    let (head, last) = words.rfind([' ', '-']).map_or(("", words.as_str()), |at| words.split_at(at + 1));
    let last = match last {
        "one" => "first".to_owned(),
        "two" => "second".to_owned(),
        "three" => "third".to_owned(),
        "five" => "fifth".to_owned(),
        "eight" => "eighth".to_owned(),
        "nine" => "ninth".to_owned(),
        "twelve" => "twelfth".to_owned(),
        _ => last.strip_suffix('y').map_or_else(|| format!("{last}th"), |stem| format!("{stem}ieth")),
    };
    format!("{head}{last}")
}

/// Digits one by one: "nine eight eight".
pub(super) fn digit_by_digit(digits: &str) -> String {
    let words: Vec<&str> = digits.bytes().filter(u8::is_ascii_digit).map(|d| ONES[usize::from(d - b'0')]).collect();
    words.join(" ")
}

/// Digits as a cardinal, or one by one when they begin with a zero or are too many.
pub(super) fn number(digits: &str) -> String {
    match digits.parse::<u64>() {
        Ok(value) if value <= LARGEST && (!digits.starts_with('0') || digits.len() == 1) => cardinal(value),
        _ => digit_by_digit(digits),
    }
}

/// `1984` is "nineteen eighty-four", `2005` "two thousand five", `1905` "nineteen oh five".
pub(super) fn year(value: u64) -> String {
    let (century, rest) = (value / 100, value % 100);
    if !(1010..2100).contains(&value) || (2000..2010).contains(&value) {
        cardinal(value)
    } else if rest == 0 {
        format!("{} hundred", cardinal(century))
    } else if rest < 10 {
        format!("{} oh {}", cardinal(century), cardinal(rest))
    } else {
        format!("{} {}", cardinal(century), cardinal(rest))
    }
}

/// The plural of a number in words: "thirties", "nineteen eighties", "two thousands", "sixes".
pub(super) fn plural(words: &str) -> String {
    words.strip_suffix('y').map_or_else(
        || if words.ends_with('x') { format!("{words}es") } else { format!("{words}s") },
        |stem| format!("{stem}ies"),
    )
}

/// The name of one part of a whole cut in `parts`: "half", "third", "quarter", "tenth".
pub(super) fn part(parts: u64, several: bool) -> String {
    match (parts, several) {
        (2, false) => "half".to_owned(),
        (2, true) => "halves".to_owned(),
        (4, false) => "quarter".to_owned(),
        (4, true) => "quarters".to_owned(),
        (_, false) => ordinal(parts),
        (_, true) => format!("{}s", ordinal(parts)),
    }
}

/// A Roman numeral up to 89 in its usual form.
pub(super) fn roman(text: &str) -> Option<u64> {
    const TENS: [&str; 9] = ["", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX"];
    const ONES: [&str; 10] = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"];
    if text.is_empty() || text.len() > 8 {
        return None;
    }
    (0..TENS.len() * ONES.len())
        .find(|n| text.strip_prefix(TENS[n / 10]).is_some_and(|rest| rest == ONES[n % 10]))
        .map(|n| n as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cardinals_go_up_to_the_trillions() {
        assert_eq!(cardinal(0), "zero");
        assert_eq!(cardinal(13), "thirteen");
        assert_eq!(cardinal(40), "forty");
        assert_eq!(cardinal(105), "one hundred five");
        assert_eq!(cardinal(1_234), "one thousand two hundred thirty-four");
        assert_eq!(cardinal(2_000_001), "two million one");
        assert_eq!(cardinal(7_000_000_000_000), "seven trillion");
    }

    #[test]
    fn ordinals_change_the_last_word_only() {
        for (value, words) in [
            (1, "first"),
            (2, "second"),
            (12, "twelfth"),
            (20, "twentieth"),
            (21, "twenty-first"),
            (100, "one hundredth"),
            (143, "one hundred forty-third"),
        ] {
            assert_eq!(ordinal(value), words);
        }
    }

    #[test]
    fn years_are_said_in_two_halves() {
        for (value, words) in [
            (1066, "ten sixty-six"),
            (1009, "one thousand nine"),
            (1492, "fourteen ninety-two"),
            (1900, "nineteen hundred"),
            (1905, "nineteen oh five"),
            (2000, "two thousand"),
            (2005, "two thousand five"),
            (2026, "twenty twenty-six"),
        ] {
            assert_eq!(year(value), words);
        }
    }

    #[test]
    fn too_many_digits_are_said_one_by_one() {
        assert_eq!(number("1000000000000000000").split(' ').count(), 19);
        assert_eq!(number("007"), "zero zero seven");
        assert_eq!(number("999999999999999999999999"), ["nine"; 24].join(" "));
    }

    #[test]
    fn roman_numerals_have_one_form_each() {
        assert_eq!(roman("IV"), Some(4));
        assert_eq!(roman("XIX"), Some(19));
        assert_eq!(roman("LXXXIX"), Some(89));
        assert_eq!(roman("IIII"), None);
        assert_eq!(roman("IC"), None);
        assert_eq!(roman(""), None);
    }
}
