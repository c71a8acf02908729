//! When two web addresses are the same for a plan.

/// Whether `left` and `right` lead to the same place with the same parameters. The order of the parameters makes no
/// difference, nor does the spelling of a character: `+` and `%20` are both a space.
#[must_use]
pub fn same_address(left: &str, right: &str) -> bool {
    parts(left) == parts(right)
}

/// An address taken apart, every piece decoded.
#[derive(PartialEq, Eq)]
struct Parts {
    /// Everything before the query.
    place: String,
    /// Names and values, in order of both.
    pairs: Vec<(Vec<u8>, Vec<u8>)>,
    fragment: Option<Vec<u8>>,
}

fn parts(address: &str) -> Parts {
    let (address, fragment) = match address.split_once('#') {
        Some((address, fragment)) => (address, Some(decoded(fragment, false))),
        None => (address, None),
    };
    let (place, query) = address.split_once('?').unwrap_or((address, ""));
    let mut pairs: Vec<_> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name, true), decoded(value, true))
        })
        .collect();
    pairs.sort();
    Parts {
        place: place.to_owned(),
        pairs,
        fragment,
    }
}

fn decoded(text: &str, plus_is_space: bool) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escape = bytes
            .get(at + 1..at + 3)
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (byte, escape) {
            (b'%', Some(escape)) => {
                out.push(escape);
                at += 3;
                continue;
            }
            (b'+', _) if plus_is_space => out.push(b' '),
            _ => out.push(byte),
        }
        at += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::same_address;

    #[test]
    fn order_and_spelling_of_parameters_make_no_difference() {
        assert!(same_address(
            "https://w.example/p?a=1&b=Talent%20Day#x",
            "https://w.example/p?b=Talent+Day&a=1#x"
        ));
        assert!(same_address("https://w.example/p", "https://w.example/p?"));
    }

    #[test]
    fn place_values_and_fragment_do() {
        for other in [
            "https://w.example/q?a=1#x",
            "https://w.example/p?a=2#x",
            "https://w.example/p?a=1",
            "https://w.example/p?a=1&a=1#x",
            "https://w.example/p?a=1#y",
            "http://w.example/p?a=1#x",
        ] {
            assert!(!same_address("https://w.example/p?a=1#x", other), "{other}");
        }
    }
}
