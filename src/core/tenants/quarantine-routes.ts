/** The quarantine over HTTP: what is held and why, and the release. Only the owner's keys may. */
import { Nullable, OneOf, Strict, Type } from '#lib/schema.ts';
import { route } from '../route.ts';
import { readQuarantine, releaseQuarantine } from './quarantine.ts';

export const quarantineRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/quarantine',
    scope: 'messages:read',
    tag: 'Quarantine',
    summary: 'Whether sending is held after a restore',
    description:
      'After a backup was restored nothing is sent until somebody releases it. `restored_to` is the last moment that the restored database knows of; what was sent, received or refused after it, it does not. `in_doubt` counts the messages that may have left since: they are `unknown` with the reason `restored`, and a receipt that the provider repeats settles them.',
    answers: {
      200: {
        description: 'The quarantine, or that there is none',
        schema: Type.Object({
          held: Type.Boolean(),
          since: Nullable(Type.String()),
          because: Nullable(Type.String()),
          restored_to: Nullable(Type.String()),
          in_doubt: Type.Integer(),
        }),
        example: {
          held: true,
          since: '2026-11-21T09:00:00.000Z',
          because: 'the database was restored from a backup',
          restored_to: '2026-11-21T03:00:00.000Z',
          in_doubt: 42,
        },
      },
    },
    handle: async (core, { tenant }) => ({ status: 200, body: await readQuarantine(core, tenant) }),
  }),
  route({
    method: 'POST',
    path: '/api/v1/quarantine/release',
    scope: '*',
    tag: 'Quarantine',
    summary: 'Release a tenant from quarantine',
    description:
      'Sending begins again with this call. `unsent` says what becomes of the messages in doubt: `leave` (the default) keeps them `unknown`, listed and never sent again by themselves; `send` puts those that have not expired back into the queue, for when nothing can have left since the backup because the service was stopped before it.',
    body: Strict({ unsent: Type.Optional(OneOf(['leave', 'send'])) }),
    example: { unsent: 'leave' },
    answers: {
      200: {
        description: 'Released',
        schema: Type.Object({ resent: Type.Integer(), in_doubt: Type.Integer() }),
        example: { resent: 0, in_doubt: 42 },
      },
    },
    handle: async (core, { tenant, body }) => {
      const released = await releaseQuarantine(core, tenant, { unsent: body.unsent ?? 'leave' });
      core.wake('messages');
      return { status: 200, body: released };
    },
  }),
];
