/** People who write STOP while a campaign is under way: what was not on the wire when their word was taken never goes. */
import { phoneOf } from '../../make.ts';
import { type Check, judged } from '../scorecard.ts';
import { prepare } from '../world/callers.ts';
import { deliver, envelope } from '../world/webhooks.ts';
import { openWorld, type World } from '../world/world.ts';
import { EACH, preparePromotions, startPromotions } from './promotions.ts';

export const optOutsCheck: Check = {
  number: 15,
  title: 'opt-outs in mid-campaign',
  target: '0 sends later than 2 s after the acknowledgement, 0 after the ledger entry but for what was sending',
  run: async run => {
    const count = run.short ? 1_200 : 20_000;
    const people = Math.ceil(count / EACH);
    const world = await openWorld({ roles: ['api', 'worker', 'worker'] });
    try {
      await preparePromotions(world, people);
      // So slow that most of it still waits when people write.
      const [sender] = (await world.caller.call('/api/v1/senders')).body.data;
      const pace = run.short ? 200 : 500;
      await prepare(1, () =>
        world.caller.call(`/api/v1/senders/${sender.id}`, { throughput_per_second: pace }, 'PATCH'),
      );
      const load = startPromotions(world, count);
      const told = new Map<string, number>();
      const stopping = Array.from({ length: Math.floor(people / 4) }, () => Math.floor(run.random() * people));
      for (const [index, person] of stopping.entries()) {
        await optOut(world, person, index);
        told.set(phoneOf(person), Date.now());
      }
      await load.done;
      await world.atRest(300_000);
      const found: string[] = [];
      // By the attempts' own instants against the ledger's, both of the database's clock.
      const [late] = await world.postgres.query<{ n: number }>(
        `select count(*)::int as n from message_attempt a join message m on m.id = a.message_id and m.tenant_id = a.tenant_id
         join (select contact_id, min(recorded_at) as at from consent_event where action = 'withdraw' group by 1) w on w.contact_id = m.contact_id
         where a.started_at > w.at and m.purpose = 'promo'`,
      );
      if (late!.n > 0) found.push(`${late!.n} were marked as sending after the withdrawal was in the ledger`);
      const [tardy] = await world.postgres.query<{ n: number }>(
        `select count(*)::int as n from message_attempt a join message m on m.id = a.message_id and m.tenant_id = a.tenant_id
         join contact_identity i on i.contact_id = m.contact_id and i.kind = 'phone'
         join jsonb_each_text($1::jsonb) t on t.key = i.value
         where a.started_at > to_timestamp((t.value::bigint + 2000) / 1000.0) and m.purpose = 'promo'`,
        [JSON.stringify(Object.fromEntries(told))],
      );
      if (tardy!.n > 0) found.push(`${tardy!.n} left later than two seconds after the acknowledgement`);
      const [ends] = await world.postgres.query<{ refused: number; out: number }>(
        `select count(*) filter (where reason = 'opted_out')::int as refused, count(*) filter (where state not in ('refused'))::int as out from message`,
      );
      if (ends!.refused === 0) found.push('nobody was refused: the opt-outs came too late to prove anything');
      return judged(
        found,
        `${told.size} opt-outs by text and by API in ${count} promotions: ${ends!.refused} refused, ${late!.n} too late`,
      );
    } finally {
      await world.close();
    }
  },
};

/** Half of them write, half are told by the shop; an answer means that it is in the books. */
async function optOut({ caller, services }: World, person: number, index: number): Promise<void> {
  const phone = phoneOf(person);
  if (index % 2 === 0) {
    await prepare(1, () => caller.call('/api/wa/optin', { phone, status: 'opt_out', source: 'counter' }), 1);
    return;
  }
  const message = {
    from: phone.slice(1),
    id: `wamid.stop.${index}`,
    timestamp: String(Math.floor(Date.now() / 1_000)),
    type: 'text',
    text: { body: 'STOP' },
  };
  await deliver(services[0]!.url, [envelope({ messages: [message] })]);
}
