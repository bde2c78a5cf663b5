/** Files for template headers: a session at the app, the bytes to the session, a handle back. */
import type { EmulatorAnswer, EmulatorRequest, EmulatorWorld, Shelf } from '#core/emulation.ts';
import { graphJson, parameterError, unknownObject } from './graph-answers.ts';

/** whose token it is; the emulator has one app for all of its accounts */
export const APP_ID = '300000000000001';

type Upload = { id: string; type: string; bytes: number; handle?: string };

const shelf = (world: EmulatorWorld): Shelf<Upload> => world.shelf<Upload>('meta_upload');
const TYPES = /^(image\/(jpeg|png)|video\/(mp4|3gpp)|application\/pdf)$/;

export function openUpload(world: EmulatorWorld, query: URLSearchParams): EmulatorAnswer {
  const bytes = Number(query.get('file_length'));
  const type = query.get('file_type') ?? '';
  if (!(bytes > 0)) return parameterError('The parameter file_length is required.');
  if (!TYPES.test(type)) return parameterError(`Param file_type is not supported: ${type}`);
  const id = `upload:${Buffer.from(`${world.random()} ${world.now()}`).toString('base64url')}`;
  shelf(world).put(id, { id, type, bytes });
  return graphJson({ id });
}

/** one call with all of the bytes: the small files of samples come whole */
export function takeUpload(world: EmulatorWorld, id: string, request: EmulatorRequest): EmulatorAnswer {
  const upload = shelf(world).get(id);
  if (!upload || request.method !== 'POST') return unknownObject(request.method, id);
  if (request.headers['file_offset'] !== '0') return parameterError('The header file_offset is required.');
  if (request.body.length !== upload.bytes) {
    return parameterError(`${upload.bytes} bytes were announced and ${request.body.length} came.`);
  }
  const handle = `4::${Buffer.from(upload.type).toString('base64url')}:${id.slice(7)}`;
  shelf(world).put(id, { ...upload, handle });
  return graphJson({ h: handle });
}

/** the bytes themselves are of no further use: nobody reviews them here */
export function isHandle(world: EmulatorWorld, handle: string): boolean {
  for (const upload of shelf(world).values()) if (upload.handle === handle) return true;
  return false;
}
