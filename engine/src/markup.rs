//! Reading the markup of texts into the typed tree. What is not markup is text; nothing is ever HTML.

use crate::compiled::{Mark, Markup, Span};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Longest text, in bytes.
pub const TEXT_BYTES: usize = 8_192;
/// Most spans of one text.
pub const TEXT_SPANS: usize = 500;

/// A token as an author writes it: `{{lead.firstName:"there"}}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenText {
    /// `lead`, `company` or `my`.
    pub space: String,
    /// `firstName`
    pub name: String,
    /// What shows when there is no value.
    pub fallback: String,
}

/// What a text holds, before its tokens are looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// Words.
    Text(String, Mark),
    /// A token.
    Token(TokenText, Mark),
    /// A link: its address as text and tokens, and what is clicked.
    Link(Vec<Node>, Vec<Node>),
    /// A new line.
    Break,
    /// The start of a list item.
    Item,
}

/// Reads a text.
///
/// # Errors
/// When it is too long, or a token cannot be read: says what, in words for the author.
pub fn read(text: &str) -> Result<Vec<Node>, String> {
    if text.len() > TEXT_BYTES {
        return Err(alloc::format!(
            "the text is longer than {TEXT_BYTES} characters"
        ));
    }
    let mut nodes = Vec::new();
    for (n, line) in text.split('\n').enumerate() {
        if n > 0 {
            nodes.push(Node::Break);
        }
        let line = match line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
            Some(item) => {
                nodes.push(Node::Item);
                item
            }
            None => line,
        };
        inline(line, Mark::PLAIN, true, &mut nodes)?;
    }
    if nodes.len() > TEXT_SPANS {
        return Err(alloc::format!("the text has more than {TEXT_SPANS} parts"));
    }
    Ok(nodes)
}

/// Reads text and tokens only, as addresses and mail subjects hold them.
///
/// # Errors
/// As `read`.
pub fn read_plain(text: &str) -> Result<Vec<Node>, String> {
    let mut nodes = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        match rest.find("{{") {
            Some(at) => {
                push(&mut nodes, &rest[..at], Mark::PLAIN);
                let (token, after) = token(&rest[at..])?;
                nodes.push(Node::Token(token, Mark::PLAIN));
                rest = after;
            }
            None => {
                push(&mut nodes, rest, Mark::PLAIN);
                rest = "";
            }
        }
    }
    Ok(nodes)
}

fn inline(line: &str, mark: Mark, links: bool, nodes: &mut Vec<Node>) -> Result<(), String> {
    let mut rest = line;
    let mut plain_from = rest;
    let flush = |nodes: &mut Vec<Node>, from: &str, rest: &str| {
        push(nodes, &from[..from.len() - rest.len()], mark);
    };
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("{{") {
            flush(nodes, plain_from, rest);
            let (token, after) = token(rest)?;
            nodes.push(Node::Token(token, mark));
            rest = after;
            plain_from = rest;
            continue;
        }
        if let Some((inner, kind, after)) = marked(rest)
            && !mark.has(kind)
        {
            flush(nodes, plain_from, rest);
            if kind == Mark::CODE {
                push(nodes, inner, mark.with(kind));
            } else {
                inline(inner, mark.with(kind), links, nodes)?;
            }
            rest = after;
            plain_from = rest;
            continue;
        }
        if links
            && c == '['
            && let Some((label, address, after)) = link(rest)
        {
            flush(nodes, plain_from, rest);
            let mut inner = Vec::new();
            inline(label, mark, false, &mut inner)?;
            nodes.push(Node::Link(read_plain(address.trim())?, inner));
            rest = after;
            plain_from = rest;
            continue;
        }
        if c == '\\'
            && let Some(next) = rest[1..].chars().next().filter(char::is_ascii_punctuation)
        {
            flush(nodes, plain_from, rest);
            push(nodes, next.encode_utf8(&mut [0; 4]), mark);
            rest = &rest[2..];
            plain_from = rest;
            continue;
        }
        rest = &rest[c.len_utf8()..];
    }
    flush(nodes, plain_from, rest);
    Ok(())
}

fn push(nodes: &mut Vec<Node>, words: &str, mark: Mark) {
    if words.is_empty() {
        return;
    }
    if let Some(Node::Text(last, same)) = nodes.last_mut()
        && *same == mark
    {
        last.push_str(words);
        return;
    }
    nodes.push(Node::Text(words.to_string(), mark));
}

/// `**inner**`, `*inner*` or `` `inner` `` at the start, and what follows.
fn marked(text: &str) -> Option<(&str, Mark, &str)> {
    for (fence, kind) in [("**", Mark::BOLD), ("*", Mark::ITALIC), ("`", Mark::CODE)] {
        if let Some(inner) = text.strip_prefix(fence) {
            let end = inner.find(fence)?;
            let words = &inner[..end];
            let tight = !words.is_empty() && !words.starts_with(' ') && !words.ends_with(' ');
            return (tight).then(|| (words, kind, &inner[end + fence.len()..]));
        }
    }
    None
}

