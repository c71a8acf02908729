//! Smaller spellings of our own scripts, styles and pages.
//!
//! It is no general minifier. It takes sources that end statements with semicolons and begin no line with a
//! regular expression after a closing brace: the files of `www/embed` and wasm-bindgen's glue.

use std::collections::{BTreeMap, BTreeSet};

/// A script without comments and idle space, its own names shortened. Property names stay.
#[must_use]
pub fn script(source: &str) -> String {
    let tokens = tokens(source);
    let roles = roles(&tokens);
    let names = short_names(&tokens, &roles);
    joined(&tokens, |n, out| {
        let name = names[n].as_deref();
        if roles[n] == Role::Shorthand && name.is_some() {
            out.push_str(tokens[n].text);
            out.push(':');
        }
        out.push_str(name.unwrap_or(tokens[n].text));
    })
}

/// A script without comments and idle space, every name as it was.
#[must_use]
pub fn spaces(source: &str) -> String {
    let tokens = tokens(source);
    joined(&tokens, |n, out| out.push_str(tokens[n].text))
}

/// Tokens with as little between them as may be; `spell` writes the n-th.
fn joined(tokens: &[Token<'_>], mut spell: impl FnMut(usize, &mut String)) -> String {
    let mut out = String::new();
    for (n, token) in tokens.iter().enumerate() {
        let before = n.checked_sub(1).and_then(|n| tokens.get(n));
        if let Some(before) = before {
            if token.line && !closes_line(before.text) && !continues(token.text) {
                out.push('\n');
            } else if joins(before, token) {
                out.push(' ');
            }
        }
        spell(n, &mut out);
    }
    out.push('\n');
    out
}

/// A stylesheet without comments and idle space.
#[must_use]
pub fn style(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find("/*") {
        out.push_str(&rest[..at]);
        rest = rest[at..].split_once("*/").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    let mut tight = String::with_capacity(out.len());
    let words: Vec<&str> = out.split_whitespace().collect();
    for word in words {
        let glue = |c: char| matches!(c, '{' | '}' | ';' | ',');
        let open = tight.ends_with(|c: char| glue(c) || c == ':' || c == '(' || c == '>');
        if !tight.is_empty()
            && !open
            && !word.starts_with(|c: char| glue(c) || c == '>' || c == ')')
        {
            tight.push(' ');
        }
        tight.push_str(word);
    }
    tight.replace(";}", "}")
}

/// A page without comments and without space at the ends of lines.
#[must_use]
pub fn page(source: &str) -> String {
    let mut out = String::new();
    let mut rest = source;
    while let Some((before, after)) = rest.split_once("<!--") {
        out.push_str(before);
        rest = after.split_once("-->").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
        + "\n"
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Number,
    Text,
    Sign,
}

#[derive(Clone, Copy)]
struct Token<'a> {
    kind: Kind,
    text: &'a str,
    /// Whether it stood on another line than the one before.
    line: bool,
}

/// What a word is where it stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// The name of a variable, or a keyword.
    Name,
    /// A property.
    Property,
    /// A property and the variable of the same name: `{ a }`.
    Shorthand,
}

fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut all: Vec<Token<'_>> = Vec::new();
    let mut at = 0;
    let mut line = false;
    // Brace depths at which a `${` of a template was opened.
    let mut templates: Vec<usize> = Vec::new();
    let mut depth = 0;
    while let Some(c) = source[at..].chars().next() {
        let rest = &source[at..];
        if c.is_whitespace() {
            line |= c == '\n';
            at += c.len_utf8();
            continue;
        }
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        if rest.starts_with("/*") {
            at += rest.find("*/").map_or(rest.len(), |end| end + 2);
            continue;
        }
        let (kind, length) = if is_word(c) && !c.is_ascii_digit() {
            (Kind::Word, rest.find(|c| !is_word(c)).unwrap_or(rest.len()))
        } else if c.is_ascii_digit() {
            let part = |c: char| is_word(c) || c == '.';
            (Kind::Number, rest.find(|c| !part(c)).unwrap_or(rest.len()))
        } else if c == '"' || c == '\'' {
            (Kind::Text, quoted(rest, c))
        } else if c == '`' || (c == '}' && templates.last() == Some(&depth)) {
            if c == '}' {
                templates.pop();
            }
            let length = template_part(rest);
            if rest[..length].ends_with("${") {
                templates.push(depth);
            }
            (Kind::Text, length)
        } else if c == '/' && all.last().is_none_or(regex_may_follow) {
            (Kind::Text, regex(rest))
        } else {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            (Kind::Sign, sign(rest))
        };
        all.push(Token {
            kind,
            text: &rest[..length],
            line,
        });
        line = false;
        at += length;
    }
    all
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (n, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return n + 1,
            _ => {}
        }
    }
    rest.len()
}

