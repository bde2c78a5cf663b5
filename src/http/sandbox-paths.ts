/**
 * What openapi.json says of the sandbox's controls. They are handed on to the emulator as they come, so no route of the
 * framework knows them: the document is told by hand, and a test compares it with the emulator's own table.
 */

type Shape = Record<string, unknown>;

interface Control {
  summary: string;
  description: string;
  body?: { properties: Shape; required?: string[]; example: Shape };
  query?: readonly string[];
  status?: 200 | 201;
  exampleAnswer: unknown;
}

const text = { type: 'string' } as const;
const amount = { type: 'number' } as const;
const flag = { type: 'boolean' } as const;
const things = { type: 'object' } as const;
/** always, at a rate, so many times, or the next so many times */
const strike = { anyOf: [flag, amount, things] } as const;

const PHONE = {
  phone: '+40712345678',
  name: 'Ana',
  username: null,
  previous: null,
  unread: 0,
  last: null,
  state: { switched_on: true, blocked: false, marketing_stopped: false },
};
const NUMBER = {
  id: '100000000000001',
  quality: 'GREEN',
  throughput: 80,
  status: 'CONNECTED',
  messaging_limit: 'TIER_2K',
  people_reached: 12,
  marketing_cap: 2,
  marketing_early_retries: 0,
  free_replies: 1_000,
};
const TEMPLATE = {
  id: '21403610299996137',
  name: 'order_confirm',
  language: 'en',
  category: 'UTILITY',
  status: 'PAUSED',
  quality: 'RED',
  reason: 'NONE',
};
const CLOCK = { now: '2026-11-24T09:00:00.000Z', offset_ms: 259_200_000 };

