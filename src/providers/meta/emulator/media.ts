/** Files: uploaded to a number, looked up for an address that lives five minutes, fetched with the token, deleted. */
import { createHash, randomInt } from 'node:crypto';
import type {
  EmulatorAccount,
  EmulatorAnswer,
  EmulatorRequest,
  EmulatorWorld,
  MessageAttachment,
  Shelf,
} from '#core/emulation.ts';
import { DAY_MS, MINUTE_MS } from '#lib/clock.ts';
import { graphError, graphJson, parameterError, unknownObject } from './graph-answers.ts';
import { inboundFile } from './inbound-files.ts';
import { signBody } from './webhooks.ts';

/** What stands behind an id. The bytes are in the ledger file like everything else, so that a restart finds them. */
export type MediaFile = { id: string; number: string; type: string; base64: string; at: number; inbound?: true };

const MB = 1 << 20;
/** A prefix of the type, and how large such a file may be. The first that fits counts. */
const KINDS: readonly [kind: string, types: RegExp, most: number][] = [
  ['sticker', /^image\/webp$/, 500 << 10],
  ['image', /^image\/(jpeg|png)$/, 5 * MB],
  ['video', /^video\/(mp4|3gpp)$/, 16 * MB],
  ['audio', /^audio\/(aac|amr|mpeg|mp4|ogg)\b/, 16 * MB],
  ['document', /^(text\/plain|application\/(pdf|msword|vnd\.(ms-|openxmlformats-)[\w.-]+))$/, 100 * MB],
];
/** How long a file is kept: one of ours, and one that a person has sent. */
const OURS_MS = 30 * DAY_MS;
const THEIRS_MS = 7 * DAY_MS;
const ADDRESS_MS = 5 * MINUTE_MS;

const shelf = (world: EmulatorWorld): Shelf<MediaFile> => world.shelf<MediaFile>('meta_media');

/** `POST /{number}/media`: multipart, with `messaging_product`, `file` and `type` */
export async function uploadMedia(
  world: EmulatorWorld,
  account: EmulatorAccount,
  request: EmulatorRequest,
): Promise<EmulatorAnswer> {
  const form = await readForm(request);
  if (!form) return parameterError('The body is not multipart/form-data');
  if (form.get('messaging_product') !== 'whatsapp')
    return parameterError('The parameter messaging_product is required.');
  const file = form.get('file');
  if (file === null || typeof file === 'string') return parameterError('The parameter file is required.');
  const said = form.get('type');
  // What the form says of the whole counts before what it says of the part.
  const type = (typeof said === 'string' && said.includes('/') ? said : file.type).toLowerCase();
  const kind = KINDS.find(([, types]) => types.test(type));
  if (!kind) return parameterError(`Param file must be a file of a supported type. Received file of type '${type}'.`);
  if (file.size > kind[2])
    return graphError(131053, `A ${kind[0]} has at most ${kind[2]} bytes, this one has ${file.size}`);
  const id = String(randomInt(2 ** 47)).padStart(15, '1');
  const base64 = Buffer.from(await file.arrayBuffer()).toString('base64');
  shelf(world).put(id, { id, number: account.phoneNumberId, type, base64, at: world.now() });
  return graphJson({ id });
}

async function readForm(request: EmulatorRequest): Promise<FormData | undefined> {
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) return undefined;
  const body = new Uint8Array(request.body);
  return new Response(body, { headers: { 'content-type': type } }).formData().catch(() => undefined);
}

/** undefined also for what was kept long enough */
export function mediaById(world: EmulatorWorld, id: string): MediaFile | undefined {
  const file = shelf(world).get(id) ?? inboundFile(world, id);
  if (!file || world.now() - file.at >= (file.inbound ? THEIRS_MS : OURS_MS)) return undefined;
  return file;
}

/** `GET /{media}`: where it is for the next five minutes; `DELETE /{media}` */
export function onMedia(
  world: EmulatorWorld,
  account: EmulatorAccount,
  request: EmulatorRequest,
  file: MediaFile,
): EmulatorAnswer {
  if (request.method === 'DELETE') {
    // What a person has sent is theirs: it goes by itself.
    if (file.inbound) return unknownObject(request.method, file.id);
    shelf(world).delete(file.id);
    return graphJson({ success: true });
  }
  if (request.method !== 'GET') return unknownObject(request.method, file.id);
  const bytes = Buffer.from(file.base64, 'base64');
  const until = Math.floor((world.now() + ADDRESS_MS) / 1_000);
  const origin = `http://${request.headers.host ?? 'localhost'}`;
  return graphJson({
    messaging_product: 'whatsapp',
    url: `${origin}/graph/media/${file.id}?ext=${until}&hash=${sealOf(account, file.id, until)}`,
    mime_type: file.type,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    file_size: bytes.length,
    id: file.id,
  });
}

const sealOf = (account: EmulatorAccount, id: string, until: number): string =>
  signBody(account.appSecret, `${id} ${until}`).slice(0, 32);

/** the bytes themselves, by an address that was given out and has not run out */
export function fetchMedia(
  world: EmulatorWorld,
  account: EmulatorAccount,
  file: MediaFile,
  query: URLSearchParams,
): EmulatorAnswer {
  const until = Number(query.get('ext'));
  const genuine = query.get('hash') === sealOf(account, file.id, until);
  if (!genuine || until * 1_000 <= world.now()) return { status: 404, body: '', contentType: 'text/plain' };
  return { status: 200, body: Buffer.from(file.base64, 'base64'), contentType: file.type };
}

/** A message with a file by its id: there, not too old, and of the kind that it is sent as. */
export function attachmentRefusal(world: EmulatorWorld, attachment: MessageAttachment): EmulatorAnswer | undefined {
  if (attachment.id === undefined) return undefined;
  const file = mediaById(world, attachment.id);
  if (!file) return graphError(131009, `${attachment.kind}: there is no media with the id ${attachment.id}`);
  const fits = KINDS.find(([kind]) => kind === attachment.kind)?.[1].test(file.type) ?? true;
  // Everything may go as a document.
  if (fits || attachment.kind === 'document') return undefined;
  return graphError(131053, `${attachment.kind}: media ${file.id} is of the type ${file.type}`);
}

/** a reset has emptied the phones */
export function forgetMedia(world: EmulatorWorld): void {
  for (const { id } of [...shelf(world).values()]) shelf(world).delete(id);
}
