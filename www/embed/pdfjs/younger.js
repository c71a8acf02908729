/* What pdf.js takes for granted and browsers of the last two years may lack. Stands before it, on the page and in its worker. */
(() => {
  const lend = (owner, name, value) => {
    if (owner && !(name in owner)) Object.defineProperty(owner, name, { value, writable: true, configurable: true });
  };
  for (const kind of [Map, WeakMap]) {
    lend(kind.prototype, 'getOrInsert', function (key, value) {
      if (!this.has(key)) this.set(key, value);
      return this.get(key);
    });
    lend(kind.prototype, 'getOrInsertComputed', function (key, make) {
      if (!this.has(key)) this.set(key, make(key));
      return this.get(key);
    });
  }
  lend(Promise, 'try', (run, ...given) => new Promise(done => done(run(...given))));
  /* Near enough for lengths on a page. */
  lend(Math, 'sumPrecise', all => {
    let sum = 0;
    for (const one of all) sum += one;
    return sum;
  });
  lend(URL, 'parse', (address, base) => {
    try { return new URL(address, base); } catch { return null; }
  });
  lend(Response.prototype, 'bytes', async function () { return new Uint8Array(await this.arrayBuffer()); });
  lend(Uint8Array.prototype, 'toHex', function () { return Array.from(this, byte => byte.toString(16).padStart(2, '0')).join(''); });
  lend(Uint8Array.prototype, 'toBase64', function () { return btoa(Array.from(this, byte => String.fromCharCode(byte)).join('')); });
  lend(Uint8Array, 'fromBase64', text => Uint8Array.from(atob(text), character => character.charCodeAt(0)));
})();
