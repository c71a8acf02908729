//! From the compiler's module to what browsers run, by wasm-bindgen as a library; and a look inside it.

use crate::Failure;
use std::collections::BTreeMap;
use std::path::Path;
use wasm_bindgen_cli_support::Bindgen;

/// The glue and the module, names removed.
///
/// # Errors
/// When the module is not one of wasm-bindgen's version.
pub fn bind(module: &Path) -> Result<(String, Vec<u8>), Failure> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(module)
        .web(true)
        .map_err(|fault| fault.to_string())?
        .typescript(false)
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true);
    let mut output = bindgen
        .generate_output()
        .map_err(|fault| fault.to_string())?;
    if output.js().contains("./snippets/") {
        return Err("the widget needs further scripts, which the frame page does not load".into());
    }
    let code = output.wasm_mut().emit_wasm();
    short_links(output.js(), &code).ok_or_else(|| "the module cannot be read".into())
}

/// Shortens the names by which glue and module know each other: they hold hashes, which no compression helps.
fn short_links(glue: &str, code: &[u8]) -> Option<(String, Vec<u8>)> {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut short = |name: &[u8]| -> Option<String> {
        let name = std::str::from_utf8(name).ok()?;
        if !name.contains("__") && !name.starts_with("./") {
            return Some(name.into());
        }
        let next = names.len();
        let spelled = match next {
            0..26 => char::from(b'a' + next as u8).to_string(),
            _ => format!(
                "{}{}",
                char::from(b'a' + (next / 26 - 1) as u8),
                char::from(b'a' + (next % 26) as u8)
            ),
        };
        Some(names.entry(name.into()).or_insert(spelled).clone())
    };
    let mut out = code.get(..8)?.to_vec();
    let mut all = Reader(code.get(8..)?);
    while !all.0.is_empty() {
        let id = all.byte()?;
        let mut section = Reader(all.take_sized()?);
        let mut body = Vec::new();
        match id {
            2 => {
                let count = section.number()?;
                write_number(&mut body, count);
                for _ in 0..count {
                    write_sized(&mut body, short(section.take_sized()?)?.as_bytes());
                    write_sized(&mut body, short(section.take_sized()?)?.as_bytes());
                    let before = section.0;
                    section.import_kind()?;
                    body.extend_from_slice(&before[..before.len() - section.0.len()]);
                }
            }
            7 => {
                let count = section.number()?;
                write_number(&mut body, count);
                for _ in 0..count {
                    write_sized(&mut body, short(section.take_sized()?)?.as_bytes());
                    body.push(section.byte()?);
                    write_number(&mut body, section.number()?);
                }
            }
            _ => body.extend_from_slice(section.0),
        }
        out.push(id);
        write_sized(&mut out, &body);
    }
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let mut text = String::with_capacity(glue.len());
    let glue = names
        .iter()
        .filter(|(name, _)| name.starts_with("./"))
        .fold(glue.to_owned(), |glue, (name, short)| {
            glue.replace(name.as_str(), short)
        });
    let mut rest = glue.as_str();
    while let Some(start) = rest.find(is_word) {
        text.push_str(&rest[..start]);
        let end = rest[start..]
            .find(|c| !is_word(c))
            .map_or(rest.len(), |n| start + n);
        let word = &rest[start..end];
        text.push_str(names.get(word).map_or(word, String::as_str));
        rest = &rest[end..];
    }
    text.push_str(rest);
    Some((text, out))
}

