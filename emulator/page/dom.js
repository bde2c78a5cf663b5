/**
 * Elements without a framework: `element('button', {class: 'x', onclick}, 'text', child)`.
 * Text only ever becomes text nodes: nothing here can turn a message into markup.
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name === 'value') node.value = value;
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...children.flat(2).filter(child => child !== undefined && child !== null && child !== false));
  return node;
}

const SVG = 'http://www.w3.org/2000/svg';

const PATHS = {
  send: 'M3 11.5 21 3l-6.2 18-3.6-7.4z',
  more: 'M12 5.6v.01M12 12v.01M12 18.4v.01',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6z',
  file: 'M6.5 3h7l4.5 4.5V21h-11.5zM13.5 3v4.5H18',
  image: 'M4 5h16v14H4zM4 16l4.5-4.5 4 4 2.5-2.5 5 5M15.5 9.5v.01',
  play: 'M8 5.5v13l10.5-6.5z',
  reply: 'M10 6 4 12l6 6M4.5 12H15a5 5 0 0 1 5 5v1.5',
  link: 'M13 5h6v6M19 5l-8.5 8.5M16.5 13.5V19H5V7.5h5.5',
  call: 'M6.5 3.5 9.5 8l-2 2.2a13 13 0 0 0 6.3 6.3l2.2-2 4.5 3c0 2-1.5 3.5-3.5 3.5C10 20.5 3.5 14 3 7c0-2 1.5-3.5 3.5-3.5z',
  copy: 'M8.5 8.5h11v11h-11zM15.5 8.5v-4h-11v11h4',
  list: 'M9 7h11M9 12h11M9 17h11M4.5 7v.01M4.5 12v.01M4.5 17v.01',
  clock: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 7.5V12l3 2',
  warning: 'M12 4 2.5 20h19zM12 10v4.5M12 17.4v.01',
  plus: 'M12 5v14M5 12h14',
  close: 'M6 6l12 12M18 6 6 18',
  power: 'M12 3.5v8M7 6.5a7.5 7.5 0 1 0 10 0',
  check: 'M4.5 12.5 9.5 17.5 19.5 6.5',
  checks: 'M1.5 13 6 17.5 15 7M10.5 16l1.5 1.5L22 7',
  contact: 'M12 12.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c.8-3.4 3.8-5 7.5-5s6.7 1.6 7.5 5',
  pin: 'M12 21s-6.5-6-6.5-11a6.5 6.5 0 0 1 13 0c0 5-6.5 11-6.5 11zM12 8v4',
};

/** decorative: whatever it stands for is also said in words beside it or in a label */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', `icon icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}
