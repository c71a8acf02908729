//! The visitor's program in an order that compresses better: what kinds of instructions follow each other, and what
//! they are about, repeat in different ways, so each kind of operand goes into a stream of its own. A tenth of the
//! bytes is gone for it; a small program (`www/embed/join.wat`) puts them together again before the browser compiles
//! them, in a tenth of the time that a script takes which has only just begun.
//!
//! The file: that small program; numbers in LEB128, namely the length of what stands before the code section and of
//! each stream in the order of `STREAMS`; what stands before the code section, the number of functions, what stands
//! after the section, and the streams. A function's length is left out: its last `end` says where it ends.

use crate::Failure;

/// Streams by their letters: 64-bit and 32-bit constants, offsets of loads, offsets of stores, branch depths, block
/// types, locals, and opcodes with rare operands. This order compresses best.
const STREAMS: &str = "jifsrblo";
/// The place of branch depths among them.
const DEPTHS: usize = 4;
/// The place of opcodes among them.
const OPCODES: usize = 7;

/// Operands by opcode: one LEB128 number each, from the stream of that letter. Opcodes that are not listed have none.
/// The few that have something else stand in `start.js` and in `operands`.
const OPERANDS: &[(u8, u8, &str)] = &[
    (0x02, 0x04, "b"),
    (0x0c, 0x0d, "r"),
    (0x10, 0x10, "o"),
    (0x11, 0x11, "oo"),
    (0x20, 0x22, "l"),
    (0x23, 0x26, "o"),
    (0x28, 0x35, "of"),
    (0x36, 0x3e, "os"),
    (0x3f, 0x40, "o"),
    (0x41, 0x41, "i"),
    (0x42, 0x42, "j"),
    (0xd0, 0xd0, "o"),
    (0xd2, 0xd2, "o"),
];

const CODE: u8 = 10;
const END: u8 = 0x0b;
const BR_TABLE: u8 = 0x0e;
const FLOAT_32: u8 = 0x43;
const FLOAT_64: u8 = 0x44;
const PREFIXED: u8 = 0xfc;

/// Where the file begins in the memory of the small program.
pub const START: usize = 1024;
/// All the memory it has.
const MEMORY: usize = 16 << 16;

/// The small program.
///
/// # Errors
/// When its source is none.
pub fn joiner(source: &str) -> Result<Vec<u8>, Failure> {
    let mut table = String::new();
    for op in 0..=u8::MAX {
        let known = OPERANDS
            .iter()
            .find(|(first, last, _)| (*first..=*last).contains(&op));
        let letters = known.map_or("", |(_, _, letters)| letters);
        let kinds = letters.chars().rev().fold(0, |kinds, letter| {
            kinds << 4 | STREAMS.find(letter).map_or(0, |n| n + 1)
        });
        table.push_str(&format!("\\{kinds:02x}"));
    }
    let module = wat::parse_str(source.replacen("__OPERANDS__", &table, 1))
        .map_err(|fault| fault.to_string())?;
    without_names(&module)
}

/// A module without what only people read.
fn without_names(module: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut out = module[..8].to_vec();
    let mut reader = Reader {
        bytes: module,
        at: 8,
    };
    while reader.at < module.len() {
        let section = reader.at;
        let id = reader.byte()?;
        let length = reader.number()?;
        reader.at += length;
        if id > 0 {
            out.extend_from_slice(&module[section..reader.at]);
        }
    }
    Ok(out)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8, Failure> {
        let byte = self.bytes.get(self.at).ok_or("the module ends too early")?;
        self.at += 1;
        Ok(*byte)
    }

    /// The bytes of one number.
    fn raw(&mut self) -> Result<&'a [u8], Failure> {
        let start = self.at;
        while self.byte()? > 0x7f {}
        Ok(&self.bytes[start..self.at])
    }

    fn number(&mut self) -> Result<usize, Failure> {
        let raw = self.raw()?;
        let parts = raw.iter().rev();
        Ok(parts.fold(0, |n, byte| n << 7 | usize::from(byte & 0x7f)))
    }
}

