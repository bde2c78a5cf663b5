/** The shape of files (architecture, section 11): how long, how they are called, and that only façades hand on. */
import { basename, dirname, extname } from 'node:path';
import { type File, isTest, type Source, type SyntaxNode, walk } from './sources.ts';

/** Far above what is aimed at: the law ends an argument, it does not begin one. */
const MOST_LINES = 400;
const MOST_TEST_LINES = 600;
/** Not judged by length: a migration that has landed can't be divided any more, and documents are not programs. */
const UNMEASURED = new Set(['.sql', '.md', '.html']);

export function sizeComplaints(file: File): string[] {
  if (UNMEASURED.has(extname(file.path))) return [];
  const lines = file.text.split('\n').length - (file.text.endsWith('\n') ? 1 : 0);
  const most = isTest(file.path) ? MOST_TEST_LINES : MOST_LINES;
  return lines > most ? [`${file.path} has ${lines} lines, ${most} are the most: divide it by what it is about`] : [];
}

/** Names that say nothing of what is inside. Not "utility": that is a category of templates. */
const EMPTY_WORDS = new Set(['util', 'utils', 'helper', 'helpers', 'common', 'manager', 'managers', 'misc']);
/** Names that others prescribe. */
const GIVEN_NAMES = new Set(['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'Dockerfile']);

export function fileNameComplaints(file: File): string[] {
  const name = basename(file.path);
  if (GIVEN_NAMES.has(name)) return [];
  const complaints: string[] = [];
  if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)+$/.test(name) && !/^\d{4}_[a-z0-9_]+\.sql$/.test(name))
    complaints.push(`${file.path} is not in kebab-case`);
  const words = file.path.toLowerCase().split(/[^a-z]+/);
  if (words.some(word => EMPTY_WORDS.has(word))) complaints.push(`${file.path}: the name does not say what is inside`);
  return complaints;
}

/** Whatever has a name that others read; a variable only where it is a function. */
const NAMED = new Set(['FunctionDeclaration', 'ClassDeclaration', 'TSInterfaceDeclaration', 'TSTypeAliasDeclaration']);

export function declaredNameComplaints(source: Source): string[] {
  const complaints: string[] = [];
  for (const [node] of walk(source.program)) {
    const isFunction = node.type === 'VariableDeclarator' && /Function/.test((node['init'] as SyntaxNode)?.type ?? '');
    if (!NAMED.has(node.type) && !isFunction) continue;
    const name = (node['id'] as SyntaxNode | null)?.['name'];
    if (typeof name !== 'string') continue;
    const words = name
      .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .split(/[\s_]+/);
    if (words.some(word => EMPTY_WORDS.has(word)))
      complaints.push(`${source.path}:${source.lineOf(node.start)} ${name}: the name does not say what it does`);
  }
  return complaints;
}

/** The only files that may hand on what others export: the core's door, and the published package. */
const FACADES = [/^src\/core\/index\.ts$/, /^sdk\//];

/** A file that only hands on what others export: the reader opens it, finds nothing, and opens the next one. */
export function barrelComplaints(source: Source): string[] {
  if (FACADES.some(facade => facade.test(source.path))) return [];
  const statements = source.program['body'] as SyntaxNode[];
  const handsOn = (node: SyntaxNode) =>
    node.type === 'ExportAllDeclaration' || (node.type === 'ExportNamedDeclaration' && node['declaration'] === null);
  const only = statements.every(node => handsOn(node) || node.type === 'ImportDeclaration');
  return only && statements.some(handsOn) ? [`${source.path} only re-exports: import from the file itself`] : [];
}

/** Share of lines that hold comment, by folder: information, since a number can't tell a good comment from a bad one. */
export function commentShares(sources: readonly Source[]): { folder: string; share: number; files: number }[] {
  const folders = new Map<string, { comment: number; all: number; files: number }>();
  for (const source of sources) {
    const folder = dirname(source.path).split('/').slice(0, 3).join('/');
    const sum = folders.get(folder) ?? { comment: 0, all: 0, files: 0 };
    const lines = new Set(
      source.comments.flatMap(({ line, endLine }) =>
        Array.from({ length: endLine - line + 1 }, (_, add) => line + add),
      ),
    );
    folders.set(folder, { comment: sum.comment + lines.size, all: sum.all + source.lines, files: sum.files + 1 });
  }
  return [...folders].map(([folder, { comment, all, files }]) => ({ folder, share: comment / all, files }));
}
