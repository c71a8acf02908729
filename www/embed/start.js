/*
 * Puts the visitor's program together and starts it. `xtask/src/streams.rs` says how its file is made; it writes the
 * operands of instructions in place of the token. Where a browser cannot, nothing of us shows.
 */
function assemble(file) {
  /* By opcode: the streams of its operands, counted from 1, four bits each. */
  const operands = new Uint8Array(256);
  for (const line of '__OPERANDS__'.split(' ')) {
    const [first, last, letters] = line.split(/[-:]/);
    const [one, other] = [...letters].map(letter => 'jifsrblo'.indexOf(letter) + 1);
    operands.fill(one | other << 4, first, +last + 1);
  }
  let at = 0, to = 0, byte, shift, n;
  const read = () => {
    for (n = shift = 0; ; shift += 7) {
      byte = file[at++];
      n |= (byte & 127) << shift;
      if (byte < 128) return n;
    }
  };
  const whole = new Uint8Array(read()), head = read(), lengths = Array.from({ length: 8 }, read), functions = read();
  whole.set(file.subarray(at, at += head));
  const tail = file.subarray(at, at = file.length - lengths.reduce((sum, length) => sum + length));
  const streams = lengths.map(length => (at += length) - length);
  /* Copies a number of the last stream, that of opcodes, and says what it is. */
  const number = () => {
    for (n = shift = 0; ; shift += 7) {
      byte = whole[to++] = file[streams[7]++];
      n |= (byte & 127) << shift;
      if (byte < 128) return n;
    }
  };
  /* Lengths take five bytes, written when they are known. */
  const measure = from => {
    n = to - from - 5;
    for (shift = 0; shift < 5; shift++, n >>= 7) whole[from + shift] = n & 127 | (shift < 4 ? 128 : 0);
  };
  whole[head] = 10;
  to = head + 6;
  for (n = functions; n > 127; n >>= 7) whole[to++] = n & 127 | 128;
  whole[to++] = n;
  for (let left = functions; left--;) {
    const from = to;
    to += 5;
    for (let groups = number() * 2; groups--;) number();
    for (let depth = 1; depth;) {
      const op = whole[to++] = file[streams[7]++];
      let kinds = operands[op], times = 1;
      if (op < 5) depth += op > 1;
      else if (op === 11) depth--;
      else if (op === 14) {
        times = number() + 1;
        kinds = 5;
      } else if (op === 252) {
        number();
        kinds = n < 8 ? 0 : n < 15 && n % 2 < 1 ? 136 : 8;
      } else if (op === 67 || op === 68) for (n = op * 4 - 264; n--;) whole[to++] = file[streams[7]++];
      for (; kinds; kinds >>= 4) {
        const stream = (kinds & 15) - 1;
        let place = streams[stream];
        for (n = times; n--;) while ((whole[to++] = file[place++]) > 127);
        streams[stream] = place;
      }
    }
    measure(from);
  }
  measure(head + 1);
  whole.set(tail, to);
  return whole;
}

fetch(document.getElementById('usher-program').href).then(answer => answer.arrayBuffer())
  .then(file => WebAssembly.instantiate(assemble(new Uint8Array(file)), __wbg_get_imports()))
  .then(({ instance, module }) => __wbg_finalize_init(instance, module))
  .catch(fail);
