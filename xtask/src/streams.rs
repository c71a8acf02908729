//! The visitor's program in an order that compresses better: what kinds of instructions follow each other, and what
//! they are about, repeat in different ways, so each kind of operand goes into a stream of its own. A tenth of the
//! bytes is gone for it; a small program (`www/embed/join.wat`) puts them together again before the browser compiles
//! them, in a tenth of the time that a script takes which has only just begun.
//!
//! Besides, the locals of a function are named by how many others were used since, the most frequent ones and the
//! most frequent constants in one byte together with their instruction; and what loads and stores say about alignment is
//! left out where it is what everybody expects.
//!
//! The file: that small program; numbers in LEB128, namely the length of what stands before the code section and of
//! each stream in the order of `STREAMS`; what stands before the code section, the number of functions, what stands
//! after the section, and the streams. A function's length is left out: its last `end` says where it ends.

use crate::Failure;
use std::collections::BTreeMap;

/// Streams by their letters: 64-bit and 32-bit constants, offsets of loads, offsets of stores, branch depths, block
/// types, locals, and opcodes with rare operands. This order compresses best.
const STREAMS: &str = "briofjls";
/// Operands by opcode: one LEB128 number each, from the stream of that letter. Opcodes that are not listed have none.
/// The few that have something else stand in `start.js` and in `operands`.
const OPERANDS: &[(u8, u8, &str)] = &[
    (0x02, 0x04, "b"),
    (0x0c, 0x0d, "r"),
    (0x10, 0x10, "o"),
    (0x11, 0x11, "oo"),
    (0x23, 0x26, "o"),
    (0x28, 0x35, "f"),
    (0x36, 0x3e, "s"),
    (0x3f, 0x40, "o"),
    (0x42, 0x42, "j"),
    (0xd0, 0xd0, "o"),
    (0xd2, 0xd2, "o"),
];

/// The alignments that loads and stores are expected to have, from `i32.load` on.
const ALIGNMENTS: &[u8; 23] =
    b"\x02\x03\x02\x03\x00\x00\x01\x01\x00\x00\x01\x01\x02\x02\x02\x03\x02\x03\x00\x01\x00\x01\x02";
/// Before a load or store with another alignment; no instruction.
const ALIGNED_OTHERWISE: u8 = 0x27;
/// `local.get` of the four locals used last, `local.set` and `local.tee` of the two used last; no instructions.
const FREQUENT_LOCALS: u8 = 0xc5;
/// `i32.const` of the most frequent constants, the first of `CONSTANTS`; no instructions.
const FREQUENT_CONSTANTS: u8 = 0xd3;
/// How many there are.
const CONSTANTS: usize = 40;
/// The most locals of a function that there is memory for.
const MOST_LOCALS: usize = 768;

const I32_LOAD: u8 = 0x28;
const I64_STORE32: u8 = 0x3e;
const LOCAL_GET: u8 = 0x20;
const LOCAL_TEE: u8 = 0x22;
const I32_CONST: u8 = 0x41;
const CODE: u8 = 10;
const END: u8 = 0x0b;
const BR_TABLE: u8 = 0x0e;
const FLOAT_32: u8 = 0x43;
const FLOAT_64: u8 = 0x44;
const PREFIXED: u8 = 0xfc;

/// Where the file begins in the memory of the small program.
pub const START: usize = 4096;
/// All the memory it has.
const MEMORY: usize = 16 << 16;

