//! The last line of a small text file of ours: by it a change is seen, and one wrong byte is found and put right.
//!
//! It holds the hash of all before it and two sums, of the bytes and of the bytes times their places. When one byte was changed, the
//! first sum differs by that change and the second by the change times its place, so their quotient says where; the hash then says
//! whether that was all.

/// `# sealed: `, the hash, the sums.
const START: &str = "# sealed: ";
const LENGTH: usize = START.len() + 64 + 1 + 12 + 1 + 20 + 1;

/// What a file is, held against its last line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seal {
    /// As it was written.
    Whole,
    /// One byte differs; these were the bytes.
    OneByte(Vec<u8>),
    /// More than that differs, or there is no such line.
    Broken,
}

/// A text with its last line.
pub(super) fn seal(body: &str) -> String {
    format!("{body}{}", line(body.as_bytes()))
}

fn line(body: &[u8]) -> String {
    let (sum, places) = sums(body);
    format!("{START}{} {sum:012} {places:020}\n", blake3::hash(body).to_hex())
}

fn sums(body: &[u8]) -> (u64, u64) {
    body.iter()
        .zip(1..)
        .fold((0, 0), |(sum, places), (byte, at): (_, u64)| (sum + u64::from(*byte), places + u64::from(*byte) * at))
}

/// Holds a file against its last line.
pub(super) fn judge(bytes: &[u8]) -> Seal {
    let Some(at) = bytes.len().checked_sub(LENGTH) else { return Seal::Broken };
    let (body, found) = bytes.split_at(at);
    let right = line(body);
    if found == right.as_bytes() {
        return Seal::Whole;
    }
    if found.iter().zip(right.bytes()).filter(|(a, b)| **a != *b).count() == 1 {
        return Seal::OneByte([body, right.as_bytes()].concat());
    }
    mended(body, found).map_or(Seal::Broken, Seal::OneByte)
}

/// The file with its one wrong byte put right.
fn mended(body: &[u8], found: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(found).ok()?.strip_prefix(START)?;
    let mut numbers = text.trim_end().split(' ').skip(1).map(str::parse::<u64>);
    let (sum, places) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    let (now, now_places) = sums(body);
    let difference = i128::from(sum) - i128::from(now);
    let moved = i128::from(places) - i128::from(now_places);
    if difference == 0 || moved % difference != 0 {
        return None;
    }
    let at = usize::try_from(moved / difference).ok()?.checked_sub(1)?;
    let byte = u8::try_from(i128::from(*body.get(at)?) + difference).ok()?;
    let mut mended = body.to_owned();
    mended[at] = byte;
    (line(&mended).as_bytes() == found).then(|| [&mended, found].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "# A comment.\ntitle = \"Ebb\"\n";

    #[test]
    fn any_wrong_byte_is_found_and_put_right() {
        let whole = seal(BODY).into_bytes();
        assert_eq!(judge(&whole), Seal::Whole);
        for at in 0..whole.len() {
            for flip in [1, 0x20, 0xff] {
                let mut wrong = whole.clone();
                wrong[at] ^= flip;
                assert_eq!(judge(&wrong), Seal::OneByte(whole.clone()), "byte {at} with {flip}");
            }
        }
    }

    #[test]
    fn more_than_one_byte_is_broken() {
        let wrong = seal(BODY).replace("Ebb", "Owl");
        assert_eq!(judge(wrong.as_bytes()), Seal::Broken);
        assert_eq!(judge(BODY.as_bytes()), Seal::Broken);
        assert_eq!(judge(b""), Seal::Broken);
        assert_eq!(judge(format!("{}\n", seal(BODY)).as_bytes()), Seal::Broken);
    }
}
