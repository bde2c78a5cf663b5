/** The bar above the phones: the platform's clock, another phone, trouble, templates, the language. */
import { api } from './api.js';
import { faultsDialog, templatesDialog } from './dialogs.js';
import { element, icon } from './dom.js';
import { platformTime } from './phone-view.js';
import { LANGUAGES } from './texts.js';

const TURNS = [
  ['hour', { advance: 'PT1H' }],
  ['day', { advance: 'P1D' }],
  ['threeDays', { advance: 'P3D' }],
  ['realTime', { real: true }],
];

/** `page`: {texts, language, now(), offsetMs(), attempt(promise), setLanguage(tag)} */
export function buildTopbar(page) {
  const { texts } = page;
  const time = element('strong', { class: 'clock-time' });
  const turned = element('span', { class: 'chip clock-turned', hidden: true }, texts.turned);
  const problem = element('p', { class: 'problem', role: 'alert', hidden: true });
  const trouble = element(
    'button',
    { type: 'button', class: 'button' },
    icon('warning'),
    element('span', {}, texts.faults),
  );
  const templates = element(
    'button',
    { type: 'button', class: 'button' },
    icon('file'),
    element('span', {}, texts.templates),
  );
  trouble.addEventListener('click', () => faultsDialog(page));
  templates.addEventListener('click', () => templatesDialog(page));

  const tools = element(
    'div',
    { class: 'tools', id: 'tools' },
    clockBar(page, time, turned),
    addPhoneForm(page),
    trouble,
    templates,
    languageSwitch(page),
  );
  const toggle = element(
    'button',
    { type: 'button', class: 'button tools-toggle', 'aria-expanded': 'false', 'aria-controls': 'tools' },
    texts.tools,
  );
  toggle.addEventListener('click', () => {
    const open = tools.classList.toggle('tools-open');
    toggle.setAttribute('aria-expanded', String(open));
  });
  const brand = element(
    'div',
    { class: 'brand' },
    element('img', { class: 'brand-mark', src: '/_sandbox/page/icon.svg', alt: '', width: 34, height: 34 }),
    element(
      'div',
      {},
      element('h1', {}, `Tidings · ${texts.title}`),
      element('p', { class: 'tagline' }, texts.tagline),
    ),
  );
  return {
    nodes: [brand, toggle, tools, problem],
    tick() {
      time.textContent = platformTime(page.now(), page.language);
      turned.hidden = Math.abs(page.offsetMs()) < 1_000;
    },
    showTrouble(active) {
      trouble.classList.toggle('button-alarm', active);
      trouble.lastChild.textContent = active ? texts.faultsOn : texts.faults;
    },
    showProblem(text) {
      problem.textContent = text ?? '';
      problem.hidden = !text;
    },
  };
}

function clockBar(page, time, turned) {
  const { texts } = page;
  return element(
    'div',
    { class: 'clock', role: 'group', 'aria-label': texts.platformTime },
    icon('clock'),
    element(
      'div',
      { class: 'clock-face' },
      element('span', { class: 'clock-label' }, texts.platformTime),
      element('span', {}, time, ' ', turned),
    ),
    element(
      'div',
      { class: 'clock-buttons' },
      TURNS.map(([text, turn]) =>
        element(
          'button',
          { type: 'button', class: 'button', onclick: () => page.attempt(api.turnClock(turn)) },
          texts[text],
        ),
      ),
    ),
  );
}

function addPhoneForm(page) {
  const { texts } = page;
  const input = element('input', {
    type: 'tel',
    class: 'add-input',
    placeholder: '+40 712 345 678',
    'aria-label': texts.phoneNumber,
    required: true,
    autocomplete: 'off',
  });
  async function add(event) {
    event.preventDefault();
    if (await page.attempt(api.addPhone(input.value))) input.value = '';
  }
  return element(
    'form',
    { class: 'add', 'aria-label': texts.addPhone, onsubmit: add },
    input,
    element(
      'button',
      { class: 'button', type: 'submit', title: texts.addPhone },
      icon('plus'),
      element('span', {}, texts.add),
    ),
  );
}

function languageSwitch(page) {
  const options = Object.keys(LANGUAGES).map(tag =>
    element(
      'button',
      {
        type: 'button',
        class: 'language',
        lang: tag,
        'aria-pressed': String(tag === page.language),
        onclick: () => page.setLanguage(tag),
      },
      tag.toUpperCase(),
    ),
  );
  return element('div', { class: 'languages', role: 'group', 'aria-label': page.texts.language }, options);
}
