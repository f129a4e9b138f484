// A page's side of its stream: see docs/guide/htmx.md.
(() => {
  'use strict';
  const VERSION = 1; // of the wire
  const SILENCE = 45000; // ms, three beats
  const said = {};
  const warn = text => { said[text] = said[text] || !console.warn('htmxrt: ' + text); };
  if (window.htmxrt) return warn('loaded twice: keep one');
  window.htmxrt = VERSION;

  const CONNECT = '[sse-connect],[data-sse-connect],[hx-sse\\:connect]';
  const REGION = '[sse-swap],[data-sse-swap]';
  const root = document.documentElement;
  const on = (name, f, capture) => document.addEventListener(name, f, capture);
  const all = (selector, el = document) => [...el.querySelectorAll(selector)];
  const value = (el, name) => el.getAttribute(name) ?? el.getAttribute('data-' + name) ?? el.getAttribute('hx-' + name.replace('-', ':'));
  const names = el => (value(el, 'sse-swap') ?? 'message').split(',').map(name => name.trim());
  const absolute = url => new URL(url, document.baseURI);
  const parse = text => { try { return JSON.parse(text) ?? {}; } catch { return {}; } };
  const spread = ms => Math.min(60000, ms) * (0.8 + Math.random() * 0.4);

  const lines = new WeakMap();
  let major; // what differs: {deliver, morph}
  let tab; // id
  let healed = -10000;
  let healing; // while it is morphed

  function setState(state, reason) {
    if (root.dataset.rtState === state) return;
    root.dataset.rtState = state;
    root.dispatchEvent(new CustomEvent('htmxrt:state', { bubbles: true, detail: { state, reason } }));
  }

  // A Line is an element's stream over all connections; to htmx 2 an EventSource.
  class Line extends EventTarget {
    constructor(el, url) {
      super();
      this.el = el;
      this.url = this.attribute = url;
      this.max = ''; // cursor of the page
      this.id = '';
      this.fails = 0; // tries without an event
      this.bad = 0;
      this.base = spread(1500); // ms before the first
    }

    async dial() {
      this.hang();
      if (this.dead || !this.el?.isConnected) return;
      const { signal } = this.call = new AbortController();
      this.watch(SILENCE);
      const url = absolute(this.url), headers = { Accept: 'text/event-stream' };
      if (this.ticket) url.searchParams.set('ticket', this.ticket);
      if (this.max) url.searchParams.set('after', this.max);
      if (this.id && !this.version) headers['Last-Event-ID'] = this.id; // another server's
      try {
        const answer = await fetch(url, { headers, signal, cache: 'no-store', credentials: 'include' });
        if (!answer.headers.get('Content-Type').includes('event-stream')) throw 0;
        this.watch(this.patience);
        this.onopen?.();
        await this.read(answer.body.getReader(), signal);
      } catch { /* lost */ }
      if (!signal.aborted) this.lost();
    }

    lost() {
      this.hang();
      setState(navigator.onLine ? 'reconnecting' : 'offline', 'lost');
      this.timer = setTimeout(() => this.dial(), spread(this.base * 2 ** this.fails));
      this.fails += navigator.onLine;
      this.onerror?.(new Event('error'));
    }

    // watch for silence.
    watch(ms) {
      clearTimeout(this.watcher);
      if (ms) this.watcher = setTimeout(() => this.lost(), ms);
    }

    async read(reader, signal) {
      const decoder = new TextDecoder();
      let text = '', type = '', data = [];
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        this.watch(this.patience);
        const rows = (text + decoder.decode(value, { stream: true })).split(/\r\n|\n|\r(?!$)/);
        text = rows.pop();
        for (const row of rows) {
          const [, field, rest] = row.match(/^([^:]*):? ?(.*)/s);
          if (field === 'data') data.push(rest);
          if (field === 'event') type = rest;
          if (field === 'id') this.id = rest;
          if (field === 'retry') this.base = +rest || this.base;
          if (row) continue;
          const event = [type || 'message', data.join('\n'), this.id];
          if (data.length && !this.receive(...event)) await major.deliver(this, ...event);
          if (!this.el.isConnected) this.hang();
          if (signal.aborted) return;
          type = '', data = [];
        }
      }
    }

    hang() {
      this.watch();
      clearTimeout(this.timer);
      this.call?.abort();
    }

    close() {
      this.dead = true;
      this.readyState = 2;
      this.hang();
    }

    stop(reason) {
      this.over = true;
      this.close();
      setState('closed', reason);
    }

    // receive reports what to drop.
    receive(event, data, id) {
      const bare = id === this.prev;
      const verb = event.startsWith('htmxrt-') && event.slice(7);
      const told = verb && parse(data);
      this.prev = id;
      this.fails = 0;
      if (verb === 'open') {
        this.muted = false;
        this.version = told.version;
        this.ticket = told.ticket;
        tab = told.tab;
        this.patience = told.beat && Math.max(SILENCE, 3 * told.beat);
        if (this.max.slice(0, 14) !== id.slice(0, 14)) this.max = id; // another log
      }
      if (verb === 'bye') setState('reconnecting', told.reason);
      else setState('live');
      if (verb === 'close') this.stop(told.reason);
      if (verb === 'reset') this.heal(this.max = id);
      if (!this.version) return false;
      if (this.version !== VERSION) outdated(this.version);
      if (/^(open|reset|close|bye)$/.test(verb)) return false;
      const seen = this.muted || (bare ? id < this.max : id <= this.max);
      if (!seen) this.max = id;
      if (verb === 'beat') return false;
      if (verb === 'refresh' && !seen) this.heal();
      if (verb === 'trigger' && !seen) document.body.dispatchEvent(new CustomEvent(told.event, { detail: told.detail, bubbles: true }));
      return seen;
    }

    // heal: not at once, not often.
    heal() {
      if (this.healer || !this.el.matches('[data-rt-stream]')) return;
      const least = healed + Math.min(60000, 10000 * 2 ** this.bad) - Date.now();
      this.healer = setTimeout(() => this.refetch(), Math.max(least, Math.random() * 1500));
    }

    // refetch shows what the server shows now.
    async refetch() {
      healed = Date.now();
      this.muted = true;
      const page = await fetch(location.href, { cache: 'no-store', signal: AbortSignal.timeout(SILENCE) }).catch(() => 0);
      const html = page && await page.text().catch(() => 0);
      this.healer = 0;
      if (this.over || !this.el.isConnected) return;
      if (!html || page.status === 429 || page.status >= 500) {
        this.heal();
        this.bad++;
        return this.dial();
      }
      const doc = new DOMParser().parseFromString(html, 'text/html');
      const fresh = doc.querySelector('[data-rt-stream]');
      if (!fresh || !page.ok || absolute(page.url).pathname !== location.pathname) return this.stop('page');
      healing = true;
      major.morph(this.el, fresh.childNodes, true);
      healing = false;
      htmx.process(this.el);
      document.title = doc.title;
      this.url = value(fresh, 'sse-connect');
      if (!this.url) return this.stop('topics');
      this.ticket = this.bad = 0;
      this.max = absolute(this.url).searchParams.get('after') ?? '';
      this.dial();
    }
  }

  function open(el, url) {
    let line = lines.get(el);
    if (line?.attribute !== url) {
      line?.close();
      line = new Line(el, url);
      if (el) lines.set(el, line);
    } else if (line.over || !line.dead) return line;
    line.dead = false;
    line.dial();
    return line;
  }

  function typed(el) {
    if (el.elements) return; // a form
    if (el.options) return [...el.options].some((o, i) => o.selected !== o.defaultSelected && (i || el.multiple));
    return el.isContentEditable || el.checked !== el.defaultChecked || el.defaultValue !== undefined && el.value !== el.defaultValue;
  }

  // outdated reloads a page of another release, once.
  function outdated(version) {
    warn(`script of wire version ${VERSION}, server of ${version}: reload the page`);
    try {
      if (sessionStorage.htmxrt == version || all('input,textarea,select').some(typed)) return;
      sessionStorage.htmxrt = version;
      location.reload();
    } catch { /* no storage */ }
  }

  // once moves inserted nodes into the place of what has their id.
  function once(nodes) {
    const fresh = new Set(nodes);
    for (const node of nodes) {
      fresh.delete(node);
      const old = node.id && node.isConnected &&
        all('#' + CSS.escape(node.id)).find(el => el !== node && !fresh.has(el));
      if (!old) continue;
      node.remove();
      node.classList.remove('htmx-added');
      major.morph(old, [node]);
      htmx.process(document.getElementById(node.id));
    }
  }

  function start2() {
    let processing;
    on('htmx:afterProcessNode', e => { processing = e.target; }, true);
    htmx.createEventSource = url => { // off the page: never dials
      const here = processing?.isConnected && value(processing, 'sse-connect') === url;
      return open(here && processing, url);
    };
    const callbacks = { beforeNodeMorphed: el => !typed(el) };
    major = {
      deliver: async (line, type, data, lastEventId) => { // to what is new, too
        for (let i = 9; i-- && all('.htmx-added').some(el => /sse[-:]/.test(el.outerHTML));) await new Promise(f => setTimeout(f, 20));
        line.dispatchEvent(new MessageEvent(type, { data, lastEventId }));
      },
      morph: (el, nodes, inside) =>
        Idiomorph.morph(el, [...nodes], { morphStyle: inside ? 'innerHTML' : 'outerHTML', callbacks }),
    };
    on('htmx:sseBeforeMessage', e => { // who listens twice
      const had = e.detail.had = e.detail.had || new Set();
      if (had.has(e.target)) e.preventDefault();
      had.add(e.target);
    });
    on('htmx:configRequest', ({ detail }) => sign(detail.path, detail.headers));
  }

  function start4() {
    let api;
    if (htmx.registerExtension('htmxrt', {
      init: a => { api = a; },
      htmx_before_cleanup: el => { lines.get(el)?.close(); },
      htmx_before_morph_node: el => !healing || !typed(el),
    }) === false) return warn('name htmxrt in htmx.config.extensions');
    on('htmx:before:request', e => { // of hx-sse
      const { sourceElement: el, request } = e.detail.ctx, url = value(el, 'sse-connect');
      if (!url || absolute(url).pathname !== absolute(request.action).pathname) return;
      e.preventDefault();
      open(el, url);
    });
    major = {
      morph: (el, nodes, inside) => {
        const fragment = new DocumentFragment();
        fragment.append(...nodes);
        api.morph(el, fragment, inside);
      },
      // deliver does what hx-sse and htmx 2's extension do.
      deliver: async (line, type, data, lastEventId) => {
        const stream = line.el, message = { type, data, lastEventId };
        const inside = selector => all(selector, stream).filter(el => el.parentElement.closest(CONNECT) === stream);
        if ('on' + type in root) warn(`topic ${type} fires that DOM event: rename it`);
        if (type !== 'message') htmx.trigger(stream, type, { data, id: lastEventId });
        if (type === value(stream, 'sse-close')) line.stop(type);
        for (const el of inside('[hx-trigger*="sse:"],[data-hx-trigger*="sse:"]')) htmx.trigger(el, 'sse:' + type, message);
        for (const el of [stream, ...inside(REGION)]) {
          if (!el.isConnected || !names(el).includes(type) || !htmx.trigger(el, 'htmx:sseBeforeMessage', message)) continue;
          // One by one: the first may bring the next one's target.
          for (const text of line.version && type === 'message' && data.match(/<hx-partial [^]*?<\/hx-partial>/g) || [data]) {
            const ctx = api.createRequestContext(el, {});
            ctx.text = text;
            await htmx.swap(ctx).catch(console.error);
          }
          htmx.trigger(el, 'htmx:sseMessage', message);
        }
      },
    };
    on('htmx:before:settle', ({ detail: { task, newContent } }) => {
      if (/^(before|after)/.test(task.swapSpec.style)) queueMicrotask(() => once(newContent));
    });
    on('htmx:config:request', ({ detail: { ctx } }) => sign(ctx.request.action, ctx.request.headers));
  }

  function sign(path, headers) {
    const id = tab || parse(document.querySelector('[data-rt-stream]')?.getAttribute('hx-headers'))['Htmxrt-Tab'];
    if (id && absolute(path).origin === location.origin) headers['Htmxrt-Tab'] = id;
  }

  function check() {
    for (const el of all(REGION)) {
      const stream = el.closest(CONNECT + ',[data-rt-stream]');
      if (stream !== el) for (const name of names(el)) {
        if (!stream) warn(`sse-swap="${name}" is outside: put it into components.Stream`);
        else if (name === 'message') warn('sse-swap="message" is no topic: name one');
        else if (!/^(htmx)?rt-/.test(name) && parse(stream.dataset.rtTopics).some?.(topic => (name + ':').startsWith(topic + ':')) === false) {
          warn(`sse-swap="${name}" is not followed: put it into components.Stream`);
        }
      }
    }
  }

  function start() {
    if (!window.htmx) return warn('htmx is not loaded: put it before this');
    const begin = { 2: start2, 4: start4 }[parseInt(htmx.version)];
    if (!begin) return warn(`htmx ${htmx.version} is not known: use 2 or 4`);
    if (document.readyState === 'complete') warn('loaded late: put it behind htmx');
    begin();
    on('scroll', ({ target: el }) => { el.rtAway = el.scrollHeight - el.scrollTop - el.clientHeight > 8; }, true);
    const turn = e => { // a page in the back-forward cache
      if (e.persisted) for (const el of all(CONNECT)) lines.get(el)?.[e.type === 'pagehide' ? 'hang' : 'dial']();
    };
    addEventListener('pagehide', turn);
    addEventListener('pageshow', turn);
    let checking;
    new MutationObserver(list => {
      once(list.flatMap(m => [...m.addedNodes]).filter(node => node.classList?.contains('htmx-added')));
      for (const el of all('[data-rt-stick]')) if (!el.rtAway) el.scrollTo({ top: el.scrollHeight, behavior: 'instant' });
      clearTimeout(checking);
      checking = setTimeout(check, 200);
    }).observe(root, { subtree: true, childList: true, characterData: true });
  }
  if (window.htmx || document.readyState === 'complete') start();
  else on('DOMContentLoaded', start);
})();
