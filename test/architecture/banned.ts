/** What is banned by place (law 3): each thing that has one home, and who lives there. */
import { globalUses, isNamed, memberName, type Use } from './globals.ts';
import { isTest, type Source, type SyntaxNode, walk } from './sources.ts';

interface Ban {
  what: string;
  /** Where it is at home, below `src/`. A path that ends in `/` is a folder, `*` stands for any ending. */
  home: readonly string[];
  /** Tests look behind the curtain: they may, unless it is said here that they may not. */
  testsToo?: boolean;
  global?(use: Use): boolean;
  node?(node: SyntaxNode, parents: readonly SyntaxNode[]): boolean;
  /** Packages and modules whose values are banned; types always may be imported. */
  modules?: RegExp;
  /** Named imports of those modules that are harmless. */
  harmless?: readonly string[];
  comment?: RegExp;
}

const parentOf = (use: Use): SyntaxNode => use.parents.at(-1)!;
const isMemberOf = (use: Use, ...names: string[]): boolean =>
  parentOf(use).type === 'MemberExpression' &&
  parentOf(use)['object'] === use.node &&
  names.includes(memberName(parentOf(use)) ?? '');

/** `const { env } = process` and `const same = process`; its other members are nobody's concern. */
function takesEnv(parent: SyntaxNode): boolean {
  if (parent.type !== 'VariableDeclarator') return parent.type === 'SpreadElement';
  const properties = (parent['id'] as SyntaxNode)['properties'] as SyntaxNode[] | undefined;
  return properties?.some(each => each.type === 'RestElement' || isNamed(each['key'] as SyntaxNode, 'env')) ?? true;
}

/** Of which the loop, the coalescer and the network have each a reason for their own. */
const TIMERS = ['setTimeout', 'setInterval', 'setImmediate'];

export const BANS: readonly Ban[] = [
  {
    what: 'the environment',
    home: ['config.ts'],
    global: use => use.name === 'process' && (isMemberOf(use, 'env') || takesEnv(parentOf(use))),
    modules: /^(node:)?process$/,
  },
  {
    what: 'the system’s clock',
    home: ['lib/clock.ts'],
    global: use =>
      (use.name === 'Date' && !isMemberOf(use, 'UTC', 'parse') && parentOf(use)['operator'] !== 'instanceof') ||
      (use.name === 'Temporal' && isMemberOf(use, 'Now')),
    node: node => memberName(node) === 'Now' && isNamed(node['object'] as SyntaxNode, 'Temporal'),
  },
  {
    what: 'the network',
    home: ['lib/outbound.ts', 'lib/forward.ts', 'lib/address.ts', 'db/embedded*'],
    global: use => ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest'].includes(use.name),
    modules: /^(undici|axios|got|node-fetch|ws|(node:)?(http|https|http2|net|tls|dgram|dns)(\/promises)?)$/,
    // What only looks at an address, and the other direction: listening.
    harmless: ['isIP', 'isIPv4', 'isIPv6', 'BlockList', 'STATUS_CODES', 'createServer'],
  },
  {
    what: 'queries and the driver',
    home: ['db/'],
    node: node => node.type === 'CallExpression' && memberName(node['callee'] as SyntaxNode) === 'query',
    modules: /^(pg|pg-.*|postgres)$/,
  },
  {
    what: 'Intl',
    home: ['lib/zone.ts', 'lib/money.ts'],
    global: use => use.name === 'Intl',
    node: node =>
      node.type === 'CallExpression' &&
      /^toLocale(Date|Time)?String$/.test(memberName(node['callee'] as SyntaxNode) ?? ''),
  },
  { what: 'the console', home: ['cli/'], global: use => use.name === 'console', modules: /^(node:)?console$/ },
  {
    what: 'a timer',
    home: ['workers/loop.ts', 'lib/coalesce.ts', 'lib/outbound.ts', 'db/embedded*', 'cli/'],
    global: use => TIMERS.includes(use.name) || (use.name === 'AbortSignal' && isMemberOf(use, 'timeout')),
  },
  { what: 'node:timers', home: ['app.ts', 'db/embedded*'], modules: /^(node:)?timers(\/promises)?$/ },
  {
    what: '`any`',
    home: [],
    testsToo: true,
    node: (node, parents) =>
      node.type === 'TSAnyKeyword' && /^TS(AsExpression|TypeAssertion)$/.test(parents.at(-1)!.type),
  },
  { what: 'silencing the type checker', home: [], testsToo: true, comment: /@ts-(ignore|nocheck|expect-error)\b/ },
];

/** Programs of the service only: tests, benches and the emulator live by other rules. */
export function banComplaints(source: Source): string[] {
  if (!source.path.startsWith('src/')) return [];
  const uses = globalUses(source);
  return BANS.filter(ban => !isAtHome(source.path, ban)).flatMap(ban => {
    const lines = [
      ...uses.filter(use => ban.global?.(use)).map(use => source.lineOf(use.node.start)),
      ...(ban.node ? [...walk(source.program)].filter(([node, parents]) => ban.node!(node, parents)) : []).map(
        ([node]) => source.lineOf(node.start),
      ),
      ...bannedImports(source, ban),
      ...source.comments.filter(({ value }) => ban.comment?.test(value)).map(({ line }) => line),
    ];
    return [...new Set(lines)].map(
      line => `${source.path}:${line} ${ban.what} is at home in ${ban.home.join(', ') || 'no file'}`,
    );
  });
}

function isAtHome(path: string, ban: Ban): boolean {
  if (isTest(path) && !ban.testsToo) return true;
  const place = path.slice('src/'.length);
  return ban.home.some(home =>
    home.endsWith('/')
      ? place.startsWith(home)
      : home.endsWith('*')
        ? place.startsWith(home.slice(0, -1))
        : place === home,
  );
}

function bannedImports(source: Source, ban: Ban): number[] {
  if (!ban.modules) return [];
  const lines: number[] = [];
  for (const [node] of walk(source.program)) {
    const specifier = (node['source'] as SyntaxNode | null | undefined)?.['value'];
    if (typeof specifier !== 'string' || !ban.modules.test(specifier)) continue;
    if (node['importKind'] === 'type' || node['exportKind'] === 'type' || node.type === 'TSImportType') continue;
    const names = ((node['specifiers'] ?? []) as SyntaxNode[]).map(each =>
      each['importKind'] === 'type' ? undefined : ((each['imported'] as SyntaxNode | undefined)?.['name'] ?? '*'),
    );
    const guilty = names.filter(name => name !== undefined && !ban.harmless?.includes(name as string));
    // Without names (`import 'x'`, `import('x')`) the whole module is meant.
    if (guilty.length > 0 || names.length === 0) lines.push(source.lineOf(node.start));
  }
  return lines;
}
