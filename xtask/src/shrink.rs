//! Smaller spellings of our own scripts, styles and pages.

use crate::Failure;
use oxc_allocator::Allocator;
use oxc_codegen::{Codegen, CodegenOptions};
use oxc_compat::EngineTargets;
use oxc_minifier::{CompressOptions, Minifier, MinifierOptions};
use oxc_parser::Parser;
use oxc_span::SourceType;

/// A module for browsers of today, its names shortened and what nobody calls left out. Property names stay.
///
/// # Errors
/// When the source is no script.
pub fn module(source: &str) -> Result<String, Failure> {
    shrink(source, SourceType::mjs(), EngineTargets::default())
}

/// A script for browsers of today, to stand in a page: nothing of it is global, and no text of it ends it.
///
/// # Errors
/// When the source is no script, or has a text in it that a page would read as its own.
pub fn part_of_page(source: &str) -> Result<String, Failure> {
    let whole = format!("(() => {{ 'use strict';\n{source}\n}})()");
    let small = shrink(&whole, SourceType::cjs(), EngineTargets::default())?;
    let ends = ["</script", "<script", "<!--", "\r", "\0"].into_iter();
    match ends.into_iter().find(|end| small.contains(end)) {
        Some(end) => Err(format!("the frame's script may not contain {end:?}")),
        None => Ok(format!("{ALL_CALLED}{small}")),
    }
}

/// Tells Chromium to compile the functions with the script, while it waits for the program, and not each when it is called.
const ALL_CALLED: &str = "//# allFunctionsCalledOnLoad\n";

/// A script for any browser: nothing that is newer than ES5 comes in.
///
/// # Errors
/// When the source is no script, or has a text with quotes in it.
pub fn script(source: &str) -> Result<String, Failure> {
    let old = EngineTargets::from_target("es2015")?;
    let small = shrink(source, SourceType::cjs(), old)?;
    // The shortest quotes are a backtick's, which old browsers do not know.
    if small.contains(['"', '\u{2028}', '\u{2029}']) || small.contains("${") {
        return Err(
            "the loader has a text with a double quote, which would have to be escaped".into(),
        );
    }
    Ok(small.replace('`', "\""))
}

fn shrink(source: &str, kind: SourceType, target: EngineTargets) -> Result<String, Failure> {
    let memory = Allocator::default();
    let parsed = Parser::new(&memory, source, kind).parse();
    if let Some(fault) = parsed.diagnostics.first() {
        return Err(format!("a script cannot be read: {fault}"));
    }
    let mut program = parsed.program;
    let options = MinifierOptions {
        mangle: Some(oxc_minifier::MangleOptions {
            top_level: Some(kind.is_module()),
            ..Default::default()
        }),
        compress: Some(CompressOptions {
            target,
            ..CompressOptions::smallest()
        }),
        mangle_properties: None,
    };
    let small = Minifier::new(options).minify(&memory, &mut program);
    let text = Codegen::new()
        .with_options(CodegenOptions::minify())
        .with_scoping(small.scoping)
        .build(&program)
        .code;
    Ok(text)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_shrink_and_properties_stay() {
        let small =
            module("function add(left) { return left.first + left.second; } self.sum = add;")
                .unwrap();
        assert!(!small.contains("left"), "{small}");
        assert!(
            small.contains(".first") && small.contains("self.sum"),
            "{small}"
        );
    }

    #[test]
    fn an_old_browser_can_read_the_script() {
        let small = script("(function (w) { if (w.a === 'x') { w.b = 'y'; } })(window);").unwrap();
        assert!(
            small.contains("\"x\"") && !small.contains(['`', '\'']),
            "{small}"
        );
        assert!(!small.contains("=>"), "{small}");
    }

    #[test]
    fn a_script_in_a_page_leaves_nothing_behind() {
        let small =
            part_of_page("function add(left) { return left.first; } self.sum = add;").unwrap();
        assert!(
            small.starts_with("//#") && small.contains("self.sum"),
            "{small}"
        );
        let told = part_of_page("self.end = '</script>'").unwrap();
        assert!(!told.contains("</script"), "{told}");
    }

    #[test]
    fn what_is_no_script_is_refused() {
        assert!(script("var = 1").is_err());
        assert!(script("x('\"')").is_err());
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
