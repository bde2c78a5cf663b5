/**
 * Law 2: what is called by its name can't be exchanged. A provider's or a vertical's id, in quotes, stands in its own
 * folder, in the composition root and in the configuration; elsewhere one asks for capabilities.
 */
import { memberName } from './globals.ts';
import { isTest, type Source, type SyntaxNode, walk } from './sources.ts';

export interface Ids {
  providers: readonly string[];
  verticals: readonly string[];
}

/** Beside the folder that bears the name. */
const HOMES = [/^src\/app\.ts$/, /^src\/config\.ts$/, /\/fixtures\//];

export function quotedIdComplaints(source: Source, ids: Ids): string[] {
  if (isTest(source.path) || HOMES.some(home => home.test(source.path))) return [];
  const away = (kind: string) => (id: string) => !source.path.startsWith(`src/${kind}/${id}/`);
  const providers = ids.providers.filter(away('providers'));
  const verticals = ids.verticals.filter(away('verticals'));
  const complaints: string[] = [];
  for (const [node, parents] of walk(source.program)) {
    const text = literalText(node);
    if (text === undefined || isDocumentation(parents)) continue;
    const found =
      providers.find(id => text === id || text.includes(`'${id}'`)) ??
      verticals.find(id => (text === id && isUsedAsVertical(node, parents)) || namesVerticalInSql(text, id));
    if (found !== undefined) complaints.push(`${source.path}:${source.lineOf(node.start)} names '${found}'`);
  }
  return complaints;
}

/** A whole string; of a template the parts between the holes, since SQL is written in templates. */
function literalText(node: SyntaxNode): string | undefined {
  if (node.type === 'Literal' && typeof node['value'] === 'string') return node['value'];
  if (node.type === 'TemplateElement') return (node['value'] as { cooked: string | null }).cooked ?? undefined;
  return undefined;
}

/** Examples are documentation: a constant or a property that is called so, as OpenAPI and the reference show them. */
const isDocumentation = (parents: readonly SyntaxNode[]): boolean =>
  parents.some(parent => {
    const name = (parent['id'] ?? (parent.type === 'Property' ? parent['key'] : undefined)) as SyntaxNode | undefined;
    return /^examples?([A-Z_]|$)/i.test(String(name?.['name'] ?? name?.['value'] ?? ''));
  });

/** `vertical`, `verticalId`, `event.origin`: the words under which a vertical's id travels. */
const CARRIERS = /^(vertical|origin)(s|Id|_id)?$/;
const SQL_CARRIERS = '(vertical|vertical_id|origin)';

const isCarrier = (node: SyntaxNode | undefined): boolean =>
  CARRIERS.test(String((node?.type === 'Identifier' ? node['name'] : undefined) ?? (node && memberName(node)) ?? ''));

/**
 * The verticals' ids are common words ("queue" is also a decision's outcome), so that only their use as an id counts:
 * compared with, given as or looked up in something that is called vertical or origin.
 */
function isUsedAsVertical(node: SyntaxNode, parents: readonly SyntaxNode[]): boolean {
  const parent = parents.at(-1)!;
  switch (parent.type) {
    case 'BinaryExpression':
      return isCarrier((parent['left'] === node ? parent['right'] : parent['left']) as SyntaxNode);
    case 'SwitchCase':
      return isCarrier(parents.at(-2)?.['discriminant'] as SyntaxNode);
    case 'Property':
    case 'PropertyDefinition':
      return parent['value'] === node && isCarrier(parent['key'] as SyntaxNode);
    case 'VariableDeclarator':
      return isCarrier(parent['id'] as SyntaxNode);
    case 'MemberExpression':
      return isCarrier(parent['object'] as SyntaxNode);
    case 'CallExpression':
      return isCarrier((parent['callee'] as SyntaxNode)['object'] as SyntaxNode | undefined);
    default:
      return false;
  }
}

const namesVerticalInSql = (text: string, id: string): boolean =>
  new RegExp(`\\b${SQL_CARRIERS}\\s*(=|<>|!=|in\\s*\\()\\s*'${id}'`).test(text);
