//! `cargo xtask build`: the visitor's program and everything it is delivered with.

use crate::{Failure, pack, shrink, viewer, wasm, words};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "wasm32-unknown-unknown";

/// Starts the program: the module's address stands in the frame page. Where a browser cannot, nothing happens.
const START: &str = "WebAssembly.instantiateStreaming(fetch(document.getElementById('usher-wasm').href), __wbg_get_imports())
  .then(({ instance, module }) => __wbg_finalize_init(instance, module)).catch(() => {});";
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
    let script = shrink::script(&format!("{hands}\n{}\n{START}\n", without_exports(glue)));
    pack::write(&www, "usher.wasm", &code)?;
    pack::write(&www, "usher.js", script.as_bytes())?;
    pack::write(
        &www,
        "loader.js",
        shrink::script(&source("loader.js")?).as_bytes(),
    )?;
    let languages = ["texts.en.txt", "texts.sv.txt", "texts.ar.txt"]
        .into_iter()
        .map(|name| Ok((name, source(name)?)))
        .collect::<Result<Vec<_>, Failure>>()?;
    words::check(&languages, &drawing(&root)?)?;
    for name in ["why.txt", "texts.sv.txt", "texts.ar.txt"] {
        pack::write(&www, name, source(name)?.as_bytes())?;
    }
    pack::write(
        &www,
        "frame.css",
        shrink::style(&source("frame.css")?).as_bytes(),
    )?;
    pack::write(
        &www,
        "frame.html",
        shrink::page(&source("frame.html")?).as_bytes(),
    )?;
    viewer::build(&root.join("www/embed"), &www)?;
    Ok(module)
}

/// The sources that hold plans.
fn drawing(root: &Path) -> Result<Vec<String>, Failure> {
    let folder = root.join("widget/src/view");
    let fault = |fault: std::io::Error| format!("{}: {fault}", folder.display());
    let mut sources = Vec::new();
    for file in fs::read_dir(&folder).map_err(fault)? {
        sources.push(fs::read_to_string(file.map_err(fault)?.path()).map_err(fault)?);
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

/// The glue is the page's only module, so nothing imports from it.
fn without_exports(glue: &str) -> String {
    glue.lines()
        .filter(|line| !line.starts_with("export {") && !line.starts_with("export default"))
        .map(|line| line.strip_prefix("export ").unwrap_or(line))
        .collect::<Vec<_>>()
        .join("\n")
}
