/** The states of a message, drawn and told. */
import { DEAD_LETTERS, HOLDS_KEY, STATE_NAMES, STATES, type State, TRANSITIONS } from '../../core/messages/states.ts';
import { code, codes, fenced, type Page, page, REFERENCE, table } from './page.ts';

/** Every message begins as one of these: a refusal is a row from the start. */
const FIRST: readonly State[] = ['queued', 'refused'];
/** What has not left, seen from here. */
const WAITING: readonly State[] = ['queued', 'leased'];
/** What a receipt says, and from where it says it when nothing overtakes anything. */
const RECEIPTS: Partial<Record<State, State>> = { sent: 'accepted', delivered: 'sent', read: 'delivered' };
/** What an answer says. It is late for what waits: that was put back, and is taken away again. */
const ANSWERS: readonly State[] = ['accepted', 'unknown', 'failed'];

/** The drawing leaves out the ways on which news overtakes: nearly every two states would be joined. */
const isDrawn = (from: State, to: State): boolean =>
  RECEIPTS[to] === undefined ? !(WAITING.includes(from) && ANSWERS.includes(to)) : RECEIPTS[to] === from;

function drawing(): string {
  const ways = STATE_NAMES.flatMap(from =>
    TRANSITIONS[from].filter(to => isDrawn(from, to)).map(to => `  ${from} --> ${to}`),
  );
  const begins = FIRST.map(state => `  [*] --> ${state}`);
  // What leads nowhere is an end of the drawing. A dead letter is none: a person may send it again.
  const ends = STATE_NAMES.filter(state => TRANSITIONS[state].length === 0).map(state => `  ${state} --> [*]`);
  return ['stateDiagram-v2', ...begins, ...ways, ...ends].join('\n');
}

export const statesPage = (): Page =>
  page(
    `${REFERENCE}/states.md`,
    'the table in src/core/messages/states.ts',
    '# States of a message',
    'A message is one row with one state. `status` in the API is this state.',
    fenced('mermaid', drawing()),
    'The drawing shows the ordinary ways. Answers and receipts may come late, twice and in any order, and each is believed: that is why the table lets a message become `accepted`, `sent`, `delivered`, `read` or `failed` from nearly everywhere. No receipt takes a message back.',
    '## What each state means',
    table(
      ['state', 'meaning', 'may become'],
      STATE_NAMES.map(state => [code(state), STATES[state], codes(TRANSITIONS[state]) || 'nothing more']),
    ),
    '## What hangs on it',
    [
      `- **The business key** is held in ${codes(HOLDS_KEY)}: the same call answers \`duplicate: true\` and sends nothing. After ${codes(STATE_NAMES.filter(state => !HOLDS_KEY.includes(state)))} the same call decides anew.`,
      `- **Dead letters** are ${codes(DEAD_LETTERS)}. \`POST /api/wa/dead-letters/{tenantId}/{id}/requeue\` sends one again, with fresh retries and every rule asked again.`,
      '- **`leased` and `sending` are different things.** What is leased has not left, so a crash puts it back. What is sending may have left, so a crash makes it `unknown` and never sends it again by itself before its [purpose](purposes.md) allows it.',
      '- **`unknown` is a state and not an error.** `resolution` says how far it is: `open` (waiting for a receipt or for silence that means something), `resent`, `closed` (nothing more happens by itself), `sent` or `not_sent` (settled by a receipt, a late answer or a person). `POST /api/v1/messages/{id}/resolve` is the person’s word.',
    ].join('\n'),
  );
