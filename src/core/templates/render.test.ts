import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { TemplateText } from './parts.ts';
import { render } from './render.ts';

const text = (body: string, more: Partial<TemplateText> = {}): TemplateText => ({
  header: null,
  body,
  footer: null,
  ...more,
});
const given = (values: Record<string, string>) => new Map(Object.entries(values));

test('a fallback stands where a value is missing, empty or only looks empty', () => {
  const template = text('Hi {first_name|friend}, order {order_id} is here.');
  for (const first_name of [undefined, '', '  ', '\u200b', '\u2060\u00ad', '\u3164', '\u2800']) {
    const values = given({ order_id: 'A-1', ...(first_name === undefined ? {} : { first_name }) });
    const { rendered, body, missing } = render(template, values);
    assert.equal(rendered.body, 'Hi friend, order A-1 is here.');
    assert.deepEqual(body[0], { name: 'first_name', value: 'friend' });
    assert.deepEqual(missing, []);
  }
  assert.equal(render(template, given({ first_name: 'Ana', order_id: '1' })).rendered.body, 'Hi Ana, order 1 is here.');
  assert.deepEqual(render(template, given({})).missing, ['order_id']);
});

test('a fallback said once serves every place of its variable, in header and buttons too', () => {
  const template = text('Dear {name|guest}, welcome.', {
    header: 'For {name}',
    buttons: [{ type: 'url', text: 'Open', url: 'https://t.example/{name}' }],
  });
  const { rendered, missing } = render(template, given({}));
  assert.deepEqual(missing, []);
  assert.equal(rendered.header, 'For guest');
  assert.equal(rendered.buttons?.[0]?.url, 'https://t.example/guest');
});

test('the end of an address is cut, escaped and never escaped twice', () => {
  const template = text('Here it is.', {
    buttons: [{ type: 'url', text: 'Open', url: 'https://t.example/o/{download_url}' }],
  });
  for (const [value, end] of [
    ['A-1', 'A-1'],
    ['https://t.example/o/A-1?x=1&y=2#z', 'A-1?x=1&y=2#z'],
    ['două bilete', 'dou%C4%83%20bilete'],
    ['a%20b', 'a%20b'],
    ['100%', '100%25'],
    ['"><script>', '%22%3E%3Cscript%3E'],
  ] as const) {
    const { rendered, buttons } = render(template, given({ download_url: value }));
    assert.deepEqual(buttons, [{ index: 0, type: 'url', value: end }]);
    assert.equal(rendered.buttons?.[0]?.url, `https://t.example/o/${end}`);
  }
});

test('buttons are told what they have to be told, each by its place', () => {
  const template = text('Choose one of these.', {
    buttons: [
      { type: 'quick_reply', text: 'Yes', payload: 'yes:{order_id}' },
      { type: 'quick_reply', text: 'No' },
      { type: 'phone_number', text: 'Call', phone_number: '+40712345678' },
      { type: 'copy_code', code: '{discount_code}' },
      { type: 'request_contact_info' },
      { type: 'flow', text: 'Rate us', flow_id: '1' },
    ],
  });
  const { buttons, missing } = render(template, given({ order_id: 'A-1', discount_code: 'SAVE10' }));
  assert.deepEqual(missing, []);
  assert.deepEqual(buttons, [
    { index: 0, type: 'quick_reply', value: 'yes:A-1' },
    { index: 1, type: 'quick_reply', value: 'No' },
    { index: 3, type: 'copy_code', value: 'SAVE10' },
    { index: 5, type: 'flow' },
  ]);
  assert.deepEqual(render(template, given({})).missing.sort(), ['discount_code', 'order_id']);
  const long = render(template, given({ order_id: 'A-1', discount_code: 'x'.repeat(21) }));
  assert.deepEqual(long.missing, ['the code to copy (it has more than 20 characters)']);
});

