/** Writes what is generated and committed: openapi.json, schema.json, .env.example, the reference pages. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { apiPage, openApiFile, operations, scopesPage } from './generate/api.ts';
import { errorPages } from './generate/errors.ts';
import { idsPage } from './generate/ids.ts';
import { type Page, REFERENCE } from './generate/page.ts';
import { purposesPage, reasonsPage } from './generate/policy.ts';
import { readProduct } from './generate/product.ts';
import { envExample, settingsPage } from './generate/settings.ts';
import { statesPage } from './generate/states.ts';
import { tablesPage } from './generate/tables.ts';

/** Of the repository, whatever folder the command is called in. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export function generateCommand(): Command {
  return new Command('generate')
    .description('write the generated files of the repository')
    .option('--check', 'write nothing, and fail naming every file that is not current')
    .option('--release', 'also note that the migrations of today leave the house: from then on they may not be edited')
    .action(async ({ check, release }: { check?: true; release?: true }) => {
      const pages = await generatedPages(release ?? false);
      const stale = await findStale(pages);
      if (!check) await write(pages, stale);
      for (const { path, why } of stale) console.log(`${check ? why : 'written'}  ${path}`);
      if (check && stale.length > 0) {
        console.error(`${stale.length} generated files are not current: run \`npm run generate\` and commit them`);
        process.exitCode = 1;
      } else if (stale.length === 0) console.log(`all ${pages.length} generated files are current`);
    });
}

/** All of them, in one go: each run asks one product, so that no two pages tell of different ones. */
async function generatedPages(release: boolean): Promise<Page[]> {
  const { document, routes, schema, tables } = await readProduct({ release });
  const lines = operations(document, routes);
  return [
    openApiFile(document),
    { path: 'schema.json', text: schema },
    envExample(),
    settingsPage(),
    ...errorPages(),
    statesPage(),
    purposesPage(),
    reasonsPage(),
    idsPage(),
    scopesPage(lines),
    tablesPage(tables),
    apiPage(lines),
  ];
}

/** What --check names and a run writes: one comparison for both, so that what a run leaves passes the check. */
interface Stale {
  path: string;
  why: 'missing' | 'stale' | 'orphaned';
}

async function findStale(pages: readonly Page[]): Promise<Stale[]> {
  const found: Stale[] = [];
  for (const { path, text } of pages) {
    const there = await readFile(join(ROOT, path), 'utf8').catch(() => undefined);
    if (there !== text) found.push({ path, why: there === undefined ? 'missing' : 'stale' });
  }
  // The reference is generated as a whole: what nobody writes any more explains a thing that is gone.
  const made = new Set(pages.map(page => page.path));
  const there = await readdir(join(ROOT, REFERENCE), { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of there) {
    const path = join(entry.parentPath, entry.name).slice(ROOT.length);
    if (entry.isFile() && !made.has(path)) found.push({ path, why: 'orphaned' });
  }
  return found;
}

async function write(pages: readonly Page[], stale: readonly Stale[]): Promise<void> {
  for (const { path, why } of stale) {
    const file = join(ROOT, path);
    if (why === 'orphaned') await rm(file);
    else {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, pages.find(page => page.path === path)!.text);
    }
  }
}
