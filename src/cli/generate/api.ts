/** The operations in short, and what each key may do: from the document that the server itself gives out. */
import { SCOPES } from '../../core/tenants/tenant.ts';
import { code, type Page, page, REFERENCE, table } from './page.ts';

export interface Operation {
  summary: string;
  tags?: readonly string[];
  security?: readonly object[];
}

/** As much of the document as these pages need. The whole of it goes into openapi.json as it is. */
export interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
}

/** A route as far as this page needs it; the server knows no more of a scope than the check itself. */
export interface Scoped {
  method: string;
  path: string;
  scope: string;
}

interface Line {
  name: string;
  tag: string;
  summary: string;
  /** None where no key is asked for: health, errors, the providers' webhooks. */
  scope: string | undefined;
}

/** Every operation with its scope. A route that is not mounted, or an operation with a key and no route, is a mistake. */
export function operations(document: OpenApi, routes: readonly Scoped[]): Line[] {
  // Asked of the routes and not of the document, which has no word for a scope.
  const scopes = new Map(routes.map(route => [`${route.method} ${route.path}`, route.scope]));
  const lines = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { summary, tags, security }]) => {
      const name = `${method.toUpperCase()} ${path}`;
      const scope = scopes.get(name);
      if (security && scope === undefined) throw new Error(`${name} asks for a key and is none of the known routes`);
      return { name, summary, scope, tag: tags?.[0] ?? 'Others' };
    }),
  );
  const missing = [...scopes.keys()].filter(name => !lines.some(line => line.name === name));
  if (missing.length > 0) throw new Error(`not in the document of the server: ${missing.join(', ')}`);
  return lines;
}

/** The note about its source comes first: who opens the file to edit it reads that before anything else. */
export const openApiFile = (document: OpenApi): Page => ({
  path: 'openapi.json',
  text: `${JSON.stringify({ 'x-generated': 'by `npm run generate`, from the routes that the server mounts', ...document }, null, 2)}\n`,
});

export const apiPage = (lines: readonly Line[]): Page =>
  page(
    `${REFERENCE}/api.md`,
    'the routes that the server mounts',
    '# The HTTP API in short',
    'A running service explains itself at `/docs`, with every field and an example for each operation; `/openapi.json` is the same for programs, and [openapi.json](../../openapi.json) the copy of this version. Here is the list.',
    'A key goes into the header: `Authorization: Bearer tdg_…`. It needs the [scope](scopes.md) of the operation. Where a path has `{tenantId}`, the id or the slug of the key’s own tenant stands there; the first tenant is `default`. What has no scope asks for no key.',
    // In the order of the document: what is mounted together stands together.
    ...[...Map.groupBy(lines, line => line.tag)].flatMap(([tag, group]) => [
      `## ${tag}`,
      table(
        ['operation', 'does', 'scope'],
        group.map(({ name, summary, scope }) => [code(name), summary, scope === undefined ? '—' : code(scope)]),
      ),
    ]),
    '## What holds everywhere',
    [
      '- JSON in and out, `snake_case`. Unknown fields are refused. Instants are ISO 8601 with their offset, phones are E.164.',
      '- Lists take `limit` (1 to 200, usually 50) and `cursor`, and answer `{data, next_cursor}`.',
      '- `Idempotency-Key` on a POST: the same key with the same body answers the first answer again, with `Idempotent-Replayed: true`. See [`idempotency_mismatch`](errors/idempotency_mismatch.md) and [`idempotency_in_progress`](errors/idempotency_in_progress.md) for the other cases.',
      '- [Errors](errors.md) all have one shape.',
    ].join('\n'),
  );

export const scopesPage = (lines: readonly Line[]): Page =>
  page(
    `${REFERENCE}/scopes.md`,
    'the table in src/core/tenants/tenant.ts and the routes that the server mounts',
    '# Scopes',
    'A key may do what its scopes name. `tidings keys create --scope messages:read` makes a key that only reads; without `--scope` a key may do everything. A key that lacks a scope is answered [`forbidden`](errors/forbidden.md), and the message names the scope.',
    table(
      ['scope', 'allows', 'operations'],
      Object.entries(SCOPES).map(([scope, allows]) => [
        code(scope),
        allows,
        scope === '*'
          ? 'all'
          : lines
              .filter(line => line.scope === scope)
              .map(line => code(line.name))
              .join('<br>'),
      ]),
    ),
  );
