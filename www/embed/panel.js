/* What an open panel needs, fetched as soon as the launcher has shown: its style, its words, and help for the hands. */

export const style = __STYLE__;
export const words = __WORDS__;

/* `k` is what `hands.js` hands over. */
export function hands(k) {
  function menu(open) {
    const button = k.find('.tool[aria-haspopup]');
    if (!button) return;
    k.show('.menu', open);
    k.set('[data-do=sound]', 'aria-checked', !k.mute());
    button.setAttribute('aria-expanded', open);
    if (open) k.focus('.menu > :not([hidden])');
  }

  /* Moves the keyboard to what waits, else to the transcript. */
  function attend() {
    const within = ['[data-first]', '.entry', 'button:not([disabled])', 'a'].map(one => '.composer ' + one);
    if (!k.focus(within[0]) && !k.focus(within.slice(1) + '')) k.focus('.log');
  }

  /* Helps with what is being typed: how it will be read, and how much room is left. */
  function hint(entry) {
    const { type, value, maxLength } = entry, left = maxLength - value.length;
    entry.style.height = '';
    if (type === 'textarea') entry.style.height = entry.scrollHeight + 'px';
    const say = (plan, ...values) => k.find('.hint')?.replaceChildren(k.grow(plan, values));
    if (left < 200) return k.counted('left', left), say('span=0', ...k.take());
    say('');
    delete entry.dataset.read;
    if (type === 'email' && /@.+\../.test(value)) k.extra('address', value).then(better => {
      if (better && entry.value === value)
        say('button[type=button][data-do=take][data-value=$1]=0', k.say('did-you-mean').replace('%', better), better);
    });
    if (type === 'tel' && /\d{4}/.test(value)) k.extra('phone', value, navigator.language).then(read => {
      if (!read || entry.value !== value) return;
      entry.dataset.read = read;
      say('span=0', k.say('phone-as').replace('%', read));
    });
  }

  /* Spells how long ago each turn was. */
  function age() {
    let spoken;
    document.querySelectorAll('time').forEach(time => {
      const minutes = k.age(+time.dataset.at) / 6e4;
      const [unit, size] = minutes > -60 ? ['minute', 1] : minutes > -1440 ? ['hour', 60] : ['day', 1440];
      if (minutes > -1) return;
      spoken ??= new Intl.RelativeTimeFormat(k.tag(), { numeric: 'auto' });
      time.textContent = spoken.format(Math.ceil(minutes / size), unit);
    });
  }

  return {
    attend,
    age,
    /* When the newest turn was. The browser's first moment in words takes longer than all that an open panel draws. */
    stamp(at) {
      const time = k.find('.log').lastElementChild.appendChild(k.grow('time[aria-hidden=true][data-at=$0]', [at]).firstChild);
      setTimeout(() => { time.title = k.spell(at, 8); }, 200);
      age();
    },
    /* What needs no program; says whether that was all. */
    press(event, element) {
      const shut = k.find('.menu')?.hidden, action = element?.dataset.do;
      menu(false);
      if (action === 'menu') menu(shut);
      else if (action === 'zone') k.extra('zones', element, k.zone(), name => {
        k.choose(name);
        k.tell('words');
      });
      else if (action === 'sound') k.mute(k.mute() ? '' : '1');
      else if (action === 'take') {
        const entry = k.find('.entry');
        entry.value = element.dataset.value;
        entry.dispatchEvent(new Event('input', { bubbles: true }));
        entry.focus();
      } else if (action === 'newest') {
        k.toEnd();
        attend();
      } else return false;
      return true;
    },
    input({ target }) {
      k.unset('[aria-invalid]', 'aria-invalid');
      k.flag('.field', 'wrong', false);
      k.find('p.fault')?.replaceChildren();
      if (!target.classList.contains('entry')) return;
      k.tell('typed', target.value);
      hint(target);
    },
    /* Says whether the key has done what it is for. */
    keydown(event) {
      const { key, target } = event;
      if (key === 'Enter' && target.matches('textarea.entry') && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        target.form.requestSubmit();
      }
      if (key === 'Escape') {
        if (k.find('.menu')?.hidden === false) {
          menu(false);
          k.focus('.tool[aria-haspopup]');
        } else if (k.find('.sheet')) k.tell('do', 'comment-shut');
        else return false;
        return true;
      }
      const forward = k.mirrored() ? -1 : 1;
      const step = { ArrowDown: 1, ArrowUp: -1, ArrowRight: forward, ArrowLeft: -forward }[key];
      const group = step && target.closest?.('[data-group]');
      if (!group) return false;
      const all = [...group.querySelectorAll('button:not([hidden]), a')], at = all.indexOf(target);
      if (at < 0) return false;
      event.preventDefault();
      all[(at + step + all.length) % all.length].focus();
      return true;
    },
    focusout({ target, relatedTarget: next }) {
      if (next && target.closest('.menu') && !next.closest('.menu, .tool')) menu(false);
    },
  };
}
