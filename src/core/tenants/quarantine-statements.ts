/** Since when a tenant sends nothing, and the end of it. What becomes of its messages is theirs (messages/restored.ts). */
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';

// The first word holds: a second start before the release finds it and changes nothing.
export const tenantHold = statement({
  name: 'tenant_hold',
  owner: 'tenants',
  params: { because: c.text, restored_to: c.instant },
  row: {},
  sql: `update tenant set held_since = clock_timestamp(), held_because = :because, restored_to = :restored_to
    where tenant_id = :tenant and held_since is null`,
});

// Answers whether there was anything to release.
export const tenantRelease = statement({
  name: 'tenant_release',
  owner: 'tenants',
  params: {},
  row: { slug: c.text },
  sql: `update tenant set held_since = null, held_because = null, restored_to = null
    where tenant_id = :tenant and held_since is not null returning slug`,
});

// What the operator is told before they decide.
export const quarantineRead = statement({
  name: 'tenant_quarantine_read',
  owner: 'tenants',
  params: {},
  row: { held_since: c.maybe(c.instant), held_because: c.maybe(c.text), restored_to: c.maybe(c.instant) },
  sql: 'select held_since, held_because, restored_to from tenant where tenant_id = :tenant',
});