test('a code stands in the text and on the button, and has 15 characters at most', () => {
  const template = text('*{code}* is your verification code.', {
    authentication: {},
    buttons: [{ type: 'otp', otp_type: 'copy_code' }],
  });
  const { rendered, body, buttons } = render(template, given({ code: '123456' }));
  assert.equal(rendered.body, '*123456* is your verification code.');
  assert.deepEqual(
    [body, buttons],
    [[{ name: 'code', value: '123456' }], [{ index: 0, type: 'otp', value: '123456' }]],
  );
  assert.deepEqual(render(template, given({ code: '1'.repeat(16) })).missing, [
    'code (it has more than 15 characters)',
  ]);
});

test('a file or a place of the header may be the template’s or the message’s own', () => {
  const ticket = { format: 'document', link: '{download_url}', filename: 'ticket-{order_id}.pdf' } as const;
  const file = text('Your ticket.', { media: ticket });
  const values = given({ download_url: 'https://t.example/1.pdf', order_id: 'A-1' });
  assert.deepEqual(render(file, values).media, {
    format: 'document',
    link: 'https://t.example/1.pdf',
    filename: 'ticket-A-1.pdf',
  });
  assert.deepEqual(render(file, given({ download_url: 'here', order_id: '1' })).missing, [
    'the document of the header (no address)',
  ]);
  const place = text('Come here.', {
    media: { format: 'location', latitude: '44.4', longitude: '{east}', name: 'Sala' },
  });
  assert.equal(render(place, given({ east: '26.1' })).media?.format, 'location');
  assert.deepEqual(render(place, given({ east: '261' })).missing, ['the place of the header']);
});

test('a value in another direction can’t reorder what stands around it', () => {
  const of = (body: string, name: string) => render(text(body), given({ name, other: 'x' })).rendered.body;
  assert.equal(of('Hi {name}, 12 tickets.', 'Ana'), 'Hi Ana, 12 tickets.');
  assert.equal(of('Hi {name}, 12 tickets.', 'דנה'), 'Hi \u2068דנה\u2069, 12 tickets.');
  assert.equal(of('Hi {name}, {other}!', 'דנה'), 'Hi \u2068דנה\u2069, x!');
  assert.equal(of('Hi\n{name}: your order', 'דנה'), 'Hi\n\u2068דנה\u2069: your order', 'a line begins with it');
  assert.equal(of('שלום {name}, 12 כרטיסים', 'Ana'), 'שלום \u2068Ana\u2069, 12 כרטיסים');
  assert.equal(of('Hi {name}, 12 tickets.', '\u202eabc'), 'Hi \u2068\u202eabc\u2069, 12 tickets.');
  assert.equal(of('Hi {name}, all.', 'a\u2069b'), 'Hi \u2068ab\u2069, all.', 'it can’t end the isolation');
  assert.equal(of('Hi {name}, all.', '\u2067a'), 'Hi \u2068\u2067a\u2069\u2069, all.', 'what it opens is closed');
});

test('where nothing would be reordered nothing invisible is added', () => {
  const of = (body: string, name: string) => render(text(body), given({ name })).rendered.body;
  assert.equal(of('Hi {name}, your order 7 is here.', 'דנה'), 'Hi דנה, your order 7 is here.');
  assert.equal(of('Here is 12 for {name}.', 'دانا'), 'Here is 12 for دانا.');
  assert.equal(of('שלום {name}, הכל כאן', 'Ana'), 'שלום Ana, הכל כאן');
  assert.equal(of('Hi\n{name}', 'דנה'), 'Hi\nדנה');
});

test('a value never becomes a variable, a pattern or a part of another one', () => {
  const template = text('<{a|x}> and <{b}>');
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (a, b) => {
      const { rendered, missing } = render(template, given({ a: `a${a}`, b: `b${b}` }));
      const plain = rendered.body.replace(/[\u2066-\u2069]/g, '');
      const bare = (value: string) => value.replace(/[\u2066-\u2069]/g, '');
      return missing.length === 0 && plain === `<a${bare(a)}> and <b${bare(b)}>`;
    }),
  );
  const nasty = render(text('Hi {a}, {b}!'), given({ a: '{b}{{b}} $& $1', b: 'B' }));
  assert.equal(nasty.rendered.body, 'Hi {b}{{b}} $& $1, B!');
});