/// `[label](address)` at the start, and what follows.
fn link(text: &str) -> Option<(&str, &str, &str)> {
    let mut depth = 0;
    let close = text.char_indices().find(|(_, c)| {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        depth == 0
    })?;
    let rest = text[close.0 + 1..].strip_prefix('(')?;
    let mut depth = 1;
    let end = rest.char_indices().find(|(_, c)| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        depth == 0
    })?;
    Some((&text[1..close.0], &rest[..end.0], &rest[end.0 + 1..]))
}

/// `{{space.name:"fallback"}}` at the start, and what follows.
fn token(text: &str) -> Result<(TokenText, &str), String> {
    let inner = &text[2..];
    let unreadable = || {
        let shown: String = text.chars().take(40).collect();
        alloc::format!("`{shown}` is not a token; write {{{{lead.firstName:\"there\"}}}}")
    };
    let end = close_of(inner).ok_or_else(unreadable)?;
    let (body, after) = (inner[..end].trim(), &inner[end + 2..]);
    let (name, fallback) = match body.split_once(':') {
        None => (body, String::new()),
        Some((name, quoted)) => {
            let quoted = quoted.trim();
            let words = quoted
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'))
                .ok_or_else(unreadable)?;
            (name.trim(), words.replace("\\\"", "\""))
        }
    };
    let (space, name) = name.split_once('.').ok_or_else(unreadable)?;
    let good =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
    if !good(space) || !good(name) {
        return Err(unreadable());
    }
    let token = TokenText {
        space: space.to_string(),
        name: name.to_string(),
        fallback,
    };
    Ok((token, after))
}

/// Where `}}` stands outside quotes.
fn close_of(text: &str) -> Option<usize> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' if !escaped => quoted = !quoted,
            '}' if !quoted && text[at..].starts_with("}}") => return Some(at),
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

/// The tree with every token looked up: `look_up` gives a span for each, or its words.
pub fn resolve(
    nodes: &[Node],
    links: &mut u8,
    look_up: &mut dyn FnMut(&TokenText, Mark) -> Span,
    address: &mut dyn FnMut(Vec<Span>) -> Vec<Span>,
) -> Markup {
    nodes
        .iter()
        .map(|node| match node {
            Node::Text(words, mark) => Span::Text(words.clone(), *mark),
            Node::Token(token, mark) => look_up(token, *mark),
            Node::Link(to, label) => {
                let number = *links;
                *links = links.saturating_add(1);
                let to = resolve(to, links, look_up, address);
                let label = resolve(label, links, look_up, address);
                Span::Link(number, address(to), label)
            }
            Node::Break => Span::Break,
            Node::Item => Span::Item,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn text(words: &str) -> Node {
        Node::Text(words.into(), Mark::PLAIN)
    }

    #[test]
    fn markup_is_read() {
        assert_eq!(
            read("Hi **you**, *see* [the *page*](https://w.example/(a))\n- one").unwrap(),
            vec![
                text("Hi "),
                Node::Text("you".into(), Mark::BOLD),
                text(", "),
                Node::Text("see".into(), Mark::ITALIC),
                text(" "),
                Node::Link(
                    vec![text("https://w.example/(a)")],
                    vec![text("the "), Node::Text("page".into(), Mark::ITALIC)]
                ),
                Node::Break,
                Node::Item,
                text("one"),
            ]
        );
    }

    #[test]
    fn what_is_no_markup_is_text() {
        for words in [
            "2 * 3 * 4",
            "a [b] c",
            "<img src=x onerror=y>",
            "**",
            "[a](b",
            "`",
            "a_b",
        ] {
            assert_eq!(read(words).unwrap(), vec![text(words)], "{words}");
        }
        assert_eq!(read(r"\*not\* so").unwrap(), vec![text("*not* so")]);
    }

    #[test]
    fn tokens_carry_their_fallback() {
        let nodes = read("Hi {{lead.firstName:\"you }} there\"}}!").unwrap();
        let token = TokenText {
            space: "lead".into(),
            name: "firstName".into(),
            fallback: "you }} there".into(),
        };
        assert_eq!(
            nodes,
            vec![text("Hi "), Node::Token(token, Mark::PLAIN), text("!")]
        );
        for broken in [
            "{{",
            "{{lead}}",
            "{{lead.firstName:there}}",
            "{{lead.first name}}",
        ] {
            assert!(read(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn random_text_never_panics() {
        let mut state = 7u64;
        for _ in 0..20_000 {
            let mut words = String::new();
            for _ in 0..24 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                words.push(
                    [
                        '*', '`', '[', ']', '(', ')', '{', '}', 'a', '\\', 'å', ' ', '\n', '-',
                        '"', ':', '.',
                    ][(state >> 33) as usize % 17],
                );
            }
            let _ = read(&words);
        }
    }
}
