/** Which of the language's and node's own globals a file reaches for. */
import { type Source, type SyntaxNode, walk } from './sources.ts';

export interface Use {
  name: string;
  node: SyntaxNode;
  parents: readonly SyntaxNode[];
}

const GLOBAL_OBJECTS = new Set(['globalThis', 'global', 'window', 'self']);
/** TypeScript's nodes are types and vanish at run time, but for these, which wrap an expression. */
const WRAPPERS = new Set([
  'TSAsExpression',
  'TSSatisfiesExpression',
  'TSNonNullExpression',
  'TSTypeAssertion',
  'TSInstantiationExpression',
  'TSParameterProperty',
]);

/** Reads of globals by their name, `globalThis.name` included. A name that the file itself declares is no global. */
export function globalUses(source: Source): Use[] {
  const declared = declaredNames(source);
  const uses: Use[] = [];
  for (const [node, parents] of walk(source.program)) {
    if (isInType(parents)) continue;
    const name = nameOf(node, parents);
    if (name === undefined) continue;
    const isMember = node.type === 'MemberExpression';
    if (isMember || (!declared.has(name) && isReference(node, parents.at(-1)!))) uses.push({ name, node, parents });
  }
  return uses;
}

/** `a.b` and `a['b']` alike. */
export function memberName(node: SyntaxNode): string | undefined {
  if (node.type !== 'MemberExpression') return undefined;
  const property = node['property'] as SyntaxNode;
  if (!node['computed']) return property['name'] as string;
  return typeof property['value'] === 'string' ? property['value'] : undefined;
}

export const isNamed = (node: SyntaxNode | undefined | null, name: string): boolean =>
  node?.type === 'Identifier' && node['name'] === name;

function nameOf(node: SyntaxNode, parents: readonly SyntaxNode[]): string | undefined {
  if (node.type === 'Identifier' && parents.length > 0) return node['name'] as string;
  const object = node['object'] as SyntaxNode | undefined;
  return object?.type === 'Identifier' && GLOBAL_OBJECTS.has(object['name'] as string) ? memberName(node) : undefined;
}

const isInType = (parents: readonly SyntaxNode[]): boolean =>
  parents.some(parent => parent.type.startsWith('TS') && !WRAPPERS.has(parent.type));

function isReference(node: SyntaxNode, parent: SyntaxNode): boolean {
  if (/^(Import|Export)/.test(parent.type) && parent.type.endsWith('Specifier')) return false;
  if (parent.type === 'MemberExpression') return parent['object'] === node || parent['computed'] === true;
  if (/^(Property|PropertyDefinition|MethodDefinition|AccessorProperty)$/.test(parent.type))
    return parent['value'] === node || (parent['computed'] === true && parent['key'] === node);
  return !/^(LabeledStatement|BreakStatement|ContinueStatement|MetaProperty)$/.test(parent.type);
}

/** Of the whole file, whatever the scope: a name that is declared anywhere in it is a global nowhere. */
function declaredNames(source: Source): Set<string> {
  const names = new Set<string>();
  const bind = (pattern: SyntaxNode | null | undefined) => {
    if (pattern) for (const name of patternNames(pattern)) names.add(name);
  };
  for (const [node] of walk(source.program)) {
    if (node.type === 'VariableDeclarator') bind(node['id'] as SyntaxNode);
    if (/Function|Class/.test(node.type) && !node.type.startsWith('TS')) bind(node['id'] as SyntaxNode | null);
    if (Array.isArray(node['params']) && !node.type.startsWith('TS')) (node['params'] as SyntaxNode[]).forEach(bind);
    if (/^Import(Default|Namespace)?Specifier$/.test(node.type)) bind(node['local'] as SyntaxNode);
    if (node.type === 'CatchClause') bind(node['param'] as SyntaxNode | null);
  }
  return names;
}

/** `{ a, b: [c], ...d }` declares a, c and d. */
function patternNames(pattern: SyntaxNode): string[] {
  const inner = (value: unknown) => (value ? patternNames(value as SyntaxNode) : []);
  switch (pattern.type) {
    case 'Identifier':
      return [pattern['name'] as string];
    case 'ObjectPattern':
      return (pattern['properties'] as SyntaxNode[]).flatMap(each => inner(each['value'] ?? each['argument']));
    case 'ArrayPattern':
      return (pattern['elements'] as (SyntaxNode | null)[]).flatMap(inner);
    case 'AssignmentPattern':
      return inner(pattern['left']);
    case 'RestElement':
      return inner(pattern['argument']);
    case 'TSParameterProperty':
      return inner(pattern['parameter']);
    default:
      return [];
  }
}
