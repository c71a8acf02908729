//! Texts in parts. The standard library's searchers are faster in long texts and weigh half a kilobyte in the visitor's
//! program; these are for short ones.

/// What stands before and behind the first mark, which is ASCII.
pub fn cut(text: &str, mark: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == mark)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// What stands before and behind the last mark, which is ASCII.
pub fn cut_last(text: &str, mark: u8) -> Option<(&str, &str)> {
    let at = text.bytes().rposition(|byte| byte == mark)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// What stands before the first mark: all of it when there is none.
pub fn before(text: &str, mark: u8) -> &str {
    cut(text, mark).map_or(text, |(before, _)| before)
}

/// The parts between marks, as many as there are marks and one.
pub fn split(text: &str, mark: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    core::iter::from_fn(move || {
        let text = rest?;
        let (part, more) = match cut(text, mark) {
            Some((part, more)) => (part, Some(more)),
            None => (text, None),
        };
        rest = more;
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn texts_are_cut_at_marks() {
        assert_eq!(cut("a.b.c", b'.'), Some(("a", "b.c")));
        assert_eq!(cut_last("ä.ö.ü", b'.'), Some(("ä.ö", "ü")));
        assert_eq!(cut("abc", b'.'), None);
        assert_eq!(before("sv-SE", b'-'), "sv");
        assert_eq!(split("a..b.", b'.').collect::<Vec<_>>(), ["a", "", "b", ""]);
        assert_eq!(split("", b'.').collect::<Vec<_>>(), [""]);
    }
}
