/** Law 1: imports follow section 4 of the architecture, and no file needs itself. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cycles, DIALECTS, importComplaints, importGraph } from './layers.ts';
import { isTest, readSource, repositorySources } from './sources.ts';

/** Known violations, each with the mend it waits for: `'src/a.ts:1 imports src/b.ts'` → `'to mend: …'`. */
const TO_MEND: Readonly<Record<string, string>> = {};

const complain = (path: string, text: string) => importComplaints(readSource(path, text));

test('every import follows the layers', () => {
  const complaints = repositorySources().flatMap(importComplaints);
  const known = (complaint: string) => Object.keys(TO_MEND).some(entry => complaint.startsWith(entry));
  assert.deepEqual(
    complaints.filter(complaint => !known(complaint)),
    [],
  );
  const mended = Object.keys(TO_MEND).filter(entry => !complaints.some(complaint => complaint.startsWith(entry)));
  assert.deepEqual(mended, [], 'mended: take it off the list');
});

test('no file of src imports itself through others', t => {
  const sources = repositorySources().filter(source => source.path.startsWith('src/') && !isTest(source.path));
  assert.ok(sources.length > 50, 'the sources were not found');
  const values = cycles(importGraph(sources, one => !one.typeOnly));
  assert.deepEqual(values, []);
  const withTypes = cycles(importGraph(sources, () => true));
  t.diagnostic(`cycles of types only: ${withTypes.length}, of ${withTypes.flat().length} files`);
});

const FORBIDDEN: readonly [from: string, statement: string, why: string][] = [
  ['src/lib/money.ts', "import { Core } from '#core/index.ts';", 'lib knows nothing of ours'],
  ['src/lib/money.ts', "import type { Core } from '#core/index.ts';", 'a type is knowledge too'],
  ['src/db/db.ts', "import { admit } from '../core/messages/admit.ts';", 'db does not know the domain'],
  ['src/core/messages/send.ts', "import { meta } from '../../providers/meta/index.ts';", 'core knows no provider'],
  ['src/core/messages/send.ts', "export { meta } from '../../providers/meta/index.ts';", 're-exports are imports'],
  ['src/core/messages/send.ts', "const x = await import('../../providers/meta/index.ts');", 'and so are dynamic ones'],
  ['src/core/messages/send.ts', "type X = import('../../providers/meta/index.ts').X;", 'and types in place'],
  ['src/core/messages/send.ts', 'const x = await import(name);', 'a computed path'],
  [
    'src/providers/twilio/send.ts',
    "import { admit } from '#core/index.ts';",
    'a provider translates, it never decides',
  ],
  ['src/providers/twilio/send.ts', "import '../meta/index.ts';", 'providers do not know each other'],
  ['src/providers/dialog360/send.ts', "import '../meta/send.ts';", 'a dialect builds on the façade'],
  ['src/providers/meta/send.ts', "import '../../../emulator/testing.ts';", 'the emulator is for tests'],
  ['src/verticals/queue/join.ts', "import '../events/index.ts';", 'verticals do not know each other'],
  ['src/verticals/queue/join.ts', "import '#core/messages/admit.ts';", 'a vertical uses the façade'],
  ['src/verticals/queue/join.ts', "import '#db/db.ts';", 'a vertical has statements and no connection'],
  ['src/workers/loop.ts', "import '../verticals/events/index.ts';", 'workers see the registries they are handed'],
  ['src/http/server.ts', "import '../providers/meta/index.ts';", 'and so does http'],
  ['src/http/server.ts', "import '#db/db.ts';", 'http knows errors of the database and nothing else'],
  ['src/core/context.ts', "import '../app.ts';", 'nobody below imports the root'],
  ['src/database.ts', "import './app.ts';", 'only those who start a process name it'],
  ['src/keys.ts', "import './core/keys.test.ts';", 'a program does not depend on tests'],
  ['sdk/src/client.ts', "import '../../src/lib/id.ts';", 'the SDK stands alone'],
  ['src/new-place/file.ts', "import '#lib/id.ts';", 'a new folder needs a layer'],
];

for (const [from, statement, why] of FORBIDDEN) {
  test(`the control: ${from} with «${statement}» is complained of, since ${why}`, () => {
    assert.equal(complain(from, statement).length, 1);
  });
}

test('the control: what the layers allow is not complained of', () => {
  assert.deepEqual(
    complain('src/core/messages/send.ts', "import '#db/db.ts'; import '../stats/stats.ts'; import 'pg';"),
    [],
  );
  assert.deepEqual(complain('src/providers/meta/send.test.ts', "import '../../../emulator/testing.ts';"), []);
  assert.deepEqual(
    complain('src/app.ts', "import './providers/meta/index.ts'; import './verticals/events/index.ts';"),
    [],
  );
  for (const [id, other] of Object.entries(DIALECTS))
    assert.deepEqual(complain(`src/providers/${id}/send.ts`, `import '../${other}/index.ts';`), []);
});

test('the control: a cycle of three files is found, a cycle of types is none at run time', () => {
  const sources = [
    readSource('src/a.ts', "import './b.ts';"),
    readSource('src/b.ts', "import { type C } from './c.ts';"),
    readSource('src/c.ts', "import './a.ts'; import type { D } from './d.ts';"),
    readSource('src/d.ts', "import './c.ts';"),
  ];
  assert.deepEqual(cycles(importGraph(sources, one => !one.typeOnly)), [['src/a.ts', 'src/b.ts', 'src/c.ts']]);
  assert.equal(cycles(importGraph(sources, () => true)).flat().length, 4);
});
