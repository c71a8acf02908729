/* Lighthouse on one page of the demo, with the tag and without it, in turns: `node run.mjs ORIGIN`. Both pages come
   through the same server, which takes the demo's own bar out of both, and the tag out of one. */

import { launch } from 'chrome-launcher';
import lighthouse from 'lighthouse';
import { createServer } from 'node:http';
import { brotliCompressSync } from 'node:zlib';
import { chromium } from '../chromium.mjs';

const ROUNDS = 9;
const PATH = '/home';
const BAR = /<usher-demo-bar>.*?<\/usher-demo-bar><script src="\/bar\.js" defer><\/script>/s;
const TAG = /<script async src="[^"]*\/w\/[^"]*"><\/script>/;
const METRICS = {
  LCP: 'largest-contentful-paint',
  CLS: 'cumulative-layout-shift',
  TBT: 'total-blocking-time',
};

const site = process.argv[2];

/* Answers for the demo's site; its address. The chat stays on another site: this one is named by a number. */
async function serve(edit) {
  const server = createServer(async (request, response) => {
    const answer = await fetch(site + request.url, { redirect: 'manual' });
    const kind = answer.headers.get('content-type') || '';
    let body = Buffer.from(await answer.arrayBuffer());
    if (kind.startsWith('text/html')) body = Buffer.from(edit(body.toString()));
    const headers = { 'content-type': kind, 'cache-control': answer.headers.get('cache-control') || 'no-cache' };
    if (/^text\/|svg/.test(kind)) {
      body = brotliCompressSync(body);
      headers['content-encoding'] = 'br';
    }
    response.writeHead(answer.status, headers).end(body);
  });
  await new Promise(ready => server.listen(0, '127.0.0.1', ready));
  return { server, address: `http://127.0.0.1:${server.address().port}${PATH}` };
}

function without(part) {
  return page => {
    if (!part.test(page)) throw new Error(`the page has no ${part}`);
    return page.replace(part, '');
  };
}

async function measure(program, address) {
  const chrome = await launch({ chromePath: program, chromeFlags: ['--headless=new', '--no-sandbox'] });
  try {
    const { lhr } = await lighthouse(address, { port: chrome.port, onlyCategories: ['performance'], logLevel: 'error' });
    if (lhr.runtimeError) throw new Error(lhr.runtimeError.message);
    const values = Object.entries(METRICS).map(([name, audit]) => [name, lhr.audits[audit].numericValue]);
    /* Lighthouse computes what a phone would take from what it has seen; a paint that is late here draws more into that. */
    const seen = lhr.audits.metrics.details.items[0].observedLargestContentfulPaint;
    const requests = lhr.audits['network-requests'].details.items.length;
    return { performance: lhr.categories.performance.score * 100, ...Object.fromEntries(values), 'LCP here': seen, requests };
  } finally {
    await chrome.kill();
  }
}

function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return { least: sorted[0], median: sorted[sorted.length >> 1], most: sorted.at(-1) };
}

const program = await chromium();
/* The demo may not be ready yet. */
await fetch(site + PATH);
const bar = without(BAR), tag = without(TAG);
const pages = {
  with: await serve(bar),
  without: await serve(page => tag(bar(page))),
};
const seen = { with: [], without: [] };
for (let round = 1; round <= ROUNDS; round++) {
  /* Whoever comes first in a round comes second in the next. */
  for (const which of round % 2 ? ['with', 'without'] : ['without', 'with']) {
    const run = await measure(program, pages[which].address);
    seen[which].push(run);
    const told = Object.entries(run).map(([name, value]) => `${name} ${+value.toFixed(4)}`);
    console.log(`${round} ${which.padEnd(7)} ${told.join(', ')}`);
  }
}
for (const { server } of Object.values(pages)) server.closeAllConnections(), server.close();

const of = (which, name) => spread(seen[which].map(run => run[name]));
console.log(`\nmedians of ${ROUNDS} rounds (least to most):\n`);
console.log('| | with the tag | without |\n| --- | --- | --- |');
for (const [name, digits, unit] of [['performance', 0, ''], ['LCP', 0, ' ms'], ['CLS', 4, ''], ['TBT', 0, ' ms'], ['LCP here', 0, ' ms'], ['requests', 0, '']]) {
  const cells = ['with', 'without'].map(which => {
    const { least, median, most } = of(which, name);
    return `${median.toFixed(digits)}${unit} (${least.toFixed(digits)} to ${most.toFixed(digits)})`;
  });
  console.log(`| ${name} | ${cells.join(' | ')} |`);
}
const apart = name => Math.abs(of('with', name).median - of('without', name).median);
const own = of('without', 'LCP');
/* Without the launcher on the page there would be nothing to measure. */
const verdicts = [
  ['the tag was at work', of('with', 'requests').least > of('without', 'requests').most],
  [`performance at most 1 point apart: ${apart('performance').toFixed(0)}`, apart('performance') <= 1],
  [`LCP apart by no more than it spreads without the tag: ${apart('LCP').toFixed(0)} of ${(own.most - own.least).toFixed(0)} ms`, apart('LCP') <= own.most - own.least],
  [`CLS equal: ${apart('CLS').toFixed(4)} apart`, apart('CLS') < 5e-5],
];
console.log();
for (const [what, holds] of verdicts) console.log(`${holds ? 'ok    ' : 'FAILED'} ${what}`);
process.exitCode = verdicts.every(([, holds]) => holds) ? 0 : 1;
