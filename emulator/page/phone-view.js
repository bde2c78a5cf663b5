/** One phone on the table. Made once and then updated in place, so that nobody's half-written answer is lost. */
import { api } from './api.js';
import { bubble, format, formatDay, formatTime } from './bubble.js';
import { element } from './dom.js';
import { buildPhone, initialsOf } from './phone-parts.js';

export class PhoneView {
  #page;
  #entries = new Map();
  #data;
  #messages = [];
  #parts;

  /** `page`: {texts, language, now(), businessOf(number), attempt(promise)} */
  constructor(data, page) {
    this.#page = page;
    this.#data = data;
    this.#parts = buildPhone(data, page.texts, {
      read: () => this.#read(),
      write: event => this.#write(event),
      switchOn: () => this.#act('switch-on'),
    });
    this.node = this.#parts.root;
    this.update(data);
  }

  get phone() {
    return this.#data.phone;
  }

  get data() {
    return this.#data;
  }

  update(data) {
    const { texts } = this.#page;
    const { state } = data;
    this.#data = data;
    const parts = this.#parts;
    parts.name.textContent = data.name;
    parts.number.textContent = data.username ? `${data.phone} · @${data.username}` : data.phone;
    parts.initials.textContent = initialsOf(data.name);
    parts.root.dataset.off = String(!state.switched_on);
    parts.unread.hidden = data.unread === 0;
    parts.unreadCount.textContent = data.unread;
    parts.read.setAttribute('aria-label', `${texts.unread(data.unread)}: ${texts.markRead}`);
    parts.read.title = `${texts.unread(data.unread)}: ${texts.markRead}`;
    parts.read.disabled = !state.switched_on;
    parts.chips.replaceChildren(
      ...[!state.switched_on && texts.off, state.blocked && texts.blocked, state.marketing_stopped && texts.stopped]
        .filter(Boolean)
        .map(text => element('span', { class: 'chip' }, text)),
    );
    const business = this.#page.businessOf(data.last?.number);
    parts.business.textContent = business;
    parts.businessInitials.textContent = initialsOf(business);
    parts.chat.setAttribute('aria-label', texts.chatWith(data.name, business));
    parts.chat.inert = !state.switched_on;
    parts.banner.replaceChildren(...this.#banner(state));
    parts.menu.replaceChildren(...this.#menuItems(state));
    parts.input.disabled = !state.switched_on || state.blocked;
    parts.send.disabled = parts.input.disabled;
    parts.off.hidden = state.switched_on;
    this.tick();
  }

  /** the platform's clock in the corner of the screen */
  tick() {
    this.#parts.clock.textContent = formatTime(new Date(this.#page.now()), this.#page.language);
  }

  /** keyed by id: what has not changed stays as it is, focus and selection included */
  show(messages) {
    const known = new Set(this.#messages.map(message => message.id));
    const fresh = messages.filter(message => !known.has(message.id));
    const first = this.#messages.length === 0;
    this.#messages = messages;
    const { list, chat } = this.#parts;
    const atEnd = chat.scrollHeight - chat.scrollTop - chat.clientHeight < 80;
    list.replaceChildren(...this.#entriesFor(messages));
    this.#parts.empty.hidden = messages.length > 0;
    if (first || (fresh.length > 0 && atEnd)) this.scrollToEnd();
    return first ? [] : fresh;
  }

  scrollToEnd() {
    this.#parts.chat.scrollTop = this.#parts.chat.scrollHeight;
  }

  #entriesFor(messages) {
    const { texts, language } = this.#page;
    const now = new Date(this.#page.now());
    const switchedOn = this.#data.state.switched_on;
    const context = { texts, language, switchedOn, onTap: button => this.#tap(button) };
    const entries = new Map();
    const nodes = [];
    let day = '';
    for (const message of messages) {
      const date = new Date(message.at);
      const messageDay = formatDay(date, now, this.#page);
      if (messageDay !== day) {
        day = messageDay;
        nodes.push(element('li', { class: 'day' }, element('span', {}, day)));
      }
      const version = `${message.status} ${switchedOn} ${language}`;
      const known = this.#entries.get(message.id);
      const entry = known?.version === version ? known : { version, node: bubble(message, context) };
      if (!known) entry.node.classList.add('entry-fresh');
      entries.set(message.id, entry);
      nodes.push(entry.node);
    }
    this.#entries = entries;
    return nodes;
  }

  #menuItems(state) {
    const { texts } = this.#page;
    const item = (text, action) =>
      element('button', { type: 'button', class: 'menu-item', onclick: () => this.#act(action) }, text);
    return [
      item(texts.markRead, 'read'),
      state.switched_on ? item(texts.switchOff, 'switch-off') : item(texts.switchOn, 'switch-on'),
      state.blocked ? item(texts.unblock, 'unblock') : item(texts.block, 'block'),
      state.marketing_stopped
        ? item(texts.resumeMarketing, 'resume-marketing')
        : item(texts.stopMarketing, 'stop-marketing'),
      this.#data.username ? item(texts.showNumber, 'show-number') : item(texts.hideNumber, 'hide-number'),
    ];
  }

  #banner(state) {
    const { texts } = this.#page;
    const line = (text, label, action) => [
      element('span', {}, text),
      element('button', { type: 'button', class: 'banner-button', onclick: () => this.#act(action) }, label),
    ];
    if (state.blocked) return line(texts.isBlocked, texts.unblockShort, 'unblock');
    if (state.marketing_stopped) return line(texts.isStopped, texts.resume, 'resume-marketing');
    return [];
  }

  #act(action) {
    return this.#page.attempt(api.act(this.phone, action));
  }

  #read() {
    if (this.#data.unread > 0 && this.#data.state.switched_on) this.#act('read');
  }

  async #tap(button) {
    await this.#page.attempt(api.write(this.phone, { button }));
    this.#read();
  }

  async #write(event) {
    event.preventDefault();
    const text = this.#parts.input.value.trim();
    if (text === '') return;
    this.#read();
    if (await this.#page.attempt(api.write(this.phone, { text }))) this.#parts.input.value = '';
    this.#parts.input.focus();
  }
}

export function platformTime(now, language) {
  return format(new Date(now), language, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
}
