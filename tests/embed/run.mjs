/* What the embed bench does not measure, in turns with its peers: from a press on the launcher to a usable panel, resident
   memory, and the longest task where sites share a process: `node run.mjs COPY PAGE`. COPY is a copy of the bench with its
   packages installed and its peers set up; PAGE is a page with the tag, on another site than the chat. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium as program } from '../chromium.mjs';

const ROUNDS = 5;
const [copy, page] = process.argv.slice(2);
const from = name => import(pathToFileURL(resolve(copy, name)));
const { chromium } = createRequire(resolve(copy, 'package.json'))('playwright-core');
const { follow } = await from('cdp.mjs');
const { start } = await from('server.mjs');
const { targets: peers } = await from('targets.mjs');

const { server, origin } = await start();
const wanted = peers.filter(peer => peer.shape === 'launcher' || peer.id === 'blank').map(peer => ({
  id: peer.id, url: `${origin}/t/${peer.id}/`, launcher: peer.launcher.split(',')[0].trim(),
  /* Of the others no first message comes without their own servers. */
  ready: ['typebot', 'react-chatbotify'].includes(peer.id) && "document.body && deep(document).includes('how can we help')",
}));
wanted.push({ id: 'usher', url: page, launcher: 'iframe >>> .launcher',
  ready: "(panel => panel && getComputedStyle(panel).visibility === 'visible' && /how can we help/i.test(panel.innerText) && panel.querySelector('.composer button'))(document.querySelector('.panel:not([hidden])'))" });

/* In every document: when it was pressed, and when what is waited for was painted. */
const probe = ready => `(() => {
  const deep = root => [...root.querySelectorAll('*')].reduce((text, one) => one.shadowRoot ? text + deep(one.shadowRoot) : text, root.body ? root.body.innerText : root.textContent).toLowerCase();
  window.__long = [];
  try { new PerformanceObserver(all => all.getEntries().forEach(one => __long.push(one.duration))).observe({ type: 'longtask', buffered: true }); } catch {}
  addEventListener('pointerdown', event => {
    window.__pressed = performance.timeOrigin + event.timeStamp;
    requestAnimationFrame(look);
  }, true);
  const look = () => {
    if (${ready || 'false'}) {
      const after = new MessageChannel();
      after.port1.onmessage = () => { window.__ready = performance.timeOrigin + performance.now(); };
      after.port2.postMessage(0);
    } else requestAnimationFrame(look);
  };
})()`;

const args = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
const executablePath = await program();
const open = more => chromium.launch({ executablePath, args: [...args, ...more] });
const pause = ms => new Promise(done => setTimeout(done, ms));
const median = all => [...all].sort((a, b) => a - b)[all.length >> 1];

async function visit(browser, target, rate) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const tab = await context.newPage();
  await tab.addInitScript(probe(target.ready));
  await follow(await context.newCDPSession(tab), one => one.send('Emulation.setCPUThrottlingRate', { rate }).catch(() => {}));
  await tab.goto(target.url, { waitUntil: 'load' });
  return { context, tab };
}

/* Where the launcher is. */
function launcher(tab, target) {
  const parts = target.launcher.split('>>>').map(part => part.trim());
  return parts[0] === 'iframe' ? tab.frameLocator('iframe').locator(parts[1]).first() : tab.locator(parts.join(' ')).first();
}

/* Kibibytes of all renderers: resident, and with what they share divided among them. */
async function memory(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const sum = [0, 0];
  for (const { id } of processInfo.filter(one => one.type === 'renderer')) {
    const rolled = readFileSync(`/proc/${id}/smaps_rollup`, 'utf8');
    ['Rss', 'Pss'].forEach((name, n) => { sum[n] += +new RegExp(`^${name}: +(\\d+)`, 'm').exec(rolled)[1]; });
  }
  return sum;
}

const rows = Object.fromEntries(wanted.map(({ id }) => [id, { opened: [], rss: [], pss: [], longest: [] }]));
for (let round = 0; round < ROUNDS; round++) {
  for (const target of wanted) {
    const row = rows[target.id];
    /* A browser of its own, so that no renderer is another page's. */
    const browser = await open([]);
    const { tab } = await visit(browser, target, 1);
    if (target.id !== 'blank') await launcher(tab, target).waitFor({ timeout: 2e4 });
    await pause(1500);
    const [rss, pss] = await memory(browser);
    row.rss.push(rss / 1024);
    row.pss.push(pss / 1024);
    await browser.close();
    if (target.ready) {
      const browser = await open([]);
      const { tab } = await visit(browser, target, 4);
      const button = launcher(tab, target);
      await button.waitFor({ timeout: 2e4 });
      await pause(1500);
      const box = await button.boundingBox();
      await tab.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
      let took;
      for (let n = 0; n < 100 && took === undefined; n++) {
        await pause(100);
        for (const frame of tab.frames()) {
          const [pressed, ready] = await frame.evaluate('[window.__pressed, window.__ready]').catch(() => []);
          if (pressed && ready) took = ready - pressed;
        }
      }
      if (took !== undefined) row.opened.push(took);
      await browser.close();
    }
    const shared = await open(['--disable-site-isolation-trials', '--disable-features=IsolateOrigins,site-per-process']);
    const { tab: together } = await visit(shared, target, 4);
    if (target.id !== 'blank') await launcher(together, target).waitFor({ timeout: 2e4 });
    await pause(2000);
    const long = await Promise.all(together.frames().map(frame => frame.evaluate('window.__long').catch(() => [])));
    row.longest.push(Math.max(0, ...long.flat()));
    await shared.close();
    console.error(`${round + 1} ${target.id}`, Object.values(row).map(all => all.at(-1)?.toFixed(0) ?? '-').join(' '));
  }
}
server.close();

console.log('| | press to panel at 4x, ms | resident memory of renderers, MiB | the same, shared parts divided | longest task at 4x, sites together, ms |\n| --- | --- | --- | --- | --- |');
for (const [id, row] of Object.entries(rows)) {
  const cell = all => (all.length ? `${median(all).toFixed(0)} (${Math.min(...all).toFixed(0)} to ${Math.max(...all).toFixed(0)})` : '-');
  console.log(`| ${id} | ${[row.opened, row.rss, row.pss, row.longest].map(cell).join(' | ')} |`);
}