fn number(mut n: usize, out: &mut Vec<u8>) {
    while n > 0x7f {
        out.push((n & 0x7f) as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// Splits a module.
///
/// # Errors
/// When it has instructions that the table does not know.
pub fn split(module: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut reader = Reader {
        bytes: module,
        at: 8,
    };
    loop {
        let section = reader.at;
        let id = reader.byte()?;
        let length = reader.number()?;
        if id == CODE {
            return split_code(module, section, reader.at, reader.at + length);
        }
        reader.at += length;
    }
}

fn split_code(module: &[u8], section: usize, start: usize, end: usize) -> Result<Vec<u8>, Failure> {
    let mut reader = Reader {
        bytes: &module[..end],
        at: start,
    };
    let functions = reader.number()?;
    let mut streams = vec![Vec::new(); STREAMS.len()];
    for _ in 0..functions {
        let length = reader.number()?;
        let end = reader.at + length;
        let groups = reader.at;
        for _ in 0..reader.number()? {
            reader.raw()?;
            reader.byte()?;
        }
        streams[OPCODES].extend_from_slice(&module[groups..reader.at]);
        while reader.at < end {
            let op = reader.byte()?;
            streams[OPCODES].push(op);
            operands(op, &mut reader, &mut streams)?;
        }
    }
    let mut out = Vec::new();
    number(section, &mut out);
    for stream in &streams {
        number(stream.len(), &mut out);
    }
    out.extend_from_slice(&module[..section]);
    number(functions, &mut out);
    out.extend_from_slice(&module[end..]);
    for stream in &streams {
        out.extend_from_slice(stream);
    }
    // Each function's length and the section's take five bytes when it is put together again.
    if START + out.len() + module.len() + 5 * (functions + 1) > MEMORY {
        return Err("the module is larger than what puts it together has memory for".into());
    }
    Ok(out)
}

fn operands(op: u8, reader: &mut Reader<'_>, streams: &mut [Vec<u8>]) -> Result<(), Failure> {
    let known = OPERANDS
        .iter()
        .find(|(first, last, _)| (*first..=*last).contains(&op));
    if let Some((_, _, letters)) = known {
        for letter in letters.chars() {
            let stream = STREAMS.find(letter).unwrap_or_default();
            streams[stream].extend_from_slice(reader.raw()?);
        }
        return Ok(());
    }
    match op {
        0x00 | 0x01 | 0x05 | END | 0x0f | 0x1a | 0x1b | 0x45..=0xc4 | 0xd1 => {}
        FLOAT_32 | FLOAT_64 => {
            for _ in 0..if op == FLOAT_32 { 4 } else { 8 } {
                let byte = reader.byte()?;
                streams[OPCODES].push(byte);
            }
        }
        BR_TABLE => {
            let from = reader.at;
            let count = reader.number()?;
            streams[OPCODES].extend_from_slice(&reader.bytes[from..reader.at]);
            for _ in 0..=count {
                streams[DEPTHS].extend_from_slice(reader.raw()?);
            }
        }
        PREFIXED => {
            let from = reader.at;
            let more = match reader.number()? {
                0..=7 => 0,
                9 | 11 | 13 | 15..=17 => 1,
                8 | 10 | 12 | 14 => 2,
                other => return Err(format!("the module has the instruction 0xfc {other}")),
            };
            for _ in 0..more {
                reader.raw()?;
            }
            streams[OPCODES].extend_from_slice(&reader.bytes[from..reader.at]);
        }
        other => return Err(format!("the module has the instruction {other:#04x}")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with one function: `i32.const 5; local.set 1; block; local.get 1; br_if 0; end; local.get 1`.
    const MODULE: [u8; 37] = [
        0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7f, 3, 2, 1, 0, 10, 16, 1, 14, 1,
        2, 0x7f, 0x41, 5, 0x21, 1, 0x02, 0x40, 0x20, 1, 0x0d, 0, 0x0b,
    ];

    #[test]
    fn operands_go_into_streams_of_their_own() {
        let mut module = MODULE.to_vec();
        module.extend([0x20, 1, 0x0b]);
        module[20] = 19;
        module[22] = 17;
        let split = split(&module).unwrap();
        let opcodes = [1, 2, 0x7f, 0x41, 0x21, 0x02, 0x20, 0x0d, 0x0b, 0x20, 0x0b];
        let at = split.windows(opcodes.len()).position(|w| w == opcodes);
        let before = &split[..at.expect("the opcodes are together")];
        assert!(before.ends_with(&[5, 0, 0x40, 1, 1, 1]));
    }

    #[test]
    fn an_instruction_that_nobody_can_put_together_is_refused() {
        let mut module = MODULE.to_vec();
        module[26] = 0xfd;
        assert!(split(&module).is_err());
    }
}
