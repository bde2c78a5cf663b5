/**
 * What the product says of itself: its schema and its API. Asked of the real thing — the migrations run on an empty
 * PostgreSQL, the server is put together by the composition root — since a list that is kept beside it would drift.
 */
import { randomBytes } from 'node:crypto';
import { chmod, copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { coreRoutes } from '#core/index.ts';
import { type Embedded, startEmbedded } from '#db/embedded.ts';
import { migrate } from '#db/migrate.ts';
import { SCHEMA_FILE, writeSchema } from '#db/schema-manifest.ts';
import { systemClock } from '#lib/clock.ts';
import { silentLog } from '#lib/log.ts';
import { createApp, verticals } from '../../app.ts';
import type { OpenApi, Scoped } from './api.ts';
import type { TableFacts } from './tables.ts';

export interface Product {
  document: OpenApi;
  /** The same arrays that the server mounts, for what its document leaves out. */
  routes: readonly Scoped[];
  /** schema.json, as it should be. */
  schema: string;
  tables: Readonly<Record<string, TableFacts>>;
}

export async function readProduct(options: { release: boolean }): Promise<Product> {
  const folder = await mkdtemp(join(tmpdir(), 'tidings-generate-'));
  // Root's temporary folders are closed to the user that PostgreSQL runs as.
  await chmod(folder, 0o711);
  let server: Embedded | undefined;
  try {
    server = await startEmbedded({
      dataDir: folder,
      say: () => {},
      // It is thrown away at the end, so nothing has to reach the disk.
      settings: { fsync: 'off', full_page_writes: 'off' },
    });
    const schema = await readSchemaFile(server.connection, folder, options);
    const document = await readDocument(server.connection);
    const routes = [...coreRoutes, ...verticals.flatMap(vertical => vertical.routes)];
    return { document, routes, ...schema };
  } finally {
    await server?.stop();
    // After the server, whose folder it is. Also after an error, or every failed run would leave a database behind.
    await rm(folder, { recursive: true, force: true });
  }
}

/** In a copy: whether the file itself is written is for the caller to decide. */
async function readSchemaFile(
  connection: Embedded['connection'],
  folder: string,
  options: { release: boolean },
): Promise<Pick<Product, 'schema' | 'tables'>> {
  const copy = join(folder, 'schema.json');
  await copyFile(SCHEMA_FILE, copy).catch(() => {}); // none yet: it is made from nothing
  const { tables } = await writeSchema(connection, { file: pathToFileURL(copy), release: options.release });
  return { schema: await readFile(copy, 'utf8'), tables: tables as Product['tables'] };
}

async function readDocument(connection: Embedded['connection']): Promise<OpenApi> {
  // The app asks for its partitions when it is made, so it needs the tables too.
  await migrate(connection);
  const app = await createApp({
    publicUrl: () => '',
    connection,
    // For this run alone: it seals nothing that anybody will open.
    secretKey: randomBytes(32),
    clock: systemClock(),
    log: silentLog,
    inFlight: 1,
    queueLimit: 1_000_000,
    anchors: { append: async () => {}, read: async () => [] },
    epochs: { read: async () => undefined, write: async () => {} },
    // No worker: nothing waits here, and the routes are those of every other process that serves.
    role: 'api',
    connections: 2,
  });
  try {
    return app.server.swagger() as unknown as OpenApi;
  } finally {
    await app.stop();
  }
}
