/**
 * The repository as syntax. Laws are judged on the tree that a parser makes of a file and never on its raw text, so that
 * a word in a comment or in a sentence is not taken for code. oxc-parser, because TypeScript 7 offers no parser to
 * JavaScript; it comes with knip.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync, visitorKeys } from 'oxc-parser';

export interface SyntaxNode {
  type: string;
  start: number;
  end: number;
  [field: string]: unknown;
}

export interface Import {
  /** As written. */
  specifier: string;
  /** Our own file, as a path from the root; undefined for packages and node's own modules. */
  target: string | undefined;
  /** `import type …`: erased. `import { type X }` is not: it still loads the file. */
  typeOnly: boolean;
  line: number;
}

export interface Source {
  path: string;
  text: string;
  lines: number;
  program: SyntaxNode;
  comments: readonly { value: string; line: number; endLine: number }[];
  imports: readonly Import[];
  /** Dynamic imports whose target only the running program knows. */
  blindImports: readonly number[];
  lineOf(offset: number): number;
}

export interface File {
  path: string;
  text: string;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDERS = ['src', 'emulator', 'test', 'bench', 'sdk', 'dashboard', 'tools', 'bin'];
const SKIPPED = new Set(['node_modules', 'dist', 'build', 'results', 'data', 'fixtures']);
const PROGRAMS = new Set(['.ts', '.tsx', '.js', '.mjs', '.cjs', '.jsx']);

const aliases = Object.entries(
  (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { imports: Record<string, string> }).imports,
).map(([from, to]) => ({ from: from.replace('*', ''), to: to.replace('./', '').replace('*', '') }));

function listFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap(entry => {
    if (SKIPPED.has(entry.name) || entry.name.startsWith('.')) return [];
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? listFiles(path) : [path];
  });
}

// Read and parsed once for all laws of a process.
let files: readonly File[] | undefined;
let sources: readonly Source[] | undefined;

/** Every file that people write by hand, programs and others. */
export const repositoryFiles = (): readonly File[] => {
  files ??= FOLDERS.flatMap(listFiles)
    .filter(path => [...PROGRAMS, '.css', '.sql', '.html', '.sh', '.md'].includes(extname(path)))
    .map(path => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
  return files;
};

export const repositorySources = (): readonly Source[] => {
  sources ??= repositoryFiles()
    .filter(file => PROGRAMS.has(extname(file.path)))
    .map(file => readSource(file.path, file.text));
  return sources;
};

/** What may look behind the curtain: tests, what serves them, benches and examples. */
export const isTest = (path: string): boolean =>
  /\.test\.tsx?$/.test(path) || /(^|\/)(testing|conformance)\.ts$/.test(path) || /^(test|bench|examples)\//.test(path);

export function readSource(path: string, text: string): Source {
  const { program, comments, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path} does not parse: ${errors[0]!.message}`);
  const lineOf = lineFinder(text);
  const { imports, blind } = readImports(path, program as unknown as SyntaxNode, lineOf);
  return {
    path,
    text,
    lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    program: program as unknown as SyntaxNode,
    comments: comments.map(({ value, start, end }) => ({ value, line: lineOf(start), endLine: lineOf(end) })),
    imports,
    blindImports: blind,
    lineOf,
  };
}

/** The tree in reading order, each node with its ancestors, the nearest last. */
export function* walk(node: SyntaxNode, parents: readonly SyntaxNode[] = []): Generator<[SyntaxNode, SyntaxNode[]]> {
  yield [node, parents as SyntaxNode[]];
  const below = [...parents, node];
  for (const key of visitorKeys[node.type] ?? []) {
    const value = node[key] as SyntaxNode | (SyntaxNode | null)[] | null | undefined;
    for (const child of Array.isArray(value) ? value : [value]) if (child) yield* walk(child, below);
  }
}

function readImports(path: string, program: SyntaxNode, lineOf: (offset: number) => number) {
  const imports: Import[] = [];
  const blind: number[] = [];
  for (const [node] of walk(program)) {
    const source = node['source'] as SyntaxNode | null | undefined;
    const kind = (node['importKind'] ?? node['exportKind']) as string | undefined;
    const isImport = /^(Import|ExportNamed|ExportAll)Declaration$/.test(node.type) && source;
    if (!isImport && node.type !== 'ImportExpression' && node.type !== 'TSImportType') continue;
    const specifier = source?.['value'];
    if (typeof specifier !== 'string') {
      blind.push(lineOf(node.start));
      continue;
    }
    const typeOnly = node.type === 'TSImportType' || (isImport ? kind === 'type' : false);
    imports.push({ specifier, target: resolve(path, specifier), typeOnly, line: lineOf(node.start) });
  }
  return { imports, blind };
}

function resolve(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return relative(ROOT, join(ROOT, dirname(from), specifier));
  const alias = aliases.find(each => specifier.startsWith(each.from));
  return alias && alias.to + specifier.slice(alias.from.length);
}

function lineFinder(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return offset => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}