/// The small program, by its source, and what it puts together.
///
/// # Errors
/// When one of them is none, or the module has instructions that the table does not know.
pub fn pack(source: &str, module: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Failure> {
    let mut counts = BTreeMap::new();
    split(module, &mut |constant| {
        *counts.entry(constant.to_vec()).or_insert(0) += 1;
        None
    })?;
    let mut constants: Vec<(Vec<u8>, usize)> = counts.into_iter().collect();
    constants.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    constants.truncate(CONSTANTS);
    let streams = split(module, &mut |constant| {
        constants.iter().position(|(known, _)| known == constant)
    })?;
    let constants: Vec<&[u8]> = constants
        .iter()
        .map(|(known, _)| known.as_slice())
        .collect();
    Ok((joiner(source, &constants)?, streams))
}

fn joiner(source: &str, constants: &[&[u8]]) -> Result<Vec<u8>, Failure> {
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
    // Five bytes each.
    let padded: String = constants
        .iter()
        .flat_map(|constant| constant.iter().chain([&0; 5]).take(5))
        .map(|n| format!("\\{n:02x}"))
        .collect();
    let alignments: String = ALIGNMENTS.map(|n| format!("\\{n:02x}")).concat();
    let source = source
        .replacen("__OPERANDS__", &table, 1)
        .replacen("__ALIGNMENTS__", &alignments, 1)
        .replacen("__CONSTANTS__", &padded, 1);
    // Places in memory, four bytes each, and counted from 1 as in the table.
    let (opcodes, depths) = (stream('o'), stream('r') + 1);
    let source = [
        ("__OPCODES__", 4 * opcodes),
        ("__LOCALS__", 4 * stream('l')),
        ("__NUMBERS__", 4 * stream('i')),
        ("__DEPTHS__", depths),
        ("__ONE_MORE__", opcodes + 1),
        ("__TWO_MORE__", 17 * (opcodes + 1)),
    ]
    .iter()
    .fold(source, |source, (token, n)| {
        source.replace(token, &n.to_string())
    });
    let module = wat::parse_str(source).map_err(|fault| fault.to_string())?;
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

/// The place of a stream.
fn stream(letter: char) -> usize {
    STREAMS.find(letter).unwrap_or_default()
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

/// The place of a constant among the most frequent ones.
type Frequent<'a> = &'a mut dyn FnMut(&[u8]) -> Option<usize>;

fn split(module: &[u8], frequent: Frequent<'_>) -> Result<Vec<u8>, Failure> {
    let mut reader = Reader {
        bytes: module,
        at: 8,
    };
    loop {
        let section = reader.at;
        let id = reader.byte()?;
        let length = reader.number()?;
        if id == CODE {
            return split_code(module, section, reader.at, reader.at + length, frequent);
        }
        reader.at += length;
    }
}

fn split_code(
    module: &[u8],
    section: usize,
    start: usize,
    end: usize,
    frequent: Frequent<'_>,
) -> Result<Vec<u8>, Failure> {
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
        streams[stream('o')].extend_from_slice(&module[groups..reader.at]);
        let mut locals: Vec<usize> = (0..MOST_LOCALS).collect();
        while reader.at < end {
            let op = reader.byte()?;
            match op {
                LOCAL_GET..=LOCAL_TEE => local(op, &mut reader, &mut locals, &mut streams)?,
                I32_LOAD..=I64_STORE32 => {
                    let alignment = reader.byte()?;
                    if alignment != ALIGNMENTS[usize::from(op - I32_LOAD)] {
                        streams[stream('o')].extend([ALIGNED_OTHERWISE, alignment]);
                    }
                    streams[stream('o')].push(op);
                    operands(op, &mut reader, &mut streams)?;
                }
                I32_CONST => {
                    let constant = reader.raw()?;
                    match frequent(constant) {
                        Some(n) => streams[stream('o')].push(FREQUENT_CONSTANTS + n as u8),
                        None => {
                            streams[stream('o')].push(op);
                            streams[stream('i')].extend_from_slice(constant);
                        }
                    }
                }
                _ => {
                    streams[stream('o')].push(op);
                    operands(op, &mut reader, &mut streams)?;
                }
            }
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

/// An instruction about a local. `locals` are those of its function, the one used last before all others.
fn local(
    op: u8,
    reader: &mut Reader<'_>,
    locals: &mut [usize],
    streams: &mut [Vec<u8>],
) -> Result<(), Failure> {
    let local = reader.number()?;
    let rank = locals
        .iter()
        .position(|other| *other == local)
        .ok_or("a function has more locals than there is memory for")?;
    locals[..=rank].rotate_right(1);
    let (first, frequent) = [(0, 4), (4, 2), (6, 2)][usize::from(op - LOCAL_GET)];
    if rank < frequent {
        streams[stream('o')].push(FREQUENT_LOCALS + first + rank as u8);
    } else {
        streams[stream('o')].push(op);
        number(rank, &mut streams[stream('l')]);
    }
    Ok(())
}

fn operands(op: u8, reader: &mut Reader<'_>, streams: &mut [Vec<u8>]) -> Result<(), Failure> {
    let known = OPERANDS
        .iter()
        .find(|(first, last, _)| (*first..=*last).contains(&op));
    if let Some((_, _, letters)) = known {
        for letter in letters.chars() {
            streams[stream(letter)].extend_from_slice(reader.raw()?);
        }
        return Ok(());
    }
    match op {
        0x00 | 0x01 | 0x05 | END | 0x0f | 0x1a | 0x1b | 0x45..=0xc4 | 0xd1 => {}
        FLOAT_32 | FLOAT_64 => {
            for _ in 0..if op == FLOAT_32 { 4 } else { 8 } {
                let byte = reader.byte()?;
                streams[stream('o')].push(byte);
            }
        }
        BR_TABLE => {
            let from = reader.at;
            let count = reader.number()?;
            streams[stream('o')].extend_from_slice(&reader.bytes[from..reader.at]);
            for _ in 0..=count {
                streams[stream('r')].extend_from_slice(reader.raw()?);
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
            streams[stream('o')].extend_from_slice(&reader.bytes[from..reader.at]);
        }
        other => return Err(format!("the module has the instruction {other:#04x}")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmi::{Engine, Instance, Linker, Memory, Module, Store, Val};

    const JOIN: &str = include_str!("../../www/embed/join.wat");

    fn instance(module: &[u8]) -> (Store<()>, Instance) {
        let engine = Engine::default();
        let module = Module::new(&engine, module).expect("a module");
        let mut store = Store::new(&engine, ());
        let instance = Linker::new(&engine)
            .instantiate_and_start(&mut store, &module)
            .expect("it starts");
        (store, instance)
    }

    /// What the small program makes of a split module.
    fn joined(joiner: &[u8], split: &[u8]) -> Vec<u8> {
        let (mut store, instance) = instance(joiner);
        let memory: Memory = instance.get_memory(&store, "m").expect("its memory");
        memory.write(&mut store, START, split).expect("it fits");
        let join = instance
            .get_typed_func::<i32, i32>(&store, "j")
            .expect("its function");
        let end = join.call(&mut store, split.len() as i32).expect("it ends");
        memory.data(&store)[START + split.len()..end as usize].to_vec()
    }

    fn calls(module: &[u8]) -> Vec<Val> {
        let (mut store, instance) = instance(module);
        let mut found = vec![Val::I64(0)];
        let all = instance.get_func(&store, "all").expect("the function");
        for argument in -1..5 {
            let before = found.len();
            found.push(Val::I64(0));
            all.call(&mut store, &[Val::I32(argument)], &mut found[before..])
                .expect("it returns");
        }
        found
    }

    /// Every kind of operand, and more locals than one byte counts.
    fn example() -> Vec<u8> {
        let locals = " i32".repeat(200);
        wat::parse_str(format!(
            r#"(module (memory 1) (table 2 funcref) (elem (i32.const 0) $one $two) (data (i32.const 8) "usher")
              (type $plain (func (result i32)))
              (global $kept (mut i64) (i64.const -7000000000))
              (func $one (result i32) (i32.const 15))
              (func $two (result i32) (i32.const -1))
              (func $empty)
              (func $sum (export "all") (param $n i32) (result i64) (local{locals}) (local $f f32) (local $g f64)
                (local.set 5 (i32.const 16)) (local.set 150 (i32.const 70000)) (local.set 199 (local.tee 3 (local.get 150)))
                (local.set $f (f32.const 2.5)) (local.set $g (f64.const -1e300))
                (call $empty)
                (memory.copy (i32.const 100) (i32.const 8) (i32.const 5)) (memory.fill (i32.const 105) (i32.const 7) (i32.const 3))
                (block $a (block $b (block $c (br_table $a $b $c $a (local.get $n))) (local.set 5 (i32.const 300))) (local.set 5 (i32.const 8)))
                (i32.store offset=3 align=1 (i32.const 200) (local.get 199)) (i64.store offset=300 (i32.const 0) (global.get $kept))
                (loop $again (local.set 7 (i32.add (local.get 7) (i32.const 1))) (br_if $again (i32.lt_s (local.get 7) (local.get 5))))
                (if (local.get $n) (then (global.set $kept (i64.add (global.get $kept) (i64.const 1)))) (else (nop)))
                (drop (memory.size))
                (i64.add (i64.load offset=101 align=2 (i32.const 0))
                  (i64.add (i64.extend_i32_s (i32.add (local.get 7) (call_indirect (type $plain) (i32.and (local.get $n) (i32.const 1)))))
                    (i64.add (i64.trunc_sat_f32_s (local.get $f)) (i64.trunc_sat_f64_s (local.get $g)))))))"#
        ))
        .expect("the example compiles")
    }

    #[test]
    fn what_was_split_is_put_together_again() {
        let module = example();
        let (joiner, streams) = pack(JOIN, &module).unwrap();
        let together = joined(&joiner, &streams);
        assert_eq!(
            format!("{:?}", calls(&together)),
            format!("{:?}", calls(&module))
        );
        assert_eq!(pack(JOIN, &together).unwrap(), (joiner, streams));
    }

    #[test]
    fn an_instruction_that_nobody_can_put_together_is_refused() {
        let mut module = example();
        let nop = module.windows(2).rposition(|two| two == [0x01, 0x0b]);
        module[nop.expect("there is one")] = 0xfd;
        assert!(pack(JOIN, &module).is_err());
    }
}
