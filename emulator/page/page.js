/** The table with the phones: asks what there is, listens for changes, and redraws only what changed. */
import { api, Refusal } from './page/api.js';
import { element } from './page/dom.js';
import { emptyTable } from './page/empty-table.js';
import { PhoneView } from './page/phone-view.js';
import { plainText } from './page/rich-text.js';
import { chooseLanguage, chosenLanguage, LANGUAGES } from './page/texts.js';
import { buildTopbar } from './page/tools.js';

/** a campaign writes to thousands; the table holds this many phones, the busiest first */
const PHONES_SHOWN = 24;
const MESSAGES_SHOWN = 120;
const POLL_MS = 3_000;

const table = document.getElementById('table');
const topbarNode = document.getElementById('topbar');
const picker = document.getElementById('picker');
const announcer = document.getElementById('announcer');

const page = {
  language: chosenLanguage(),
  texts: LANGUAGES.en,
  numbers: [],
  clock: { offset_ms: 0, aheadMs: 0 },
  /** the browser's clock may differ from the machine's: what counts is what the platform said */
  now: () => Date.now() + page.clock.aheadMs,
  offsetMs: () => page.clock.offset_ms,
  businessOf: number => (page.numbers.find(one => one.id === number) ?? page.numbers[0])?.name ?? 'Tidings',
  attempt,
  setLanguage,
};

let topbar;
let chosen;
const views = new Map();
let phonesTotal = 0;

/** true when it worked; otherwise the sentence of the refusal stands in the bar */
async function attempt(promise) {
  try {
    await promise;
    topbar.showProblem(undefined);
    return true;
  } catch (failure) {
    topbar.showProblem(failure instanceof Refusal ? failure.message : page.texts.reconnecting);
    return false;
  }
}

function setLanguage(language) {
  chooseLanguage(language);
  page.language = language;
  build();
  refreshAll();
}

function build() {
  page.texts = LANGUAGES[page.language];
  document.documentElement.lang = page.language;
  document.title = `Tidings – ${page.texts.title}`;
  topbar = buildTopbar(page);
  topbarNode.replaceChildren(...topbar.nodes);
  picker.setAttribute('aria-label', page.texts.title);
  views.clear();
  table.replaceChildren();
}

async function refreshAll() {
  const [phones, clock, faults, numbers] = await Promise.all([
    api.phones(PHONES_SHOWN),
    api.clock(),
    api.faults(),
    api.numbers(),
  ]);
  page.numbers = numbers.data;
  takeClock(clock);
  topbar.showTrouble(Object.keys(faults).length > 0);
  await takePhones(
    phones,
    phones.data.map(data => data.phone),
  );
}

function takeClock(clock) {
  page.clock = { offset_ms: clock.offset_ms, aheadMs: Date.parse(clock.now) - Date.now() };
  tick();
}

function tick() {
  topbar.tick();
  for (const view of views.values()) view.tick();
}

/** new phones come first: whoever has just sent a message looks there */
async function takePhones({ data, total }, changed) {
  phonesTotal = total;
  const wanted = new Set(data.map(one => one.phone));
  for (const phone of views.keys()) if (!wanted.has(phone)) views.delete(phone);
  const fresh = data.filter(one => !views.has(one.phone));
  for (const one of data) views.get(one.phone)?.update(one);
  for (const one of fresh.toReversed()) {
    const view = new PhoneView(one, page);
    const rest = [...views];
    views.clear();
    for (const [phone, other] of [[one.phone, view], ...rest]) views.set(phone, other);
  }
  arrange();
  const toLoad = new Set([...changed, ...fresh.map(one => one.phone)].filter(phone => views.has(phone)));
  await Promise.all([...toLoad].map(loadMessages));
}

async function loadMessages(phone) {
  const messages = await api.messages(phone, MESSAGES_SHOWN);
  const view = views.get(phone);
  if (!view) return;
  const heard = view.show(messages).filter(message => message.direction === 'out');
  const latest = heard.at(-1);
  if (latest) announcer.textContent = page.texts.newMessage(view.data.name, plainText(latest.runs));
}

function arrange() {
  const nodes = [...views.values()].map(view => view.node);
  const rest = phonesTotal - nodes.length;
  if (nodes.length === 0) nodes.push(emptyTable(page));
  else if (rest > 0) nodes.push(element('p', { class: 'others' }, page.texts.otherPhones(rest)));
  // moving a node would take the focus out of it: only place what is out of place
  for (const [index, node] of nodes.entries()) {
    if (table.children[index] !== node) table.insertBefore(node, table.children[index] ?? null);
  }
  while (table.children.length > nodes.length) table.lastElementChild.remove();
  arrangePicker();
}

/** on a real phone there is room for one at a time */
function arrangePicker() {
  picker.hidden = views.size < 2;
  if (!views.has(chosen)) chosen = views.keys().next().value;
  picker.replaceChildren(
    ...[...views.values()].map(view =>
      element(
        'button',
        {
          type: 'button',
          class: 'pick',
          'aria-pressed': String(view.phone === chosen),
          onclick: () => choose(view.phone),
        },
        element('span', {}, view.data.name.split(' ')[0]),
        view.data.unread > 0 && element('span', { class: 'pick-unread' }, String(view.data.unread)),
      ),
    ),
  );
  for (const view of views.values()) view.node.classList.toggle('phone-chosen', view.phone === chosen);
}

function choose(phone) {
  chosen = phone;
  arrangePicker();
  views.get(phone)?.scrollToEnd();
  picker.querySelector('[aria-pressed="true"]')?.focus();
}

let changedPhones = new Set();
let everything = false;
let refreshing = false;

/** changes that come while one refresh is under way are gathered into the next */
async function refreshChanged() {
  if (refreshing) return;
  refreshing = true;
  while (changedPhones.size > 0 || everything) {
    const phones = changedPhones;
    const all = everything;
    changedPhones = new Set();
    everything = false;
    try {
      if (all) await refreshAll();
      else await takePhones(await api.phones(PHONES_SHOWN), phones);
      topbar.showProblem(undefined);
    } catch {
      topbar.showProblem(page.texts.reconnecting);
      break;
    }
  }
  refreshing = false;
}

function listen() {
  const events = new EventSource('/_sandbox/events');
  let polling;
  events.addEventListener('message', event => {
    const change = JSON.parse(event.data);
    if (change.phone) changedPhones.add(change.phone);
    else everything = true;
    refreshChanged();
  });
  events.addEventListener('open', () => {
    clearInterval(polling);
    polling = undefined;
    everything = true;
    refreshChanged();
  });
  // a proxy that holds events back must not make the phones look dead
  events.addEventListener('error', () => {
    polling ??= setInterval(() => {
      everything = true;
      refreshChanged();
    }, POLL_MS);
  });
}

build();
listen();
setInterval(tick, 5_000);
