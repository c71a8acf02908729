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
    Ok((output.js().to_owned(), code))
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
            match self.byte()? {
                0 => {
                    self.number()?;
                    functions += 1;
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
        }
        Some(functions)
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
