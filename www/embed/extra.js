/*
 * What few visitors need, and the program's hands fetch when it is asked for. Decides nothing.
 */

/* What was decided and why, in words. Held are: shown, state, the code of the state, strength; then for every
   dialogue that lost its name, a code, a number and the winner's name. */
export async function why(path, learn, held) {
  const [shown, state, because, strength, ...rest] = held;
  const file = await fetch(path).then(answer => answer.text()).catch(() => '');
  const known = learn(file), lost = [];
  const sentence = (code, number, name) => (known[code] || code).replace('%', number).replace('$', name);
  for (let n = 0; n < rest.length; n += 4) {
    const [dialogue, code, number, winner] = rest.slice(n, n + 4);
    lost.push({ dialogue, code, because: sentence(code, number, winner) });
  }
  return { shown, state, because: sentence(because), strength, lost };
}

/* The contrast of two colours, 1 to 21, as WCAG defines it. */
function contrast(one, other) {
  const [dark, light] = [one, other].map(rgb => [16, 8, 0].reduce((sum, shift, n) => {
    const part = (rgb >> shift & 255) / 255;
    return sum + [.2126, .7152, .0722][n] * (part > .04045 ? ((part + .055) / 1.055) ** 2.4 : part / 12.92);
  }, .05)).sort((a, b) => a - b);
  return light / dark;
}
const BLACK = 0x16181d, WHITE = 0xffffff;
const yes = text => text === 'true' ? true : text === 'false' ? false : undefined;
const upTo = most => text => /^\d{1,3}$/.test(text) && +text <= most ? +text : undefined;
const READ = {
  side: upTo(999), bottom: upTo(999), radius: upTo(28), compact: yes,
  mode: text => ({ auto: 0, light: 1, dark: 2 })[text],
  label: text => text.slice(0, 80),
  font: text => /^[\w\s,'"-]{1,200}$/.test(text) ? text : undefined,
};

/* What a page wants otherwise, as the look's own values. A colour that cannot be told from the paper stays out. */
export function looks(theme, changes) {
  const found = {};
  for (const [name, text] of Object.entries(changes)) {
    const value = Object.hasOwn(READ, name) ? READ[name](text) : undefined;
    if (value !== undefined) found[name] = value;
    if (name === 'at_start') found.atStart = text === 'true';
  }
  const accent = /^#[\da-f]{6}$/i.test(changes.accent) ? parseInt(changes.accent.slice(1), 16) : undefined;
  if (accent !== undefined) for (const dark of ['', 'Dark']) {
    const paper = theme['paper' + dark], near = contrast(accent, paper);
    if (near < 3) continue;
    found['accent' + dark] = accent;
    found['onAccent' + dark] = contrast(accent, WHITE) >= contrast(accent, BLACK) ? WHITE : BLACK;
    found['accentInk' + dark] = near >= 4.5 ? accent : theme['ink' + dark];
  }
  return found;
}

/* A better spelling of an address whose domain is nearly one that many have; nothing when there is none. */
const DOMAINS = ('gmail.com googlemail.com hotmail.com outlook.com live.com msn.com yahoo.com icloud.com me.com aol.com proton.me ' +
  'protonmail.com gmx.de gmx.net web.de t-online.de orange.fr free.fr wanadoo.fr laposte.net libero.it virgilio.it ziggo.nl kpnmail.nl ' +
  'telia.com comhem.se hotmail.co.uk yahoo.co.uk btinternet.com yahoo.co.jp naver.com daum.net qq.com 163.com uol.com.br bol.com.br').split(' ');
export function address(typed) {
  const [, name, domain] = /^(.+)@([^@]+)$/.exec(typed.trim().toLowerCase()) || [];
  if (!domain || DOMAINS.includes(domain)) return '';
  const near = DOMAINS.filter(known => known.indexOf('.') > 4 && distance(domain, known) === 1);
  return near.length ? typed.trim().slice(0, name.length) + '@' + near[0] : '';
}
/* How many letters differ, were left out, added or changed places: 0, 1, or more. */
function distance(one, other) {
  let at = 0, end = 0;
  while (at < one.length && one[at] === other[at]) at++;
  while (end < Math.min(one.length, other.length) - at && one.at(-1 - end) === other.at(-1 - end)) end++;
  const [here, there] = [one, other].map(text => text.slice(at, text.length - end));
  const swapped = here.length === 2 && here[1] + here[0] === there;
  return swapped ? 1 : Math.max(here.length, there.length);
}

/* Country calling codes by region; behind a colon what is dialled before a number at home, where it is not 0. */
const CODES = 'AD376: AE971 AF93 AG1:1 AL355 AM374 AO244: AR54 AT43 AU61 AZ994 BA387 BB1:1 BD880 BE32 BF226: BG359 BH973: BI257: BJ229: ' +
  'BN673: BO591 BR55 BS1:1 BT975: BW267: BY375:8 BZ501: CA1:1 CD243 CF236: CG242: CH41 CI225: CL56: CM237: CN86 CO57 CR506: CU53 CV238: ' +
  'CY357: CZ420: DE49 DJ253: DK45: DO1:1 DZ213 EC593 EE372: EG20 ER291 ES34: ET251 FI358 FJ679: FR33 GA241: GB44 GE995 GH233 GM220: GN224: ' +
  'GQ240: GR30: GT502: GY592: HK852: HN504: HR385 HT509: HU36:06 ID62 IE353 IL972 IN91 IQ964 IR98 IS354: IT39: JM1:1 JO962 JP81 KE254 KG996 ' +
  'KH855 KR82 KW965: KZ7:8 LA856 LB961 LI423: LK94 LR231 LS266: LT370:0 LU352: LV371: LY218 MA212 MC377: MD373 ME382 MG261 MK389 ML223: ' +
  'MM95 MN976 MO853: MR222: MT356: MU230: MV960: MW265 MX52: MY60 MZ258: NA264 NE227: NG234 NI505: NL31 NO47: NP977 NZ64 OM968: PA507: ' +
  'PE51 PG675: PH63 PK92 PL48: PR1:1 PS970 PT351: PY595 QA974: RO40 RS381 RU7:8 RW250 SA966 SC248: SD249 SE46 SG65: SI386 SK421 SL232 ' +
  'SM378: SN221: SO252 SR597 SV503: SY963 SZ268: TD235: TG228: TH66 TJ992 TL670: TM993:8 TN216: TR90 TT1:1 TW886 TZ255 UA380 UG256 US1:1 ' +
  'UY598 UZ998 VA39: VE58 VN84 YE967 ZA27 ZM260 ZW263';
/* A number as the whole world dials it, by the country of the visitor's language; nothing when it says so itself. */
export function phone(typed, language) {
  const digits = typed.replace(/[^\d+]/g, '').replace(/^00/, '+');
  if (digits[0] === '+') return '';
  const region = new Intl.Locale(language).maximize().region;
  const [, code, colon, trunk] = new RegExp(region + '(\\d+)(:?)(\\d*)').exec(CODES) || [];
  const home = colon ? trunk : '0';
  if (!code) return '';
  return '+' + code + (home && digits.startsWith(home) ? digits.slice(home.length) : digits);
}

/* A list of time zones in place of a button; `take` hears which was chosen. */
export function zones(button, now, take) {
  const select = document.createElement('select');
  for (const name of Intl.supportedValuesOf('timeZone'))
    select.append(new Option(name.replaceAll('_', ' '), name, false, name === now));
  select.setAttribute('aria-label', button.textContent);
  select.onchange = () => take(select.value);
  button.replaceWith(select);
  select.focus();
}

/* What is drawn with the hands `k` is dressed when it first comes. */
let dressed = false;
function dress(k) {
  if (!dressed) k.wearSheet(__STYLE__);
  dressed = true;
}
/* Lies over the transcript, one at a time, and takes the keyboard. */
function sheet(k, plan, entries = []) {
  dress(k);
  k.find('.sheet')?.remove();
  k.find('.panel')?.append(k.grow(plan));
  for (const [action, name, n, current, language] of entries) {
    const plan = 'button.chat[data-do=$0][data-n=$2][aria-current=$3][lang=$4][dir=auto]=1';
    k.find('.chats').append(k.grow(plan, [action, name, n, current, language]));
  }
  k.find('.chats')?.append(k.grow('button.quiet[data-do=comment-shut]~cancel'));
  k.focus('.sheet :is(.chat, textarea)');
}
const list = key => `div.sheet chats[role=group][data-group][aria-label=~${key}](p.month~${key})`;

/* Languages to go on in, each as it calls itself. */
export function languages(k, spoken, ...tags) {
  sheet(k, list('language'), tags.map((tag, n) =>
    ['speak', new Intl.DisplayNames(tag, { type: 'language' }).of(tag), n, tag === spoken, tag]));
}

/* The open conversations: of each its name and whether it is on screen. */
export function chats(k, ...open) {
  sheet(k, list('chats'), open.flatMap((name, n) => n % 2 ? [] : [['change-to', name, n / 2, open[n + 1], '']]));
}

/* What a testing link shows above the transcript, and the box for a comment about the card on screen. */
export function ribbon(k, name) {
  dress(k);
  k.find('.banner')?.before(k.grow('div.ribbon(b(span~test=0,span=1),button[data-do=comment]~comment,button[data-do=leave]~leave)', [': ', name]));
}
export function comment(k) {
  sheet(k, 'form.sheet[data-do=comment-send](label[for=comment]~comment-hint,textarea[id=comment][maxlength=2000][required],' +
    'div.row(button.quiet[data-do=comment-shut]~cancel,button.action[type=submit]~send))');
}

/* A short tone: 1 low, 2 two clear ones. */
export function chime(kind) {
  const audio = new AudioContext(), volume = audio.createGain(), now = audio.currentTime;
  volume.connect(audio.destination);
  volume.gain.setValueAtTime(.05, now);
  volume.gain.exponentialRampToValueAtTime(1e-4, now + .5);
  (kind > 1 ? [660, 880] : [440]).forEach((pitch, n) => {
    const tone = audio.createOscillator();
    tone.frequency.value = pitch;
    tone.connect(volume);
    tone.start(now + n * .12);
    tone.stop(now + .5);
    tone.onended = () => audio.close();
  });
}

/* A meeting for a calendar, as an address that holds the file itself. */
export function invite(meeting, agent, manage, start, minutes) {
  const at = ms => new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '');
  const safe = value => value.replace(/[\\;,]/g, '\\$&').replace(/[\x00-\x1f\x7f]/g, ' ');
  return 'data:text/calendar;charset=utf-8,' + encodeURIComponent([
    'BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Usher//Widget//EN', 'BEGIN:VEVENT', 'UID:' + safe(meeting),
    'DTSTAMP:' + at(start), 'DTSTART:' + at(start), 'DTEND:' + at(start + minutes * 6e4),
    'SUMMARY:' + safe(agent), 'URL:' + safe(manage), 'END:VEVENT', 'END:VCALENDAR', '',
  ].join('\r\n'));
}
