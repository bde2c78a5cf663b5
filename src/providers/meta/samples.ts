/** Files for the reviewers: uploaded to the app in two steps, since a template takes a handle and no file. */
import type { SenderAccess, TemplateOutcome, Wire } from '#core/provider.ts';
import { call, readError, readJson, send } from './graph.ts';
import { refusalOf } from './refusals.ts';

type Uploaded = { kind: 'uploaded'; handle: string } | Exclude<TemplateOutcome, { kind: 'submitted' }>;

export async function uploadSample(
  { bytes, type }: { bytes: Uint8Array; type: string },
  sender: SenderAccess,
  wire: Wire,
): Promise<Uploaded> {
  // The token says whose app it is; nobody has to configure one more number.
  const app = await read(call(wire, sender, 'app?fields=id'), 'id');
  if (typeof app !== 'string') return app;
  const about = new URLSearchParams({
    file_name: `sample.${type.split('/')[1]}`,
    file_length: String(bytes.length),
    file_type: type,
  });
  const session = await read(call(wire, sender, `${app}/uploads?${about}`, {}), 'id');
  if (typeof session !== 'string') return session;
  const headers = {
    // Of all calls the only one whose token is not called Bearer.
    authorization: `OAuth ${sender.secret.accessToken}`,
    file_offset: '0',
    'content-type': 'application/octet-stream',
  };
  const handle = await read(send(wire, sender, 'POST', session, headers, bytes), 'h');
  return typeof handle === 'string' ? { kind: 'uploaded', handle } : handle;
}

/** Each step is one word that the next one needs. */
async function read(
  asked: ReturnType<typeof call>,
  field: string,
): Promise<string | Exclude<TemplateOutcome, { kind: 'submitted' }>> {
  const answer = await asked;
  if (answer.kind !== 'answer') return { kind: 'unavailable', detail: answer.detail };
  const value = readJson(answer.body)?.[field];
  if (answer.status === 200 && typeof value === 'string' && value !== '') return value;
  return refusalOf(readError(answer.body), answer.status);
}