fn write_number(out: &mut Vec<u8>, mut value: usize) {
    while value > 0x7f {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn write_sized(out: &mut Vec<u8>, bytes: &[u8]) {
    write_number(out, bytes.len());
    out.extend_from_slice(bytes);
}

/// What the module as delivered is made of, in bytes before compression.
pub struct Inside {
    /// Code by the package it was written in, and texts and tables; largest first.
    pub packages: Vec<(String, usize)>,
    /// The largest functions.
    pub functions: Vec<(String, usize)>,
}

/// Looks inside.
///
/// # Errors
/// When the module is not one of wasm-bindgen's version.
pub fn inside(module: &Path) -> Result<Inside, Failure> {
    let mut output = Bindgen::new()
        .input_path(module)
        .web(true)
        .map_err(|fault| fault.to_string())?
        .typescript(false)
        .demangle(false)
        .generate_output()
        .map_err(|fault| fault.to_string())?;
    let bytes = output.wasm_mut().emit_wasm();
    let parts = Parts::read(&bytes).ok_or("the module cannot be read")?;
    let mut functions: Vec<(String, usize)> = parts
        .bodies
        .iter()
        .enumerate()
        .map(|(n, size)| {
            let name = parts
                .names
                .get(&(n + parts.imports))
                .map_or("", String::as_str);
            (format!("{:#}", rustc_demangle::demangle(name)), *size)
        })
        .collect();
    let mut packages: BTreeMap<String, usize> = BTreeMap::new();
    for (name, size) in &functions {
        *packages.entry(package(name)).or_default() += size;
    }
    packages.insert("(texts and tables)".into(), parts.data);
    let mut packages: Vec<_> = packages.into_iter().collect();
    packages.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    functions.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    Ok(Inside {
        packages,
        functions,
    })
}

/// The first word of a path: the package a function was written in.
fn package(name: &str) -> String {
    let plain = name
        .trim_start_matches(['<', '&', '(', '*', '['])
        .trim_start_matches("mut ")
        .trim_start_matches("dyn ");
    match plain.split_once("::") {
        Some((first, _)) => first.into(),
        None => "(runtime)".into(),
    }
}

/// What a look inside needs of a module.
#[derive(Default)]
struct Parts {
    imports: usize,
    bodies: Vec<usize>,
    names: BTreeMap<usize, String>,
    data: usize,
}

impl Parts {
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut parts = Self::default();
        let mut all = Reader(bytes.get(8..)?);
        while !all.0.is_empty() {
            let id = all.byte()?;
            let mut section = Reader(all.take_sized()?);
            match id {
                2 => parts.imports = section.function_imports()?,
                10 => {
                    for _ in 0..section.number()? {
                        parts.bodies.push(section.take_sized()?.len());
                    }
                }
                11 => parts.data = section.0.len(),
                0 if section.take_sized()? == b"name" => parts.names = section.function_names()?,
                _ => {}
            }
        }
        Some(parts)
    }
}

/// Reads a module's bytes from front to back.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<usize> {
        let mut value = 0;
        let mut shift = 0;
        loop {
            let byte = self.byte()?;
            value |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
    }

    fn take_sized(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn function_imports(&mut self) -> Option<usize> {
        let mut functions = 0;
        for _ in 0..self.number()? {
            self.take_sized()?;
            self.take_sized()?;
            if self.import_kind()? == 0 {
                functions += 1;
            }
        }
        Some(functions)
    }

    /// Reads what kind of thing is imported, and its type.
    fn import_kind(&mut self) -> Option<u8> {
        let kind = self.byte()?;
        match kind {
            0 => {
                self.number()?;
            }
            1 => {
                self.byte()?;
                self.limits()?;
            }
            2 => self.limits()?,
            _ => {
                self.byte()?;
                self.byte()?;
            }
        }
        Some(kind)
    }

    fn limits(&mut self) -> Option<()> {
        let flags = self.byte()?;
        self.number()?;
        if flags & 1 == 1 {
            self.number()?;
        }
        Some(())
    }

    fn function_names(&mut self) -> Option<BTreeMap<usize, String>> {
        let mut names = BTreeMap::new();
        while !self.0.is_empty() {
            let kind = self.byte()?;
            let mut table = Reader(self.take_sized()?);
            if kind != 1 {
                continue;
            }
            for _ in 0..table.number()? {
                let index = table.number()?;
                names.insert(
                    index,
                    String::from_utf8_lossy(table.take_sized()?).into_owned(),
                );
            }
        }
        Some(names)
    }
}
