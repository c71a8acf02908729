/*
 * Has the visitor's program put together (`join.wat`, which comes first in its file) and starts it. Where a browser
 * cannot, nothing of us shows.
 */
ask(settings.program).then(([, { buffer: file }]) => {
  const { m, j } = new WebAssembly.Instance(new WebAssembly.Module(file.slice(0, __JOINER__))).exports;
  const streams = new Uint8Array(file, __JOINER__), place = __START__ + streams.length, memory = new Uint8Array(m.buffer);
  memory.set(streams, __START__);
  return WebAssembly.instantiate(memory.subarray(place, j(streams.length)), __wbg_get_imports());
}).then(({ instance, module }) => __wbg_finalize_init(instance, module))
  .catch(fail);
