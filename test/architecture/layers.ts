/**
 * Who may import whom (architecture, section 4), as a table. A type is knowledge as much as a value is, so type-only
 * imports are judged like all others; only cycles, which types cannot make at run time, treat them apart.
 */
import { type Import, isTest, type Source } from './sources.ts';

interface Layer {
  name: string;
  /** What belongs to it. Named groups can be used in `may` as `{id}`. */
  holds: RegExp;
  may: readonly string[];
}

/** What a vertical may know of the core. */
const PORTS = ['src/core/index.ts', 'src/core/route.ts', 'src/core/vertical.ts', 'src/core/provider.ts'];
const BELOW_APP = ['src/lib/', 'src/db/', 'src/core/'];

/** The first that holds a file is its layer. A path that ends in `/` allows the folder. */
const LAYERS: readonly Layer[] = [
  { name: 'lib', holds: /^src\/lib\//, may: ['src/lib/'] },
  { name: 'db', holds: /^src\/db\//, may: ['src/lib/', 'src/db/'] },
  { name: 'core', holds: /^src\/core\//, may: BELOW_APP },
  {
    name: 'provider',
    holds: /^src\/providers\/(?<id>[^/]+)\//,
    may: ['src/lib/', 'src/core/provider.ts', 'src/core/emulation.ts', 'src/providers/{id}/'],
  },
  { name: 'providers’ conformance', holds: /^src\/providers\/[^/]+$/, may: ['src/lib/', 'src/core/'] },
  {
    name: 'vertical',
    holds: /^src\/verticals\/(?<id>[^/]+)\//,
    may: ['src/lib/', 'src/db/statement.ts', 'src/db/column.ts', 'src/db/batch.ts', ...PORTS, 'src/verticals/{id}/'],
  },
  { name: 'workers', holds: /^src\/workers\//, may: ['src/lib/', 'src/db/errors.ts', 'src/core/', 'src/workers/'] },
  { name: 'http', holds: /^src\/http\//, may: ['src/lib/', 'src/db/errors.ts', 'src/core/', 'src/http/'] },
  { name: 'config', holds: /^src\/config\.ts$/, may: ['src/lib/'] },
  {
    name: 'composition root',
    holds: /^src\/app\.ts$/,
    may: [
      ...BELOW_APP,
      'src/providers/',
      'src/verticals/',
      'src/workers/',
      'src/http/',
      'src/config.ts',
      'src/metrics.ts',
    ],
  },
  { name: 'command line', holds: /^src\/cli\//, may: [...BELOW_APP, 'src/cli/', 'src/*.ts', 'emulator/server.ts'] },
  // What starts a process around the app: main, sandbox, setup, database, keys. Providers and verticals come by app.ts.
  { name: 'start', holds: /^src\/[^/]+\.ts$/, may: [...BELOW_APP, 'src/http/', 'src/*.ts', 'emulator/server.ts'] },
  {
    name: 'emulator',
    holds: /^emulator\//,
    may: ['emulator/', 'src/lib/', 'src/core/emulation.ts', 'src/core/provider.ts'],
  },
  { name: 'sdk', holds: /^sdk\//, may: ['sdk/'] },
  { name: 'dashboard', holds: /^dashboard\//, may: ['dashboard/', 'sdk/'] },
  {
    name: 'outside',
    holds: /^(test|bench|examples|tools|bin)\//,
    may: ['src/', 'emulator/', 'sdk/', 'test/', 'bench/', 'examples/', 'tools/'],
  },
];

/** A provider that speaks another one's dialect builds on its `index.ts`, and its emulator on the other's emulator. */
export const DIALECTS: Readonly<Record<string, string>> = { dialog360: 'meta' };

const APP = 'src/app.ts';
const IMPORT_APP = /^src\/(main|sandbox|setup)\.ts$|^src\/cli\/|^(test|bench|examples)\//;
const TEST_PLACES = ['emulator/', 'test/', 'src/providers/conformance.ts'];

export function importComplaints(source: Source): string[] {
  const complaints = source.imports.flatMap(one => {
    const complaint = one.target === undefined ? undefined : judge(source.path, one.target);
    return complaint ? [`${source.path}:${one.line} imports ${one.target}: ${complaint}`] : [];
  });
  // A path that only the running program knows is a door around this law.
  const blind = isTest(source.path) || !/^(src|emulator|sdk|dashboard)\//.test(source.path) ? [] : source.blindImports;
  return [...complaints, ...blind.map(line => `${source.path}:${line} imports a path that is computed`)];
}

/** What is in no layer is refused: a new folder has to be given its place here before anything can live in it. */
function judge(from: string, to: string): string | undefined {
  const layer = LAYERS.find(each => each.holds.test(from));
  if (!layer) return 'it belongs to no layer';
  if (to === APP && !IMPORT_APP.test(from)) return 'only main, cli, sandbox, setup, tests and benchmarks name app.ts';
  if (isTest(to) && !isTest(from)) return 'a program does not depend on its tests';
  const id = layer.holds.exec(from)?.groups?.['id'];
  const allowed = layer.may.map(place => place.replace('{id}', id ?? ''));
  if (isTest(from)) allowed.push(...TEST_PLACES);
  const other = id === undefined ? undefined : DIALECTS[id];
  if (layer.name === 'provider' && other)
    allowed.push(
      `src/providers/${other}/index.ts`,
      ...(isEmulator(from) ? [`src/providers/${other}/emulator.ts`] : []),
    );
  return allowed.some(place => lies(to, place)) ? undefined : `${layer.name} may not know it`;
}

const isEmulator = (path: string): boolean => /\/emulator(\.ts$|\/)/.test(path);

function lies(path: string, place: string): boolean {
  if (place.endsWith('/')) return path.startsWith(place);
  if (place === 'src/*.ts') return /^src\/[^/]+\.ts$/.test(path);
  return path === place;
}

type Graph = ReadonlyMap<string, readonly string[]>;

export function importGraph(sources: readonly Source[], counts: (one: Import) => boolean): Graph {
  const known = new Set(sources.map(source => source.path));
  return new Map(
    sources.map(source => [
      source.path,
      source.imports
        .filter(counts)
        .flatMap(({ target }) => (target !== undefined && known.has(target) ? [target] : [])),
    ]),
  );
}

/** Groups of files that reach each other (Tarjan's algorithm); each group is at least one cycle. */
export function cycles(graph: Graph): string[][] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    low.set(file, order.get(file)!);
    stack.push(file);
    for (const next of graph.get(file) ?? []) {
      if (!order.has(next)) visit(next);
      if (stack.includes(next)) low.set(file, Math.min(low.get(file)!, low.get(next)!));
    }
    if (low.get(file) !== order.get(file)) return;
    const group = stack.splice(stack.indexOf(file));
    // A file that imports itself is a cycle too.
    if (group.length > 1 || graph.get(file)?.includes(file)) found.push(group.sort());
  };
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return found;
}