/// From a backtick or a closing brace to the next backtick or `${`.
fn template_part(rest: &str) -> usize {
    let mut escaped = false;
    let mut dollar = false;
    for (n, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '`' => return n + 1,
            '{' if dollar => return n + 1,
            _ => {}
        }
        dollar = c == '$';
    }
    rest.len()
}

fn regex(rest: &str) -> usize {
    let mut escaped = false;
    let mut class = false;
    for (n, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => class = true,
            ']' => class = false,
            '/' if !class => {
                let flags = rest[n + 1..].find(|c| !is_word(c)).unwrap_or(0);
                return n + 1 + flags;
            }
            _ => {}
        }
    }
    rest.len()
}

fn regex_may_follow(before: &Token<'_>) -> bool {
    match before.kind {
        Kind::Word => matches!(
            before.text,
            "return" | "typeof" | "in" | "of" | "case" | "else"
        ),
        Kind::Number | Kind::Text => false,
        Kind::Sign => !matches!(before.text, ")" | "]" | "}"),
    }
}

fn sign(rest: &str) -> usize {
    const LONG: [&str; 22] = [
        ">>>=", "===", "!==", "**=", "<<=", ">>=", ">>>", "...", "=>", "==", "!=", "<=", ">=",
        "&&", "||", "??", "?.", "++", "--", "+=", "-=", "|=",
    ];
    LONG.iter()
        .find(|long| rest.starts_with(**long))
        .map_or_else(
            || rest.chars().next().map_or(1, char::len_utf8),
            |long| long.len(),
        )
}

fn closes_line(text: &str) -> bool {
    matches!(
        text,
        ";" | "{"
            | ","
            | "("
            | "["
            | ":"
            | "?"
            | "&&"
            | "||"
            | "="
            | "+"
            | "-"
            | "*"
            | "=>"
            | "=="
            | "==="
            | "+="
            | "??"
    )
}

fn continues(text: &str) -> bool {
    matches!(
        text,
        "}" | ")"
            | "]"
            | ";"
            | ","
            | "."
            | "?"
            | ":"
            | "&&"
            | "||"
            | "+"
            | "-"
            | "*"
            | "="
            | "=>"
            | "else"
    ) && text != "else"
}

fn joins(before: &Token<'_>, token: &Token<'_>) -> bool {
    let wordy = |token: &Token<'_>| matches!(token.kind, Kind::Word | Kind::Number);
    (wordy(before) && wordy(token))
        || (before.text.ends_with('+') && token.text.starts_with('+'))
        || (before.text.ends_with('-') && token.text.starts_with('-'))
}

/// A function: where it stands, the one around it, and the variables it declares.
#[derive(Default)]
struct Scope<'a> {
    from: usize,
    to: usize,
    around: Option<usize>,
    declared: BTreeSet<&'a str>,
}

/// A short spelling for each token that is a variable: the more often a variable is used, the shorter.
/// Spellings are used again in functions that do not see each other's variables.
fn short_names<'a>(tokens: &[Token<'a>], roles: &[Role]) -> Vec<Option<String>> {
    let scopes = scopes(tokens);
    // Which scope's variable each token names.
    let mut owners: Vec<Option<usize>> = vec![None; tokens.len()];
    let mut uses: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    for (n, token) in tokens.iter().enumerate() {
        if token.kind != Kind::Word || roles[n] == Role::Property {
            continue;
        }
        let mut scope = innermost(&scopes, n);
        while let Some(inner) = scope {
            if scopes[inner].declared.contains(token.text) {
                owners[n] = Some(inner);
                *uses.entry((inner, token.text)).or_default() += 1;
                break;
            }
            scope = scopes[inner].around;
        }
    }
    let mut names: BTreeMap<(usize, &str), String> = BTreeMap::new();
    for (own, scope) in scopes.iter().enumerate() {
        let mut taken: BTreeSet<String> = BTreeSet::new();
        for n in scope.from..scope.to {
            let token = &tokens[n];
            if token.kind != Kind::Word || roles[n] == Role::Property {
                continue;
            }
            match owners[n] {
                None => {
                    taken.insert(token.text.to_owned());
                }
                Some(owner) => taken.extend(names.get(&(owner, token.text)).cloned()),
            }
        }
        let mut locals: Vec<(&str, usize)> = scope
            .declared
            .iter()
            .filter_map(|name| Some((*name, *uses.get(&(own, *name))?)))
            .collect();
        locals.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
        let mut free = spellings()
            .filter(|short| !taken.contains(short) && !RESERVED.contains(&short.as_str()));
        for (name, _) in locals {
            if let Some(short) = free.next() {
                names.insert((own, name), short);
            }
        }
    }
    owners
        .iter()
        .zip(tokens)
        .map(|(owner, token)| names.get(&((*owner)?, token.text)).cloned())
        .collect()
}

