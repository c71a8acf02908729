//! `cargo xtask build`: the visitor's program and everything it is delivered with.

use crate::{Failure, pack, shrink, streams, viewer, wasm, words};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "wasm32-unknown-unknown";

/// From here on the glue knows ways to start that nobody takes.
const OTHER_WAYS: &str = "async function __wbg_load(";

/// The workspace's folder.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Builds `target/www` and says where the unstripped module is.
///
/// # Errors
/// When a tool is missing, the widget does not compile, or a file cannot be read or written.
pub fn build() -> Result<PathBuf, Failure> {
    let root = root();
    let www = root.join("target/www");
    fs::create_dir_all(&www).map_err(|fault| format!("{}: {fault}", www.display()))?;

    add_target()?;
    let module = compile(&root)?;
    let (glue, code) = wasm::bind(&module)?;
    let source = |name: &str| {
        let path = root.join("www/embed").join(name);
        fs::read_to_string(&path).map_err(|fault| format!("{}: {fault}", path.display()))
    };
    // The program calls the functions of `hands.js` by their names: both are one script.
    let hands = source("hands.js")?;
    let (glue, _) = glue
        .split_once(OTHER_WAYS)
        .ok_or("wasm-bindgen's glue starts in another way than this build knows")?;
    let (joiner, program) = streams::pack(&source("join.wat")?, &code)?;
    let start = source("start.js")?
        .replace("__JOINER__", &joiner.len().to_string())
        .replace("__START__", &streams::START.to_string());
    let english = source("texts.en.txt")?;
    let (first, later) = words::first(&english);
    let dressed = |script: String, style: &str| {
        let style = quoted(&shrink::style(&source(style)?));
        Ok::<_, Failure>(script.replacen("__STYLE__", &style, 1))
    };
    let hands = dressed(hands, "first.css")?
        .replacen("__WORDS__", &quoted(&first), 1)
        .replacen("__LANGUAGES__", &words::LANGUAGES[1..].join("|"), 1);
    let glue = plainer(without_exports(glue))?;
    let script = shrink::part_of_page(&format!("{hands}\n{glue}\n{start}\n"))?;
    let panel =
        dressed(source("panel.js")?, "panel.css")?.replacen("__WORDS__", &quoted(&later), 1);
    pack::write(&www, "panel.js", shrink::module(&panel)?.as_bytes())?;
    pack::write(&www, "usher.bin", &[joiner, program].concat())?;
    let extra = dressed(source("extra.js")?, "extra.css")?;
    pack::write(&www, "extra.js", shrink::module(&extra)?.as_bytes())?;
    pack::write(
        &www,
        "loader.js",
        shrink::script(&source("loader.js")?)?.as_bytes(),
    )?;
    let languages = words::LANGUAGES
        .into_iter()
        .map(|language| format!("texts.{language}.txt"))
        .map(|name| Ok((name.clone(), source(&name)?)))
        .collect::<Result<Vec<_>, Failure>>()?;
    words::check(&languages, &drawing(&root)?)?;
    // English is in the program.
    for (name, file) in languages.iter().skip(1) {
        pack::write(&www, name, file.as_bytes())?;
    }
    pack::write(&www, "why.txt", source("why.txt")?.as_bytes())?;
    pack::write(
        &www,
        "frame.html",
        shrink::page(&source("frame.html")?)
            .replacen("{{script}}", &script, 1)
            .as_bytes(),
    )?;
    viewer::build(&root.join("www/embed"), &www)?;
    Ok(module)
}

/// A text as a literal of a script.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The sources that hold plans.
fn drawing(root: &Path) -> Result<Vec<String>, Failure> {
    let mut sources = Vec::new();
    for folder in ["widget/src", "widget/src/view"].map(|folder| root.join(folder)) {
        let fault = |fault: std::io::Error| format!("{}: {fault}", folder.display());
        for file in fs::read_dir(&folder).map_err(fault)? {
            let path = file.map_err(fault)?.path();
            if path.is_file() {
                sources.push(fs::read_to_string(path).map_err(fault)?);
            }
        }
    }
    Ok(sources)
}

/// Rust for browsers; rustup adds it when it is not there.
fn add_target() -> Result<(), Failure> {
    let libraries = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .map_err(|fault| format!("rustc: {fault}"))?;
    let folder = String::from_utf8_lossy(&libraries.stdout);
    if libraries.status.success() && Path::new(folder.trim()).is_dir() {
        return Ok(());
    }
    let added = Command::new("rustup")
        .args(["target", "add", TARGET])
        .status();
    match added {
        Ok(status) if status.success() => Ok(()),
        _ => Err(format!(
            "Rust cannot build for browsers yet, and rustup did not add it. Run: rustup target add {TARGET}"
        )),
    }
}

fn compile(root: &Path) -> Result<PathBuf, Failure> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let status = Command::new(cargo)
        .current_dir(root)
        .args([
            "build",
            "--quiet",
            "--package",
            "usher-widget",
            "--target",
            TARGET,
            "--profile",
            "wasm",
        ])
        .env_remove("CARGO_TARGET_DIR")
        .status()
        .map_err(|fault| format!("cargo: {fault}"))?;
    if !status.success() {
        return Err("the widget does not compile".into());
    }
    Ok(root
        .join("target")
        .join(TARGET)
        .join("wasm/usher_widget.wasm"))
}

/// Parts of the glue that are made for every program, from one mark to the next, and what is enough for ours: one
/// closure that lives as long as the page, short texts, and browsers that have had `TextEncoder` for years.
const PLAINER: [(&str, &str, &str); 3] = [
    ("const CLOSURE_DTORS", "function getArrayU8FromWasm0", ""),
    (
        "function makeMutClosure",
        "function passArray8ToWasm0",
        "function makeMutClosure(a, b, f) { return () => f(a, b); }\n",
    ),
    (
        "function passStringToWasm0",
        "let WASM_VECTOR_LEN",
        "function passStringToWasm0(text, malloc) { return passArray8ToWasm0(new TextEncoder().encode(text), malloc); }
         const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
         function decodeText(bytes) { return decoder.decode(bytes); }\n",
    ),
];

fn plainer(mut glue: String) -> Result<String, Failure> {
    for (from, to, new) in PLAINER {
        let place = glue
            .find(from)
            .and_then(|start| Some((start, start + glue[start..].find(to)?)));
        let (start, end) =
            place.ok_or_else(|| format!("wasm-bindgen's glue has no {from} before {to}"))?;
        glue.replace_range(start..end, new);
    }
    Ok(glue)
}

/// The glue is part of the page, so nothing imports from it.
fn without_exports(glue: &str) -> String {
    glue.lines()
        .filter(|line| !line.starts_with("export {") && !line.starts_with("export default"))
        .map(|line| line.strip_prefix("export ").unwrap_or(line))
        .collect::<Vec<_>>()
        .join("\n")
}
