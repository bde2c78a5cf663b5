/** The errors that callers meet: one page to look them up, and one page for each, which `error.docs` stands for. */
import { FAULTS, type FaultCode, type FaultEntry } from '#lib/faults.ts';
import { code, fenced, type Page, page, REFERENCE, table } from './page.ts';

/** What the pages name as their origin; nothing about an error stands anywhere else. */
const SOURCE = 'the catalogue in src/lib/faults.ts';
const FOLDER = `${REFERENCE}/errors`;

const entries = Object.entries(FAULTS) as [FaultCode, FaultEntry][];

export const errorPages = (): Page[] => [overview(), ...entries.map(([name, entry]) => onePage(name, entry))];

const overview = (): Page =>
  page(
    `${REFERENCE}/errors.md`,
    SOURCE,
    '# Errors',
    'Every error has the same shape. Branch on `code`; `message` is for people and may change. `request_id` finds the line in the log. `docs` is the address on the service itself where the explanation below can be read. An answer never holds a stack, nor anything of another tenant.',
    example('invalid_request', FAULTS.invalid_request, [{ path: 'customer.phone', message: 'this is required' }]),
    'A message that the policy refuses is not an error: the answer is 200 with `status: "refused"` and a [reason](reasons.md).',
    table(
      ['HTTP', 'code', 'what the caller reads', 'again?'],
      entries.map(([name, entry]) => [
        String(entry.status),
        `[${code(name)}](errors/${name}.md)`,
        entry.summary,
        shortAdvice(entry),
      ]),
    ),
  );

const onePage = (name: FaultCode, entry: FaultEntry): Page =>
  page(
    `${FOLDER}/${name}.md`,
    SOURCE,
    `# ${code(name)}`,
    `HTTP ${entry.status} — ${entry.summary}`,
    `## What happened and how to mend it`,
    entry.explanation,
    '## Asking again',
    advice(entry),
    '## The answer',
    example(
      name,
      entry,
      name === 'invalid_request' ? [{ path: 'customer.phone', message: 'this is required' }] : undefined,
    ),
    '[All errors](../errors.md)',
  );

/** From status and wait, and not written for each code: so it can't contradict the header that goes out. */
function advice({ status, retryAfterSeconds }: FaultEntry): string {
  if (retryAfterSeconds !== undefined)
    return `The header \`Retry-After\` says for how many seconds to wait (usually ${retryAfterSeconds}). Then send the same request again, unchanged.`;
  return status >= 500
    ? 'Send the same request again after a while, longer each time. Its business reference keeps it from being carried out twice.'
    : 'The same request gets the same answer. Something has to change first.';
}

const shortAdvice = ({ status, retryAfterSeconds }: FaultEntry): string =>
  retryAfterSeconds !== undefined ? 'after `Retry-After`' : status >= 500 ? 'yes, later' : 'no';

/** In the shape that http/errors.ts sends. Only `invalid_request` names fields. */
const example = (
  name: string,
  { summary }: { summary: string },
  fields?: readonly { path: string; message: string }[],
): string =>
  fenced(
    'json',
    JSON.stringify(
      {
        error: {
          code: name,
          message: fields ? `${fields[0]!.path}: ${fields[0]!.message}` : summary,
          docs: `/errors/${name}`,
          request_id: 'req_019ab3f05c1e7d0f8a2b4c6d8e0f1a2b',
          ...(fields ? { fields } : {}),
        },
      },
      null,
      2,
    ),
  );
