// The demo bar: who the visitor is, the consent mode, the clock, the mailbox,
// and in words why this dialogue met this visitor. It uses what any page could
// use (links, forms, `usher('why')`) and knows no more than they do.
(() => {
  const icon = (paths) => `<svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">${paths}</svg>`;
  const icons = {
    mark: icon('<path d="M3 5.5A2.5 2.5 0 0 1 5.5 3h9A2.5 2.5 0 0 1 17 5.5v6a2.5 2.5 0 0 1-2.5 2.5H9l-4 3.5V14A2.5 2.5 0 0 1 3 11.5z"/><path d="M7 8.5h6"/>'),
    person: icon('<circle cx="10" cy="7" r="3.25"/><path d="M3.5 17c.8-3.3 3.3-5 6.5-5s5.7 1.7 6.5 5"/>'),
    consent: icon('<path d="M10 2.5l6 2.2v4.6c0 3.8-2.5 6.7-6 8.2-3.5-1.5-6-4.4-6-8.2V4.7z"/><path d="M7.3 10l1.9 1.9 3.5-3.7"/>'),
    clock: icon('<circle cx="10" cy="10" r="7.25"/><path d="M10 5.8V10l2.8 1.8"/>'),
    mail: icon('<rect x="2.5" y="4.5" width="15" height="11" rx="2"/><path d="M3 6l7 5 7-5"/>'),
    tour: icon('<path d="M4 17V4M4 4.5h9.5l-2 3 2 3H4"/>'),
    fold: icon('<path d="M5.5 12.5L10 8l4.5 4.5"/>'),
  };
  const modes = [
    ["full", "Full", "Storage and identity when the page loads."],
    ["essential", "Essential", "Nothing stored or sent until the visitor opens or answers."],
    ["wait", "Wait", "Nothing but the loader until the page passes on a consent."],
  ];
  // Where each use case is met, what to look for there, and as whom (or how many days on).
  const tour = [
    ["For everybody", [
      ["Default catch-all", "/home", "Five ways on. “I would like a demo” asks size, name and address, then offers times.", { as: "new" }],
      ["Level up: by industry", "/home", "The company is in retail, so the first question and the product branch speak of shops.", { as: "robin" }],
    ]],
    ["Events and webinars", [
      ["Event", "/events/talent-day", "The event’s own date and words; the link handed out carries UTM fields.", { as: "new" }],
      ["Webinar", "/resources", "A clone of the event’s dialogue, with other details.", { as: "new" }],
      ["Level up: people we know", "/events/talent-day", "Say yes, and yes to “Is this your email address?”: the mailbox has the confirmation. Say no, and this bar shows that Ada became anonymous.", { as: "ada" }],
    ]],
    ["Audiences and languages", [
      ["Unknown: a demo call", "/pricing", "Stay five seconds. Half get the sums first, half the call.", { as: "new" }],
      ["Customers: content, then a call", "/product", "Something to read first, then their advisers’ times.", { as: "maya" }],
      ["Swedish", "/sv/", "A dialogue and a flow of its own; the chat’s own words follow."],
    ]],
    ["Campaign", [
      ["Landing page", "/landing/talent-index", "Meets those whom an advertisement brought.", { as: "new" }],
      ["By source", "/product?utm_source=linkedin", "The same dialogue elsewhere, by what the address says.", { as: "new" }],
      ["Survey", "/survey", "No chat while one answers. It waits on the thank-you page."],
      ["Thank-you page", "/survey/thank-you?growth=3&clarity=2&moves=4", "Speaks about the result. Seeing it is what the next two remember."],
      ["Return within 45 days", "/product", "44 days later: it asks what has moved since.", { days: 44 }],
      ["After 45 days", "/product", "Two more days, and the thread is over: the catch-all is back.", { days: 2 }],
    ]],
    ["The script tag", [
      ["A page without a dialogue", "/privacy", "Only the loader is fetched: open “Why this dialogue?” there."],
      ["Another host", null, "A magazine that carries the same tag."],
    ]],
  ];
  const states = {
    shown: "On the page",
    continues: "Goes on from before",
    holds: "Has won the page, waits for its event",
    nothing: "Nothing to show",
    test: "A draft, by a testing link",
  };
  // What the loader alone can say: the tab's words, the dot, and a sentence.
  const alone = {
    consent: ["Waits for consent", "waits", "This workspace waits for a yes. Until the page passes one on, only the loader is here: no frame, no cookie, nothing sent."],
    rule: ["Not meant for this page", "nothing", "No dialogue is aimed at this page. The loader sees that by itself, so it is all that was loaded: no frame, no program, no index."],
    none: ["Nothing to show", "nothing", "The chat looked at this page, had nothing to show, and left."],
    loading: ["On its way", "waits", "The chat’s frame is loading."],
    unavailable: ["No answer", "refused", "The chat’s server did not answer within ten seconds. The page is as if the tag were absent."],
    refused: ["Refused by the page", "refused", "This page’s own security policy does not let the chat’s frame in."],
  };
  const allowed = {
    full: "Full: storage and identity from the start",
    essential: "Essential: nothing stored or sent until the visitor opens or answers",
    wait: "Wait: nothing until a yes",
  };
  const strengths = {
    anonymous: ["anonymous", "Nobody it knows"],
    claimed: ["with an address", "Somebody who typed an address, which nothing proves"],
    recognised: ["recognised", "Recognised by a link in a mail"],
    verified: ["verified", "Verified: the site signed who it is"],
  };
  const collapsedKey = "usher-demo-bar";

  const make = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name in node && typeof value !== "string") node[name] = value;
      else node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  };

  class DemoBar extends HTMLElement {
    #open = null;
    #state = null;
    #verdict = undefined;
    #asked = 0;

    connectedCallback() {
      const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
      root.innerHTML = `<style>:host { display: block; block-size: 44px; background: #1c1d26; } :host([collapsed]) { block-size: 0; }</style>
        <link rel="stylesheet" href="/bar.css">
        <div class="row" role="region" aria-label="Usher demo controls" style="visibility:hidden">
          <div class="name">${icons.mark}<span>Usher demo</span></div>
          <button class="tab" data-panel="tour" aria-expanded="false" title="Tour">${icons.tour}<b>Tour</b></button>
          <button class="tab" data-panel="who" aria-expanded="false" title="Visitor">${icons.person}<span class="key">Visitor</span><b></b></button>
          <button class="tab" data-panel="consent" aria-expanded="false" title="Consent">${icons.consent}<span class="key">Consent</span><b></b></button>
          <button class="tab" data-panel="clock" aria-expanded="false" title="Clock">${icons.clock}<span class="key">Clock</span><b></b></button>
          <a class="tab" data-mailbox href="/demo/mailbox" title="Mailbox">${icons.mail}<b>Mailbox</b></a>
          <div class="gap"></div>
          <button class="tab why" data-panel="why" aria-expanded="false" title="Why this dialogue?"><span class="dot"></span><span class="key">Why this dialogue?</span><b></b></button>
          <button class="fold" aria-label="Hide the demo bar">${icons.fold}</button>
          <div class="panel" hidden></div>
        </div>
        <button class="unfold" hidden>${icons.mark}<span>Usher demo</span></button>`;
      root.querySelector("link").addEventListener("load", () => (root.querySelector(".row").style.visibility = ""));
      root.addEventListener("click", (event) => this.#click(event));
      root.addEventListener("keydown", (event) => {
        if (event.key !== "Escape" || !this.#open) return;
        const name = this.#open;
        this.#show(null);
        this.#tab(name).focus();
      });
      document.addEventListener("click", (event) => {
        if (event.target !== this) this.#show(null);
      });
      // Each of these may have changed what is shown, or who the widget takes the visitor for.
      for (const name of ["decided", "open", "close", "engaged", "goal", "complete"]) addEventListener(`usher:${name}`, () => this.#ask());
      if (document.readyState === "complete") setTimeout(() => this.#ask(), 600);
      else addEventListener("load", () => setTimeout(() => this.#ask(), 600));
      this.#fold(this.#remembered());
      this.#load();
    }

    #tab(name) {
      return this.shadowRoot.querySelector(`[data-panel="${name}"]`);
    }

    #remembered() {
      try {
        return localStorage.getItem(collapsedKey) === "folded";
      } catch {
        return false;
      }
    }

    #fold(folded) {
      this.toggleAttribute("collapsed", folded);
      this.shadowRoot.querySelector(".row").hidden = folded;
      this.shadowRoot.querySelector(".unfold").hidden = !folded;
    }

    #click(event) {
      const target = event.target.closest("button, a");
      if (!target) return;
      if (target.matches(".fold, .unfold")) {
        const folded = target.matches(".fold");
        this.#show(null);
        this.#fold(folded);
        try {
          if (folded) localStorage.setItem(collapsedKey, "folded");
          else localStorage.removeItem(collapsedKey);
        } catch {
          // Without storage the bar is open again on the next page.
        }
        this.shadowRoot.querySelector(folded ? ".unfold" : ".fold").focus();
      } else if (target.dataset.panel) {
        this.#show(this.#open === target.dataset.panel ? null : target.dataset.panel);
      } else if ("yes" in target.dataset) {
        this.#tab("why").focus();
        window.usher("consent", "full");
        setTimeout(() => this.#ask(), 300);
      } else if (target.dataset.persona === "new") {
        event.preventDefault();
        this.#forget().then(() => location.assign(target.href));
      }
    }

    // Asks the widget to forget this browser before the server expires its cookies.
    async #forget() {
      if (typeof window.usher !== "function") return;
      const late = new Promise((done) => setTimeout(done, 800));
      try {
        await Promise.race([window.usher("reset"), late]);
      } catch {
        // The server's answer ends the visitor all the same.
      }
    }

    async #load() {
      try {
        const answer = await fetch("/demo/state.json", { headers: { accept: "application/json" } });
        if (!answer.ok) throw new Error(`state.json answered ${answer.status}`);
        this.#state = await answer.json();
      } catch {
        this.#state = null;
      }
      this.#label();
    }

    // Asks until the loader is there, then for the reasons; the latest answer counts.
    async #ask(tries = 6) {
      const asked = ++this.#asked;
      if (typeof window.usher !== "function") {
        if (tries > 0) return setTimeout(() => asked === this.#asked && this.#ask(tries - 1), 700);
        this.#verdict = null;
        return this.#label();
      }
      let verdict = null;
      try {
        verdict = (await window.usher("why")) ?? null;
      } catch {
        verdict = null;
      }
      // Drawn anew only for news: somebody may be reading, or about to press.
      if (asked !== this.#asked || JSON.stringify(verdict) === JSON.stringify(this.#verdict)) return;
      this.#verdict = verdict;
      this.#label();
    }

    #label() {
      const state = this.#state;
      const set = (name, words) => (this.#tab(name).querySelector("b").textContent = words);
      set("who", this.#visitor());
      set("consent", modes.find(([mode]) => mode === state?.consent)?.[1] ?? "Unknown");
      set("clock", state ? this.#date(state.now, { day: "numeric", month: "short", year: "numeric" }) : "Unknown");
      if (state) this.shadowRoot.querySelector("[data-mailbox]").href = state.mailbox;
      const verdict = this.#verdict;
      const [words, dot] = verdict === undefined ? ["…", ""] : this.#short(verdict);
      set("why", words);
      this.#tab("why").querySelector(".dot").className = `dot ${dot}`;
      if (this.#open) this.#draw();
    }

    // Words and dot for a verdict; of the frame when there is one, else of the loader.
    #short(verdict) {
      if (verdict === null) return ["Not on this page", "refused"];
      if (verdict.state) return [verdict.shown ?? states.nothing, verdict.state];
      return this.#alone(verdict);
    }

    #alone({ consent, rule, frame, why }) {
      if (why === "unavailable") return alone.unavailable;
      if (frame === "none" && consent === "wait") return alone.consent;
      if (frame === "none" && !rule) return alone.rule;
      return alone[frame] ?? alone.unavailable;
    }

    // Whom the bar brought, and what has become of that since.
    #visitor() {
      const state = this.#state;
      if (!state) return "Unknown";
      const chosen = state.personas.find(({ id }) => id === state.current);
      const name = chosen?.name ?? state.login ?? "A new browser";
      const brought = chosen?.strength ?? (state.login ? "verified" : "anonymous");
      const strength = this.#verdict?.strength;
      if (!strength || strength === brought) return name;
      const early = strength === "anonymous" && this.#verdict.consent !== "full";
      return early ? `${name}, not recognised yet` : `${name}, now ${strengths[strength]?.[0] ?? strength}`;
    }

    #date(now, format) {
      return new Intl.DateTimeFormat("en-GB", { ...format, timeZone: "Europe/Stockholm" }).format(new Date(now));
    }

    #show(name) {
      this.#open = name;
      for (const tab of this.shadowRoot.querySelectorAll("[data-panel]")) {
        tab.setAttribute("aria-expanded", String(tab.dataset.panel === name));
      }
      const panel = this.shadowRoot.querySelector(".panel");
      panel.hidden = !name;
      if (!name) return;
      this.#draw();
      if (name === "why" || name === "who") this.#ask();
      const tab = this.#tab(name);
      // The chat opens in the right corner, above everything: the reasons stay clear of it.
      panel.style.insetInlineStart = name === "why" ? "auto" : `${tab.offsetLeft}px`;
      panel.style.insetInlineEnd = name === "why" ? "424px" : "auto";
      panel.classList.toggle("wide", name === "why");
      panel.classList.toggle("two", name === "tour");
      panel.scrollTop = 0;
    }

    #draw() {
      const panel = this.shadowRoot.querySelector(".panel");
      panel.replaceChildren(...{ tour: () => this.#tour(), who: () => this.#who(), consent: () => this.#consent(), clock: () => this.#clock(), why: () => this.#why() }[this.#open]());
    }

    #away() {
      return [make("h2", {}, "The demo server does not answer"), make("p", {}, "The page works without it. Reload once it runs again.")];
    }

    #who() {
      if (!this.#state) return this.#away();
      const list = make("ul", { class: "who" });
      for (const { id, name, how, href } of this.#state.personas) {
        const link = make("a", { href, "data-persona": id }, make("span", { class: "pick" }), make("b", {}, name), make("small", {}, how));
        if (id === this.#state.current) link.setAttribute("aria-current", "true");
        list.append(make("li", {}, link));
      }
      const seen = strengths[this.#verdict?.strength]?.[1];
      const parts = [make("h2", {}, "Visit as"), make("p", {}, "Each uses one of the product’s own ways to know somebody."), list];
      if (seen) parts.push(make("p", { class: "now" }, `The widget’s view now: ${seen[0].toLowerCase()}${seen.slice(1)}.`));
      return parts;
    }

    #tour() {
      const hosts = this.#state?.hosts ?? { site: location.origin };
      const stops = make("div", { class: "stops" });
      for (const [title, entries] of tour) {
        const list = make("ul", { class: "who" });
        for (const [name, path, what, { as, days } = {}] of entries) {
          if (path === null && !hosts.partner) continue;
          const words = [make("b", {}, name), make("small", {}, what)];
          const who = this.#state?.personas.find(({ id }) => id === as)?.name.split(",")[0];
          if (who) words[0].append(make("i", {}, who === "A new browser" ? "new visitor" : `as ${who}`));
          if (days) words[0].append(make("i", {}, `${days} days on`));
          let stop = make("a", { href: path === null ? `${hosts.partner}/` : hosts.site + path }, ...words);
          if (as && this.#state) {
            stop.href = `${hosts.site}/demo/as/${as}?to=${encodeURIComponent(path)}`;
            stop.dataset.persona = as;
          }
          if (days) {
            const field = (name, value) => make("input", { type: "hidden", name, value });
            stop = make("form", { method: "post", action: `${hosts.site}/demo/clock` }, field("days", String(days)), field("to", path), make("button", {}, ...words));
          }
          list.append(make("li", {}, stop));
        }
        stops.append(make("section", {}, make("h3", {}, title), list));
      }
      return [make("h2", {}, "Every use case, one click each"), make("p", {}, "A stop sets the visitor it needs. Change visitor, consent or clock beside this, and a page may answer differently."), stops];
    }

    #consent() {
      if (!this.#state) return this.#away();
      const form = make("form", { class: "mode", method: "post", action: "/demo/consent" });
      for (const [mode, name, means] of modes) {
        const choice = make("button", { name: "mode", value: mode }, make("span", { class: "pick" }), make("b", {}, name), make("small", {}, means));
        if (mode === this.#state.consent) choice.setAttribute("aria-current", "true");
        form.append(choice);
      }
      return [make("h2", {}, "Consent mode of the workspace"), make("p", {}, "What may happen before a visitor says yes."), form];
    }

    #clock() {
      if (!this.#state) return this.#away();
      const form = make("form", { class: "jumps", method: "post", action: "/demo/clock" });
      for (const days of [1, 44, 46]) form.append(make("button", { name: "days", value: String(days) }, days === 1 ? "1 day on" : `${days} days on`));
      form.append(make("button", { name: "reset", value: "1", class: "back" }, "Back to today"));
      const now = this.#date(this.#state.now, { weekday: "long", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" });
      return [make("h2", {}, "Demo clock"), make("p", {}, "Server and widget believe this time, as shown in Stockholm."), make("p", { class: "clock" }, now), form];
    }

    // Visitors get the number of a condition only; this site knows its own audiences by heart.
    #words(dialogue, because) {
      const numbered = /condition (\d+)/.exec(because);
      const condition = numbered && this.#state?.audiences?.[dialogue]?.[numbered[1] - 1];
      return condition ? because.replace(numbered[0], `“${condition}”`) : because;
    }

    #why() {
      const verdict = this.#verdict;
      const title = make("h2", {}, "Why this dialogue?");
      if (verdict === undefined) return [title, make("p", {}, "The widget is still deciding.")];
      if (verdict === null) return [make("h2", {}, "The chat is not on this page"), make("p", {}, "Its script did not load, or was refused. The page is as if the tag were absent.")];
      const [words, dot] = this.#short(verdict);
      const whole = Boolean(verdict.state);
      const won = make("div", { class: "verdict" },
        make("span", { class: `dot ${dot}` }),
        make("b", {}, words),
        make("p", {}, whole ? verdict.because : this.#alone(verdict)[2]));
      if (whole && verdict.shown) won.append(make("p", { class: "state" }, states[verdict.state] ?? verdict.state));
      const parts = [title, make("p", {}, verdict.page), won];
      if (!whole && verdict.consent === "wait" && verdict.frame === "none") {
        const yes = make("button", { class: "yes", "data-yes": "" }, "Say yes on this page");
        parts.push(yes);
      }
      const facts = make("dl", { class: "facts" }, make("dt", {}, "Consent"), make("dd", {}, allowed[verdict.consent] ?? verdict.consent));
      const seen = strengths[verdict.strength]?.[1];
      if (seen) facts.append(make("dt", {}, "Visitor"), make("dd", {}, seen));
      parts.push(facts);
      if (verdict.lost?.length) {
        const list = make("ul", { class: "lost" });
        for (const { dialogue, because } of verdict.lost) list.append(make("li", {}, make("b", {}, dialogue), make("span", {}, this.#words(dialogue, because))));
        parts.push(make("h2", {}, "And not"), list);
      }
      return parts;
    }
  }

  if (!customElements.get("usher-demo-bar")) customElements.define("usher-demo-bar", DemoBar);
})();