fn innermost(scopes: &[Scope<'_>], token: usize) -> Option<usize> {
    scopes
        .iter()
        .rposition(|scope| (scope.from..scope.to).contains(&token))
}

/// The script and its functions, outer ones first.
fn scopes<'a>(tokens: &[Token<'a>]) -> Vec<Scope<'a>> {
    let text = |n: usize| tokens.get(n).map_or("", |token| token.text);
    let mut scopes = vec![Scope {
        to: tokens.len(),
        ..Scope::default()
    }];
    for n in 0..tokens.len() {
        if text(n) != "function" || (n > 0 && text(n - 1) == ".") {
            continue;
        }
        let from = (n..tokens.len()).find(|n| text(*n) == "(").unwrap_or(n);
        let body = closing(tokens, from) + 1;
        let to = closing(tokens, body) + 1;
        let around = innermost(&scopes, n);
        scopes.push(Scope {
            from,
            to,
            around,
            declared: BTreeSet::new(),
        });
    }
    for n in 0..scopes.len() {
        scopes[n].declared = declared_by(tokens, &scopes, n);
    }
    scopes
}

/// What a function declares itself: its parameters and variables, and the names of functions in it.
fn declared_by<'a>(tokens: &[Token<'a>], scopes: &[Scope<'a>], own: usize) -> BTreeSet<&'a str> {
    let scope = &scopes[own];
    let outside: Vec<Token<'a>> = (scope.from..scope.to)
        .filter(|n| innermost(scopes, *n) == Some(own))
        .map(|n| tokens[n])
        .collect();
    let mut names = declared(&outside);
    if own > 0 {
        parameters(&outside, 0, &mut names);
    }
    names
}

/// The place of the bracket that closes the one that opens here.
fn closing(tokens: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0;
    for (n, token) in tokens.iter().enumerate().skip(open) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return n;
        }
    }
    tokens.len().saturating_sub(1)
}

const RESERVED: [&str; 4] = ["do", "if", "in", "of"];

fn spellings() -> impl Iterator<Item = String> {
    const FIRST: &str = "etnrisoaclufdphmgvbyxkwjqzETNRISOACLUFDPHMGVBYXKWJQZ_$";
    let one = FIRST.chars().map(String::from);
    let two = FIRST
        .chars()
        .flat_map(|a| FIRST.chars().map(move |b| format!("{a}{b}")));
    one.chain(two)
}

/// Variables, functions and parameters that the script declares.
fn declared<'a>(tokens: &[Token<'a>]) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    let text = |n: usize| tokens.get(n).map_or("", |token| token.text);
    let word = |n: usize| tokens.get(n).is_some_and(|token| token.kind == Kind::Word);
    for n in 0..tokens.len() {
        if n > 0 && text(n - 1) == "." {
            continue;
        }
        match text(n) {
            "var" | "let" | "const" => declarators(tokens, n + 1, &mut names),
            "function" => {
                let mut open = n + 1;
                if text(open) == "*" {
                    open += 1;
                }
                if word(open) {
                    names.insert(text(open));
                }
            }
            "catch" if text(n + 1) == "(" => parameters(tokens, n + 1, &mut names),
            "=>" if n > 0 && word(n - 1) => {
                names.insert(text(n - 1));
            }
            "=>" if n > 0 && text(n - 1) == ")" => {
                let mut depth = 0;
                for open in (0..n).rev() {
                    match text(open) {
                        ")" => depth += 1,
                        "(" => depth -= 1,
                        _ => {}
                    }
                    if depth == 0 {
                        parameters(tokens, open, &mut names);
                        break;
                    }
                }
            }
            _ => {}
        }
    }
    names
}

