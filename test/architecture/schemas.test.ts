import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { coreRoutes } from '#core/index.ts';
import { verticals } from '../../src/app.ts';
import { validatorCompiler } from '../../src/http/validation.ts';

const routes = [...coreRoutes, ...verticals.flatMap(vertical => vertical.routes)];
const parts = routes.flatMap(({ method, path, params, query, body }) =>
  Object.entries({ params, query, body }).flatMap(([httpPart, schema]) =>
    schema === undefined ? [] : [{ name: `${httpPart} of ${method} ${path}`, httpPart, schema }],
  ),
);

test('every schema of a route is one by the standard, and can be compiled', () => {
  const judge = new Ajv({ strict: false });
  assert.ok(parts.length > 50, 'the routes were not found');
  for (const { name, httpPart, schema } of parts) {
    assert.ok(judge.validateSchema(schema), `${name}: ${judge.errorsText()}`);
    // It compiles when it is first asked.
    assert.equal(typeof validatorCompiler({ schema, httpPart })({}), 'boolean', name);
  }
  assert.equal(judge.validateSchema({ type: 'nonsense' }), false, 'the control');
});

test('what was wrong is told for each call anew', () => {
  const schema = { type: 'object', properties: { n: { type: 'integer' } } };
  const inBody = validatorCompiler({ schema, httpPart: 'body' });
  assert.equal(inBody({ n: '5' }), false, 'a body can say 5');
  assert.equal(inBody.errors?.[0]?.instancePath, '/n');
  assert.equal(inBody({ n: 5 }), true);
  assert.equal(inBody.errors, null);
  const inAddress = { n: '5' };
  assert.equal(validatorCompiler({ schema, httpPart: 'querystring' })(inAddress), true, 'in an address all is text');
  assert.deepEqual(inAddress, { n: 5 });
});
