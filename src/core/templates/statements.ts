import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';
import type { Authentication, HeaderMedia, TemplateButton } from './parts.ts';

/** One shape for all readings: a template is small, and whoever reads one sends, shows or compares the whole of it. */
export const row = {
  id: c.uuid,
  name: c.text,
  language: c.text,
  purpose: c.text,
  meta_category: c.text,
  next_category: c.maybe(c.text),
  next_category_at: c.maybe(c.instant),
  status: c.text,
  status_reason: c.maybe(c.text),
  quality: c.maybe(c.text),
  header: c.maybe(c.text),
  media: c.maybe(c.json<HeaderMedia>()),
  body: c.text,
  footer: c.maybe(c.text),
  buttons: c.json<readonly TemplateButton[]>(),
  authentication: c.maybe(c.json<Authentication>()),
  positional: c.bool,
  samples: c.json<Record<string, string>>(),
  followed_at: c.maybe(c.instant),
  provider_template_id: c.maybe(c.text),
};
const columns = Object.keys(row).join(', ');

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

// By the two that the provider knows a template by. In another spelling of the language it is the same one.
export const templateRead = statement({
  name: 'template_read',
  owner: 'templates',
  params: { name: c.text, language: c.text },
  row,
  sql: `select ${columns} from template where tenant_id = :tenant and name = :name and language = :language`,
});

// By our id.
export const templateReadById = statement({
  name: 'template_read_by_id',
  owner: 'templates',
  params: { id: c.uuid },
  row,
  sql: `select ${columns} from template where tenant_id = :tenant and id = :id`,
});

// Held until the end of the transaction: whoever changes a text that they have read is alone with it.
export const templateLock = statement({
  name: 'template_lock',
  owner: 'templates',
  params: { id: c.uuid },
  row,
  sql: `select ${columns} from template where tenant_id = :tenant and id = :id for update`,
});

// By key and not by offset, drafts and rejected ones too. A filter that is null lets everything through.
export const templateList = statement({
  name: 'template_list',
  owner: 'templates',
  params: {
    after: c.uuid,
    limit: c.int,
    status: c.maybe(c.text),
    purpose: c.maybe(c.text),
    category: c.maybe(c.text),
    name: c.maybe(c.text),
    language: c.maybe(c.text),
  },
  row,
  sql: `select ${columns} from template where tenant_id = :tenant and id > :after
      and (:status::text is null or status = :status) and (:purpose::text is null or purpose = :purpose)
      and (:category::text is null or meta_category = :category) and (:name::text is null or name = :name)
      and (:language::text is null or language = :language)
    order by id limit :limit`,
});

// Another template that says the same, word for word: the provider refuses the second one.
export const templateTwin = statement({
  name: 'template_twin',
  owner: 'templates',
  params: { name: c.text, body: c.text, footer: c.maybe(c.text) },
  row: { name: c.text, language: c.text },
  sql: `select name, language from template
    where tenant_id = :tenant and body = :body and footer is not distinct from :footer and name <> :name and authentication is null
    order by id limit 1`,
});

/** What a caller wrote, and its digest. */
const content = {
  purpose: c.text,
  header: c.maybe(c.text),
  media: c.maybe(c.json<HeaderMedia>()),
  body: c.text,
  footer: c.maybe(c.text),
  buttons: c.json<readonly TemplateButton[]>(),
  authentication: c.maybe(c.json<Authentication>()),
  samples: c.json<Record<string, string>>(),
  form: c.bytes,
  now: c.instant,
};

// A text that the provider has not seen is a draft again; the same text keeps its standing. So does the category that the
// provider gave it, as long as the purpose asks for the same one as before.
export const templateSave = statement({
  name: 'template_save',
  owner: 'templates',
  params: {
    id: c.uuid,
    name: c.text,
    language: c.text,
    meta_category: c.text,
    alike: c.list(c.text),
    ...content,
  },
  row,
  sql: `insert into template as t (tenant_id, id, name, language, purpose, meta_category, status, header, media, body, footer, buttons, authentication, positional, samples, form, text_at, created_at, updated_at)
    values (:tenant, :id, :name, :language, :purpose, :meta_category, 'draft', :header, :media, :body, :footer, :buttons, :authentication, :authentication::jsonb is not null, :samples, :form, :now, :now, :now)
    on conflict (tenant_id, name, language) do update set purpose = excluded.purpose,
      meta_category = case when t.purpose = any(:alike::text[]) then t.meta_category else excluded.meta_category end,
      category_at = case when t.purpose = any(:alike::text[]) then t.category_at else greatest(t.category_at, excluded.updated_at) end,
      header = excluded.header, media = excluded.media, body = excluded.body, footer = excluded.footer, buttons = excluded.buttons,
      authentication = excluded.authentication, samples = excluded.samples, form = excluded.form, updated_at = excluded.updated_at,
      status = case when t.form = excluded.form and t.purpose = any(:alike::text[]) then t.status else 'draft' end,
      submitting_until = case when t.form = excluded.form then t.submitting_until end,
      text_at = case when t.form = excluded.form then t.text_at else excluded.text_at end,
      followed_at = case when t.form = excluded.form then t.followed_at end
    returning ${columns}`,
});

// One that somebody made at the provider. Of two that import it at once the first one does.
export const templateImport = statement({
  name: 'template_import',
  owner: 'templates',
  params: {
    id: c.uuid,
    name: c.text,
    language: c.text,
    meta_category: c.text,
    status: c.text,
    status_reason: c.maybe(c.text),
    quality: c.maybe(c.text),
    positional: c.bool,
    provider_template_id: c.text,
    at: c.instant,
    ...content,
  },
  row,
  sql: `insert into template (tenant_id, id, name, language, purpose, meta_category, status, status_reason, status_at, quality, header, media, body, footer, buttons, authentication, positional, samples, form, provider_form, text_at, provider_template_id, created_at, updated_at)
    values (:tenant, :id, :name, :language, :purpose, :meta_category, :status, :status_reason, :at, :quality, :header, :media, :body, :footer, :buttons, :authentication, :positional, :samples, :form, :form, :at, :provider_template_id, :now, :now)
    on conflict do nothing returning ${columns}`,
});

// Refuses nothing and deletes one row; messages keep what they say.
export const templateDelete = statement({
  name: 'template_delete',
  owner: 'templates',
  params: { id: c.uuid },
  row: { id: c.uuid },
  sql: 'delete from template where tenant_id = :tenant and id = :id returning id',
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
