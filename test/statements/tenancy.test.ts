/**
 * Law 4, its last part: a tenant's statement binds its tenant by its own words. Row-level security is switched off here,
 * because it would hide a statement that forgot; what it adds is proven in row-security.test.ts.
 *
 * Ana runs every statement with Ben's ids and words for arguments. Nothing of Ben's may change, and what Ana gets must
 * be the same as if Ben did not exist.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { encodeParams, type Statement } from '#db/statement.ts';
import { argumentsOf } from './foreign-arguments.ts';
import {
  ANA,
  BEN,
  holdings,
  removeHoldings,
  type SeededTenant,
  seed,
  type TenantTable,
  tenantTables,
} from './seeded-tenants.ts';
import { allStatements, openStage, type Stage, undone } from './stage.ts';

/** Names that are one for the whole installation: meeting another tenant's is an answer, and the only one. */
const GLOBAL_NAMES: Readonly<Record<string, string>> = {
  tenant_create: 'a slug',
  key_create: 'a key’s handle, which the caller shows before anybody knows the tenant',
  sender_save: 'a sender’s key, which stands in the webhook’s path; it is random',
};

/** Known violations and the mend each waits for. */
const TO_MEND: Readonly<Record<string, string>> = {};

/** A row has many lives, and a statement may look for any of them. */
const LIVES: Readonly<Record<string, { bare: boolean; change?: string; owners?: RegExp }>> = {
  'all columns filled': { bare: false },
  'nothing but what must be': { bare: true },
  'a dead webhook': { bare: false, change: "update inbox_pending set lane = 'dead'" },
  'a template approved': { bare: false, change: "update template set status = 'approved'", owners: /templates/ },
  ...Object.fromEntries(
    ['queued', 'leased', 'sending', 'accepted', 'unknown', 'failed'].map(state => [
      `a message ${state}`,
      {
        bare: false,
        change: `update message set state = '${state}', erased = false, closed_attempt = 0; update tenant set held_since = null; update sender set switched_off = false, banned_at = null, refused_at = null`,
      },
    ]),
  ),
};

let stage: Stage;
let tables: TenantTable[];
let statements: Statement[];
before(async () => {
  stage = await openStage();
  tables = await tenantTables(stage.owner);
  for (const { name } of tables) await stage.owner.query(`alter table ${name} disable row level security`);
  statements = allStatements().filter(statement => statement.scope === 'tenant');
});
after(() => stage.close());

test('every statement of a tenant binds the tenant', () => {
  assert.deepEqual(
    statements.filter(({ order }) => !order.includes('tenant')).map(({ name }) => name),
    [],
  );
});

interface Outcome {
  /** Rows without times, which differ from run to run; or the error's code. */
  answer: string;
  rows: number;
  ana: string;
  ben: string;
}

async function runAs(who: SeededTenant, statement: Statement): Promise<Outcome> {
  const { owner } = stage;
  const values = encodeParams(statement, who.tenant, argumentsOf(statement, tables, BEN) as never);
  await owner.query('savepoint run');
  try {
    const { rows } = await owner.query<Record<string, unknown>>({ text: statement.text, values });
    const timeless = Object.keys(statement.row).filter(
      name => statement.row[name]!.sql !== 'timestamp with time zone' && !name.endsWith('_ms'),
    );
    const lines = rows.map(row => JSON.stringify(timeless.map(name => row[name]))).sort();
    return {
      answer: lines.join('\n'),
      rows: rows.length,
      ana: await holdings(owner, tables, ANA),
      ben: await holdings(owner, tables, BEN),
    };
  } catch (error) {
    return { answer: `error ${(error as { code?: string }).code}`, rows: 0, ana: '', ben: '' };
  } finally {
    await owner.query('rollback to run');
  }
}

/** In a transaction that is rolled back: both tenants in one of their lives. */
const living = <T>(life: string, work: () => Promise<T>): Promise<T> =>
  undone(stage.owner, ANA.tenant, async () => {
    const { bare, change } = LIVES[life]!;
    for (const who of [ANA, BEN]) await seed(stage.owner, tables, who, bare);
    if (change) await stage.owner.query(change);
    return work();
  });

interface Verdict {
  changed: string[];
  told: string[];
  reached: string[];
}

async function judge(life: string, judged: readonly Statement[]): Promise<Verdict> {
  return living(life, async () => {
    const { owner } = stage;
    const untouched = { ana: await holdings(owner, tables, ANA), ben: await holdings(owner, tables, BEN) };
    const verdict: Verdict = { changed: [], told: [], reached: [] };
    const answers = new Map<string, string>();
    for (const statement of judged) {
      const asAna = await runAs(ANA, statement);
      answers.set(statement.name, asAna.answer);
      if (asAna.ben !== '' && asAna.ben !== untouched.ben) verdict.changed.push(statement.name);
      const asBen = await runAs(BEN, statement);
      const acts = (found: Outcome) => found.ben !== '' && (found.ben !== untouched.ben || found.ana !== untouched.ana);
      if (asBen.rows > 0 || acts(asBen) || acts(asAna)) verdict.reached.push(statement.name);
    }
    await removeHoldings(owner, tables, BEN);
    for (const statement of judged) {
      const alone = await runAs(ANA, statement);
      if (alone.answer !== answers.get(statement.name)) verdict.told.push(statement.name);
    }
    return verdict;
  });
}

const reached = new Set<string>();
const guilty = new Set<string>();

for (const life of Object.keys(LIVES)) {
  test(`with another tenant’s ids no statement changes or tells anything of theirs (${life})`, async () => {
    const { change, owners = /messages|inbox/ } = LIVES[life]!;
    const judged = change ? statements.filter(({ owner }) => owners.test(owner)) : statements;
    const verdict = await judge(life, judged);
    for (const name of verdict.reached) reached.add(name);
    for (const name of verdict.changed) guilty.add(name);
    const { changed, told } = verdict;
    assert.deepEqual(
      changed.filter(name => !(name in TO_MEND)),
      [],
      'changed rows of another tenant',
    );
    assert.deepEqual(
      told.filter(name => !(name in GLOBAL_NAMES)),
      [],
      'answered by another tenant’s rows',
    );
  });
}

test('what is to be mended is still to be mended', () => {
  assert.deepEqual(
    Object.keys(TO_MEND).filter(name => !guilty.has(name)),
    [],
    'mended: take it off the list',
  );
});

test('the proof reaches: with its own ids nearly every statement finds or changes something', t => {
  const idle = statements.filter(({ name }) => !reached.has(name)).map(({ name }) => name);
  t.diagnostic(`without effect on the seeded rows: ${idle.join(', ') || 'none'}`);
  assert.ok(idle.length <= statements.length / 10, `too many prove nothing: ${idle.join(', ')}`);
});

test('the control: statements that forget the tenant are caught, reading and writing', async () => {
  const original = statements.find(({ name }) => name === 'message_read')!;
  const control = (name: string, text: string): Statement => ({
    ...original,
    name,
    text,
    order: ['id', 'tenant'],
    row: { id: original.row['id']! },
  });
  const change = "update message set reason = 'x' where id = $1 and";
  const {
    changed,
    told,
    reached: found,
  } = await judge('all columns filled', [
    control('forgetful reading', 'select id from message where id = $1 and $2::uuid is not null'),
    control('forgetful writing', `${change} $2::uuid is not null returning id`),
    control('bound writing', `${change} tenant_id = $2 returning id`),
  ]);
  assert.deepEqual(changed, ['forgetful writing']);
  assert.deepEqual(told, ['forgetful reading', 'forgetful writing']);
  assert.equal(found.length, 3);
});