/// The names in `a = 1, b, c = f(x, y);`.
fn declarators<'a>(tokens: &[Token<'a>], from: usize, names: &mut BTreeSet<&'a str>) {
    let mut depth = 0;
    let mut name_next = true;
    for token in &tokens[from..] {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            ";" | "of" | "in" if depth == 0 => return,
            "," if depth == 0 => {
                name_next = true;
                continue;
            }
            _ if name_next && token.kind == Kind::Word => {
                names.insert(token.text);
            }
            _ => {}
        }
        if depth < 0 {
            return;
        }
        name_next = false;
    }
}

/// The names in `(a, b = 1)`.
fn parameters<'a>(tokens: &[Token<'a>], open: usize, names: &mut BTreeSet<&'a str>) {
    let mut depth = 0;
    let mut name_next = false;
    for token in &tokens[open.min(tokens.len())..] {
        match token.text {
            "(" | "[" | "{" => {
                depth += 1;
                name_next = depth == 1;
                continue;
            }
            ")" | "]" | "}" => depth -= 1,
            "," if depth == 1 => {
                name_next = true;
                continue;
            }
            "..." => continue,
            _ if name_next && token.kind == Kind::Word => {
                names.insert(token.text);
            }
            _ => {}
        }
        if depth == 0 {
            return;
        }
        name_next = false;
    }
}

/// Tells variables from properties.
fn roles(tokens: &[Token<'_>]) -> Vec<Role> {
    let mut open: Vec<&str> = Vec::new();
    let mut all = Vec::with_capacity(tokens.len());
    let text = |n: Option<usize>| n.and_then(|n| tokens.get(n)).map_or("", |token| token.text);
    // In `var a, b, c;` the words between commas are no properties.
    let mut declaring = None;
    for (n, token) in tokens.iter().enumerate() {
        match token.text {
            "(" | "[" | "{" => open.push(token.text),
            ")" | "]" | "}" => {
                open.pop();
            }
            "var" | "let" | "const" => declaring = Some(open.len()),
            ";" => declaring = None,
            _ => {}
        }
        let before = text(n.checked_sub(1));
        let after = text(Some(n + 1));
        let in_braces = open.last() == Some(&"{") && matches!(before, "{" | ",");
        all.push(if token.kind != Kind::Word {
            Role::Name
        } else if matches!(before, "." | "?.") || (in_braces && after == ":") {
            Role::Property
        } else if in_braces
            && matches!(after, "," | "}")
            && !(declaring == Some(open.len()) && before == ",")
        {
            Role::Shorthand
        } else {
            Role::Name
        });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_shrink_and_properties_stay() {
        assert_eq!(
            script(
                "var first = 1, second;\n// why\nfunction add(left) {\n  return left.first + first + {second: first}.second;\n}\n"
            ),
            "var e=1,n;function t(t){return t.first+e+{second:e}.second;}\n"
        );
    }

    #[test]
    fn shorthand_properties_keep_their_name() {
        assert_eq!(
            script("const value = 2; f({ value });"),
            "const e=2;f({value:e});\n"
        );
    }

    #[test]
    fn names_taken_out_of_an_object_keep_their_property() {
        assert_eq!(
            script("const { left, right } = f(); g(left, right);"),
            "const{left,right}=f();g(left,right);\n"
        );
        assert_eq!(
            script("function f(right) {} const { left, right } = f();"),
            "function e(e){}const{left,right}=e();\n"
        );
    }

    #[test]
    fn texts_templates_and_patterns_are_left_alone() {
        let source = "var x = \"a  //  b\" + `t ${ x } /* no */` + /\\/\\* [/\"]/g.test(x) / 2;";
        assert_eq!(
            script(source),
            "var e=\"a  //  b\"+`t ${e} /* no */`+/\\/\\* [/\"]/g.test(e)/2;\n"
        );
    }

    #[test]
    fn a_line_that_needs_its_end_keeps_it() {
        assert_eq!(script("return\nx"), "return\nx\n");
        assert_eq!(script("a = b +\n  c;"), "a=b+c;\n");
    }

    #[test]
    fn styles_lose_only_idle_space() {
        assert_eq!(
            style(
                "/* c */\n.a .b > .c { margin: 0 calc(1px + 2px); }\n@media (min-width: 1px) { p { x: y } }"
            ),
            ".a .b>.c{margin:0 calc(1px + 2px)}@media (min-width:1px){p{x:y }}"
                .replace("y }", "y}")
        );
    }
}
