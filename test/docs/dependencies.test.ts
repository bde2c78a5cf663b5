/** Every package that the repository asks for has its line in docs/explain/dependencies.md, and every line its package. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { firstCells, ROOT, readDocument } from './documents.ts';

const MANIFESTS = ['package.json', 'tools/runtime/package.json', 'sdk/package.json', 'dashboard/package.json'];
const FIELDS = ['dependencies', 'devDependencies', 'optionalDependencies'];

type Manifest = Record<string, Record<string, string> | undefined>;

const manifests = () => MANIFESTS.map(path => JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as Manifest);

test('dependencies.md and package.json name the same packages', () => {
  const asked = manifests().flatMap(manifest => FIELDS.flatMap(field => Object.keys(manifest[field] ?? {})));
  assert.deepEqual(firstCells(readDocument('docs/explain/dependencies.md')).sort(), asked.sort());
});

test('versions are exact: the same install today and in a year', () => {
  const versions = manifests().flatMap(manifest => FIELDS.flatMap(field => Object.values(manifest[field] ?? {})));
  assert.deepEqual(
    versions.filter(version => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)),
    [],
  );
});