const CONTROLS: Readonly<Record<string, Control>> = {
  'GET phones': {
    summary: 'The phones on the table',
    description: 'The latest first. A phone appears when it is first written to.',
    query: ['limit'],
    exampleAnswer: { data: [PHONE], total: 1 },
  },
  'POST phones': {
    summary: 'Put a phone on the table',
    description: 'Its person is called as you say, or by a name that belongs to the number.',
    body: {
      properties: { phone: text, name: text },
      required: ['phone'],
      example: { phone: '+40712345678', name: 'Ana' },
    },
    status: 201,
    exampleAnswer: PHONE,
  },
  'GET phones/:phone/messages': {
    summary: 'What a phone shows',
    description: 'The oldest first; `out` is from the business. With `runs=true` also what is bold, struck or a link.',
    query: ['limit', 'runs'],
    exampleAnswer: [
      {
        id: 'wamid.HBg',
        direction: 'out',
        type: 'text',
        text: 'Hello',
        status: 'delivered',
        at: CLOCK.now,
        number: NUMBER.id,
      },
    ],
  },
  'POST phones/:phone/messages': {
    summary: 'The person writes',
    description:
      'Exactly one of `text`, `button` (a label, or what tells the button) and `media` (a kind, or a file’s description).',
    body: {
      properties: {
        text,
        button: { anyOf: [text, things] },
        media: { anyOf: [text, things] },
        referral: things,
        number: text,
      },
      example: { text: 'Is there parking?' },
    },
    status: 201,
    exampleAnswer: { id: 'wamid.HBg' },
  },
  'POST phones/:phone/:action': {
    summary: 'The person does something',
    description:
      '`read`, `block`, `unblock`, `switch-off`, `switch-on`, `stop-marketing`, `resume-marketing`, `hide-number` with `username`, `show-number`, `change-number` with `to`.',
    body: { properties: { message_id: text, username: text, to: text, number: text }, example: {} },
    exampleAnswer: PHONE,
  },
  'GET templates': {
    summary: 'The templates as the platform has them',
    description: 'With standing, category and quality.',
    exampleAnswer: { data: [TEMPLATE] },
  },
  'POST templates': {
    summary: 'How templates are reviewed',
    description: '`automatic` approves what nothing speaks against, `manual` waits for you, `reject` refuses all.',
    body: { properties: { review: text, delay_ms: amount }, required: ['review'], example: { review: 'manual' } },
    exampleAnswer: { review: 'manual', webhooks: 0 },
  },
  'POST templates/:name/:change': {
    summary: 'What becomes of a template',
    description:
      '`review` with `status` and `reason`, `category` with `category` and `impending`, `quality` with `quality`, `components` with `body`, `header`, `footer`; one `language` or all.',
    body: {
      properties: {
        status: text,
        reason: text,
        category: text,
        impending: flag,
        quality: text,
        body: text,
        header: text,
        footer: text,
        language: text,
      },
      example: { quality: 'RED' },
    },
    exampleAnswer: { data: [TEMPLATE], webhooks: 2 },
  },
  'GET numbers': {
    summary: 'The business numbers',
    description: 'With what the controls can change, and how far it is used up.',
    exampleAnswer: {
      data: [{ provider: 'meta', account: '200000000000001', phone: '+12025550100', name: 'Sandbox', ...NUMBER }],
    },
  },
  'POST numbers/:id': {
    summary: 'What becomes of a number',
    description:
      'Quality, pace, standing, the portfolio’s messaging limit, the cap on marketing for one person (`null`: none), the free replies left.',
    body: {
      properties: {
        ...{ quality: text, throughput: amount, status: text, messaging_limit: text, free_replies: amount },
        marketing_cap: { anyOf: [amount, { type: 'null' }] },
      },
      example: { messaging_limit: 'TIER_250', marketing_cap: 1 },
    },
    exampleAnswer: { ...NUMBER, messaging_limit: 'TIER_250', marketing_cap: 1, webhooks: 1 },
  },
  'POST account': {
    summary: 'What becomes of the account',
    description:
      'An event of `account_update`, with whatever else its value holds. Bans and restrictions are in force afterwards.',
    body: { properties: { event: text, number: text }, required: ['event'], example: { event: 'DISABLED_UPDATE' } },
    exampleAnswer: { event: 'DISABLED_UPDATE', banned: true, restrictions: [], webhooks: 1 },
  },
  'GET faults': {
    summary: 'The faults in force',
    description: 'As they were set; empty when the platform behaves.',
    exampleAnswer: {},
  },
  'POST faults': {
    summary: 'Misbehave',
    description:
      'Replaces what was in force. A strike is `true`, a rate from 0 to 1, every n-th time, or `{"next": n}`.',
    body: {
      properties: {
        ...{ latency_ms: amount, error_rate: amount, code: amount, status_batch: amount, seed: amount },
        ...{ accept_then_hang: strike, accept_then_reset: strike, error_after_accept: strike },
        ...{ duplicate_webhooks: strike, drop_webhooks: strike, reorder: strike },
      },
      example: { latency_ms: 200 },
    },
    exampleAnswer: { latency_ms: 200 },
  },
  'DELETE faults': { summary: 'Behave again', description: 'Ends every fault.', exampleAnswer: {} },
  'GET clock': { summary: 'The platform’s time', description: 'And how far it was turned.', exampleAnswer: CLOCK },
  'POST clock': {
    summary: 'Turn the clock',
    description:
      'Exactly one of `advance` (a duration), `now` (an instant) and `real: true`. The service’s own is turned with it.',
    body: { properties: { advance: text, now: text, real: flag }, example: { advance: 'P3D' } },
    exampleAnswer: CLOCK,
  },
  'GET ledger': {
    summary: 'Every send that was accepted',
    description: 'The independent witness, with our correlation id.',
    query: ['limit', 'after', 'correlation'],
    exampleAnswer: {
      data: [
        {
          ...{
            id: 'wamid.HBg',
            at: CLOCK.now,
            provider: 'meta',
            number: NUMBER.id,
            to: '+40712345678',
            type: 'template',
          },
          ...{
            template: 'order_confirm',
            language: 'en',
            text: 'Hi Ana',
            correlation: 'msg_019ab3f05c1e7d0f8a2b4c6d8e0f1a2b.1',
          },
        },
      ],
      next_cursor: null,
      total: 1,
    },
  },
  'GET webhooks': {
    summary: 'Every webhook that can be provoked',
    description: 'An example of everything that the platform can say, and how many webhooks are not taken yet.',
    query: ['field'],
    exampleAnswer: {
      waiting: 0,
      data: [{ provider: 'meta', field: 'security', example: 'PIN_CHANGED', says: 'the number’s second factor' }],
    },
  },
  'POST webhooks': {
    summary: 'Provoke a webhook',
    description: 'An example of the field, or any `value`. Signed and repeated like what really happens.',
    body: {
      properties: { field: text, example: text, value: things, phone: text, template: text, number: text },
      required: ['field'],
      example: { field: 'security', example: 'PIN_CHANGED' },
    },
    exampleAnswer: { field: 'security', example: 'PIN_CHANGED', webhooks: 1 },
  },
  'POST reset': {
    summary: 'Empty phones and ledger',
    description: 'Templates, settings of numbers and the clock stay.',
    body: { properties: {}, example: {} },
    exampleAnswer: { reset: true },
  },
};

const ends = (where: 'path' | 'query') => (name: string) => ({
  name,
  in: where,
  required: where === 'path',
  schema: text,
});

function describe(path: string, { summary, description, body, query = [], status = 200, exampleAnswer }: Control) {
  const properties = body && { type: 'object', properties: body.properties, required: body.required ?? [] };
  const named = [...path.matchAll(/:(\w+)/g)].map(found => found[1]!);
  return {
    tags: ['Sandbox'],
    summary,
    description: `${description} Only while the sandbox runs, from this machine.`,
    parameters: [...named.map(ends('path')), ...query.map(ends('query'))],
    ...(body
      ? { requestBody: { content: { 'application/json': { schema: properties, example: body.example } } } }
      : {}),
    responses: {
      [status]: {
        description: 'Done',
        content: {
          'application/json': {
            schema: { type: Array.isArray(exampleAnswer) ? 'array' : 'object' },
            example: exampleAnswer,
          },
        },
      },
    },
  };
}

export const sandboxPaths: Record<string, object> = {};
for (const [name, control] of Object.entries(CONTROLS)) {
  const [method, path] = name.split(' ') as [string, string];
  const url = `/_sandbox/${path.replace(/:(\w+)/g, '{$1}')}`;
  sandboxPaths[url] = { ...sandboxPaths[url], [method.toLowerCase()]: describe(path, control) };
}
