/** Lists: pages by key, with a cursor that says nothing but where to go on. */
import { parseInstant } from '#lib/clock.ts';
import { invalidField } from '#lib/fault.ts';
import { firstIdAt, type IdKind, isUuid, parsePublicId, type Uuid } from '#lib/id.ts';
import { Type } from '#lib/schema.ts';

export const PageQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
  cursor: Type.Optional(Type.String({ maxLength: 100, description: 'next_cursor of the page before' })),
};

export const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
export const FIRST_ID = '00000000-0000-0000-0000-000000000000';

export const writeCursor = (id: Uuid): string => Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');

export function readCursor(cursor: string): Uuid {
  const hex = Buffer.from(cursor, 'base64url').toString('hex');
  const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  if (!isUuid(id)) throw invalidField('cursor', 'this is not a cursor that a list gave out');
  return id;
}

export function page<R extends { id: Uuid }, V>(
  rows: readonly R[],
  limit: number,
  view: (row: R) => V,
): { data: V[]; next_cursor: string | null } {
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return { data: rows.map(view), next_cursor: last ? writeCursor(last.id) : null };
}

export function readId(kind: IdKind, text: string): Uuid | undefined {
  return parsePublicId(kind, text) ?? (isUuid(text) ? text : undefined);
}

/** Ids are made by the machine's clock, spans are asked in business time: the sandbox may have turned one of them. */
export const idBound = (text: string | undefined, path: string, otherwise: Uuid, offsetMs: number): Uuid => {
  if (text === undefined) return otherwise;
  const instant = parseInstant(text);
  if (instant === undefined) throw invalidField(path, 'give an instant with its offset, such as 2026-11-21T08:00:00Z');
  return firstIdAt(Math.max(0, instant - offsetMs));
};
