import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';

const row = {
  id: c.uuid,
  name: c.text,
  language: c.text,
  purpose: c.text,
  meta_category: c.text,
  status: c.text,
  status_reason: c.maybe(c.text),
  quality: c.maybe(c.text),
  header: c.maybe(c.text),
  body: c.text,
  footer: c.maybe(c.text),
  provider_template_id: c.maybe(c.text),
};
const columns =
  'id, name, language, purpose, meta_category, status, status_reason, quality, header, body, footer, provider_template_id';

// Everything a batch may choose from: the templates it names and those of the purposes it leaves open.
export const templateCandidates = statement({
  name: 'template_candidates',
  owner: 'templates',
  params: { names: c.list(c.text), purposes: c.list(c.text) },
  row,
  sql: `select ${columns} from template
    where tenant_id = :tenant and (name = any(:names::text[]) or purpose = any(:purposes::text[]))
    order by status = 'approved' desc, updated_at desc, id`,
});

// By the two that the provider knows a template by.
export const templateRead = statement({
  name: 'template_read',
  owner: 'templates',
  params: { name: c.text, language: c.text },
  row,
  sql: `select ${columns} from template where tenant_id = :tenant and name = :name and language = :language`,
});

// By key and not by offset, drafts and rejected ones too.
export const templateList = statement({
  name: 'template_list',
  owner: 'templates',
  params: { after: c.uuid, limit: c.int },
  row,
  sql: `select ${columns} from template where tenant_id = :tenant and id > :after order by id limit :limit`,
});

// A changed text is a draft again; the same text keeps its standing with the provider.
export const templateSave = statement({
  name: 'template_save',
  owner: 'templates',
  params: {
    id: c.uuid,
    name: c.text,
    language: c.text,
    purpose: c.text,
    meta_category: c.text,
    header: c.maybe(c.text),
    body: c.text,
    footer: c.maybe(c.text),
    samples: c.json<Record<string, string>>(),
    now: c.instant,
  },
  row,
  sql: `insert into template as t (tenant_id, id, name, language, purpose, meta_category, status, header, body, footer, samples, created_at, updated_at)
    values (:tenant, :id, :name, :language, :purpose, :meta_category, 'draft', :header, :body, :footer, :samples, :now, :now)
    on conflict (tenant_id, name, language) do update set purpose = excluded.purpose, meta_category = excluded.meta_category,
      header = excluded.header, body = excluded.body, footer = excluded.footer, samples = excluded.samples, updated_at = excluded.updated_at,
      status = case when (t.header, t.body, t.footer, t.meta_category)
        is not distinct from (excluded.header, excluded.body, excluded.footer, excluded.meta_category) then t.status else 'draft' end
    returning ${columns}`,
});

export const templateSubmitted = statement({
  name: 'template_submitted',
  owner: 'templates',
  params: { id: c.uuid, provider_template_id: c.text, status: c.text, meta_category: c.text, now: c.instant },
  row,
  // The provider's webhook may have come before its answer to us: an approval is not put back to pending. What the
  // provider said of the text before counts no more.
  sql: `update template set provider_template_id = :provider_template_id, meta_category = :meta_category, updated_at = :now, status_reason = null, status_at = case when provider_template_id = :provider_template_id and status <> 'draft' then status_at end,
      status = case when :status = 'pending' and provider_template_id = :provider_template_id and status <> 'draft' then status else :status end
    where tenant_id = :tenant and id = :id returning ${columns}`,
});

// By the provider's id, or by name and language for an approval that overtook the answer which carries the id. The
// latest by the provider's own time holds, whatever the order of arrival; at one instant the status decides.
export const templateApplyChange = statement({
  name: 'template_apply_change',
  owner: 'templates',
  params: {
    provider_template_id: c.text,
    name: c.text,
    language: c.text,
    status: c.maybe(c.text),
    quality: c.maybe(c.text),
    reason: c.maybe(c.text),
    at: c.maybe(c.instant),
    now: c.instant,
  },
  row: { id: c.uuid },
  sql: `update template t set status = case when f.newer then :status::text else status end,
      status_reason = case when f.newer then :reason::text else status_reason end,
      status_at = case when f.newer then coalesce(:at::timestamptz, status_at) else status_at end,
      quality = case when f.rated then :quality::text else quality end,
      quality_at = case when f.rated then coalesce(:at::timestamptz, quality_at) else quality_at end,
      provider_template_id = :provider_template_id, updated_at = :now
    from (select t.id, :status::text is not null
        and (t.status_at is null or :at::timestamptz is null or (:at, :status::text) > (t.status_at, t.status)) as newer,
        :quality::text is not null
        and (t.quality_at is null or :at::timestamptz is null or (:at, :quality::text) > (t.quality_at, coalesce(t.quality, ''))) as rated
      from template t where t.tenant_id = :tenant and (t.provider_template_id = :provider_template_id
        or (t.provider_template_id is null and t.name = :name and lower(replace(t.language, '-', '_')) = lower(replace(:language, '-', '_'))))
      for update) f
    where t.tenant_id = :tenant and t.id = f.id and (f.newer or f.rated)
    returning t.id`,
});

// A send that met a paused or vanished template teaches us what its webhook has not yet.
export const templateMark = statement({
  name: 'template_mark',
  owner: 'templates',
  params: { id: c.uuid, status: c.text, reason: c.text, now: c.instant },
  row: { id: c.uuid },
  sql: `update template set status = :status, status_reason = :reason, updated_at = :now
    where tenant_id = :tenant and id = :id and status in ('approved', 'draft') returning id`,
});

// Whose turn it is to be asked about: what waits for an approval every quarter of a minute, what is in use every quarter
// of an hour. The mark is the claim: of several workers one asks. Machine time.
export const templateCheckClaim = statement({
  name: 'template_check_claim',
  owner: 'templates',
  params: { limit: c.int },
  row: { id: c.uuid, provider_template_id: c.text },
  sql: `with due as materialized (
      select id from template where tenant_id = :tenant and provider_template_id is not null and (checked_at is null
        or checked_at < clock_timestamp() - case status when 'pending' then interval '15 seconds' else interval '15 minutes' end)
        and status in ('pending', 'approved', 'paused')
      order by checked_at nulls first limit :limit for update skip locked)
    update template t set checked_at = clock_timestamp() from due where t.tenant_id = :tenant and t.id = due.id
    returning t.id, coalesce(t.provider_template_id, '') as provider_template_id`,
});

// The answer to that question, unless the template was changed or submitted anew while it was on its way.
export const templateChecked = statement({
  name: 'template_checked',
  owner: 'templates',
  params: { id: c.uuid, provider_template_id: c.text, status: c.text, reason: c.maybe(c.text), now: c.instant },
  row: { id: c.uuid },
  sql: `update template set status = :status, status_reason = :reason, updated_at = :now
    where tenant_id = :tenant and id = :id and provider_template_id = :provider_template_id
      and status in ('pending', 'approved', 'paused') and (status, status_reason) is distinct from (:status, :reason)
    returning id`,
});

// For the figures; paused and disabled ones are in none of the three.
export const templateCount = statement({
  name: 'template_count',
  owner: 'templates',
  params: {},
  row: { approved: c.bigint, pending: c.bigint, rejected: c.bigint },
  sql: `select count(*) filter (where status = 'approved') as approved, count(*) filter (where status = 'pending') as pending,
      count(*) filter (where status = 'rejected') as rejected
    from template where tenant_id = :tenant`,
});
