/** The file that stands for a header's media while a template is reviewed. */
import { invalidField } from '#lib/fault.ts';
import type { Core } from '../context.ts';
import type { FileHeader } from './parts.ts';

/** What the platform takes in a header, by its kind. */
const TYPES: Readonly<Record<FileHeader['format'], RegExp>> = {
  image: /^image\/(jpeg|png)$/,
  video: /^video\/(mp4|3gpp)$/,
  document: /^application\/pdf$/,
};
/** What the platform takes of a video; documents may be larger, and a sample need not be. */
const MOST_BYTES = 16 * 1024 * 1024;
const wrong = (message: string) => invalidField('header.sample', message);

/** A `data:` address holds the file; another one is fetched, from the public internet only. */
export async function readSample(
  core: Pick<Core, 'publicWeb'>,
  { format, sample, link }: FileHeader,
): Promise<{ bytes: Uint8Array; type: string }> {
  const address = sample ?? link;
  if (address === undefined) throw wrong(`the reviewers need a sample of the ${format}`);
  const file = address.startsWith('data:') ? readData(address) : await fetchSample(core, address);
  if (!TYPES[format].test(file.type))
    throw wrong(`${file.type || 'a file without a type'} can’t stand for the ${format}`);
  if (file.bytes.length === 0) throw wrong('the sample is empty');
  return file;
}

function readData(address: string): { bytes: Uint8Array; type: string } {
  const found = /^data:([\w.+-]+\/[\w.+-]+);base64,([A-Za-z0-9+/]*={0,2})$/.exec(address);
  if (!found) throw wrong('write a file as data:image/png;base64,…');
  return { type: found[1]!.toLowerCase(), bytes: Buffer.from(found[2]!, 'base64') };
}

/** A redirect is no answer: where it leads would have to be judged again. */
async function fetchSample(core: Pick<Core, 'publicWeb'>, url: string): Promise<{ bytes: Uint8Array; type: string }> {
  const answer = await core.publicWeb.request({ method: 'GET', url, headers: {}, mostBytes: MOST_BYTES });
  if (answer.kind !== 'answer') throw wrong(`the sample could not be fetched: ${answer.detail}`);
  if (answer.status !== 200) throw wrong(`the sample could not be fetched: HTTP ${answer.status}`);
  const type = (answer.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
  return { bytes: answer.bytes, type };
}
