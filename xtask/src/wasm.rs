//! From the compiler's module to what browsers run, by wasm-bindgen as a library; and a look inside it.

use crate::Failure;
use std::collections::BTreeMap;
use std::fs;
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
    let mut output = bindgen.generate_output().map_err(|fault| fault.to_string())?;
    if !output.snippets().is_empty() {
        return Err("the widget has inline scripts, which the frame page does not load".into());
    }
    let code = output.wasm_mut().emit_wasm();
    Ok((output.js().to_owned(), code))
}

/// Bytes of code per package, from the names the compiler left in the module; largest first.
///
/// # Errors
/// When the module cannot be read.
pub fn by_package(module: &Path) -> Result<Vec<(String, usize)>, Failure> {
    let bytes = fs::read(module).map_err(|fault| format!("{}: {fault}", module.display()))?;
    let parts = Parts::read(&bytes).ok_or_else(|| format!("{}: not a module", module.display()))?;
    let mut sums: BTreeMap<String, usize> = BTreeMap::new();
    for (n, size) in parts.bodies.iter().enumerate() {
        let name = parts.names.get(&(n + parts.imports)).map_or("", String::as_str);
        *sums.entry(package(name)).or_default() += size;
    }
    *sums.entry("(texts and tables)".into()).or_default() += parts.data;
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    Ok(sums)
}

/// The largest functions of the module, with their names.
///
/// # Errors
/// When the module cannot be read.
pub fn largest(module: &Path, count: usize) -> Result<Vec<(String, usize)>, Failure> {
    let bytes = fs::read(module).map_err(|fault| format!("{}: {fault}", module.display()))?;
    let parts = Parts::read(&bytes).ok_or_else(|| format!("{}: not a module", module.display()))?;
    let mut all: Vec<(String, usize)> = parts
        .bodies
        .iter()
        .enumerate()
        .map(|(n, size)| (parts.names.get(&(n + parts.imports)).cloned().unwrap_or_default(), *size))
        .collect();
    all.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    all.truncate(count);
    Ok(all)
}

/// The first word of a mangled or demangled path: the crate a function was written in.
fn package(name: &str) -> String {
    let Some(rest) = name.strip_prefix("_ZN").or_else(|| name.strip_prefix("_R")) else {
        let plain = name.trim_start_matches(['<', '&', '(']);
        return match plain.split_once("::") {
            Some((first, _)) => first.trim_start_matches("dyn ").split('[').next().unwrap_or(first).into(),
            None => "(runtime)".into(),
        };
    };
    let digits: String = rest.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    let start = rest.find(&digits).unwrap_or(0) + digits.len();
    let length: usize = digits.parse().unwrap_or(0);
    let word = rest.get(start..start + length).unwrap_or("(runtime)");
    let word = word.trim_start_matches("_$LT$").trim_start_matches("_$RF$");
    word.split("..").next().unwrap_or(word).split('$').next().unwrap_or(word).into()
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
                names.insert(index, String::from_utf8_lossy(table.take_sized()?).into_owned());
            }
        }
        Some(names)
    }
}
