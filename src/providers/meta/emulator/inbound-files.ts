/** What people send from an emulated phone: one small file of each kind, so that whoever fetches it gets one. */
import { createHash } from 'node:crypto';
import type { EmulatedMessage, EmulatorWorld } from '#core/emulation.ts';
import type { MediaFile } from './media.ts';

/** A white point; a page without words; what a film and a sound begin with. */
const FILES: Readonly<Record<string, string>> = {
  image:
    '/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA=',
  sticker: 'UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==',
  document: Buffer.from(
    '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\ntrailer<</Root 1 0 R>>\n',
  ).toString('base64'),
  video: Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom').toString('base64'),
  audio: Buffer.from('OggS\0\x02').toString('base64'),
};

const base64Of = (kind: string): string => FILES[kind] ?? FILES['document']!;

/** As webhooks spell it: in base64, where the look-up has hexadecimal. */
export const inboundDigest = (kind: string): string =>
  createHash('sha256')
    .update(Buffer.from(base64Of(kind), 'base64'))
    .digest('base64');

export function inboundFile(world: EmulatorWorld, id: string): MediaFile | undefined {
  for (const phone of world.phones()) {
    const message = phone.messages.find(one => one.direction === 'in' && one.content.document?.id === id);
    if (message) return fileOf(message, id);
  }
  return undefined;
}

function fileOf({ at, number, content }: EmulatedMessage, id: string): MediaFile {
  const { kind, mime_type: type } = content.document!;
  return { id, number, at, type: type ?? 'application/octet-stream', base64: base64Of(kind), inbound: true };
}
