/** What the provider says of a template, by its own time; and what a submission writes down before and after it. */
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';
import type { HeaderMedia, TemplateButton } from './parts.ts';
import { row } from './statements.ts';

const columns = Object.keys(row).join(', ');

// Before the request: what the provider says from here on may already be about this text, and what it said before (told
// late, or told again) is about another one. What it said no to is asked anew.
export const templateSubmitting = statement({
  name: 'template_submitting',
  owner: 'templates',
  params: { id: c.uuid, wait_ms: c.int, at: c.instant, now: c.instant },
  row: { id: c.uuid, form: c.bytes },
  sql: `update template set submitting_until = clock_timestamp() + :wait_ms::integer * interval '1 millisecond',
      status = case when status = 'rejected' then 'draft' else status end,
      -- A word that is dated later than now was said already: the provider's clock is ahead of ours.
      status_at = case when status_at > :now then status_at else :at end, text_at = greatest(text_at, :now), updated_at = :now
    where tenant_id = :tenant and id = :id returning id, form`,
});

// The provider's webhook may have come before its answer to us: an approval is not put back to pending. A text that was
// changed meanwhile stays the draft that it is. An answer without a category leaves the one that we know.
export const templateSubmitted = statement({
  name: 'template_submitted',
  owner: 'templates',
  params: {
    id: c.uuid,
    form: c.bytes,
    provider_template_id: c.text,
    status: c.text,
    meta_category: c.maybe(c.text),
    at: c.instant,
    now: c.instant,
  },
  row,
  sql: `update template set provider_template_id = :provider_template_id, provider_form = :form, submitting_until = null, updated_at = :now,
      meta_category = coalesce(:meta_category::text, meta_category),
      category_at = case when :meta_category::text is null then category_at else greatest(category_at, :at) end,
      status_reason = case when form = :form and status = 'draft' then null else status_reason end,
      -- Of another id is what was said while this one was on its way.
      status_at = case when provider_template_id is null or provider_template_id = :provider_template_id then status_at else :at end,
      status = case when form <> :form then 'draft'
        when :status = 'pending' and provider_template_id = :provider_template_id and status <> 'draft' then status else :status end
    where tenant_id = :tenant and id = :id returning ${columns}`,
});

// The provider said no, or nothing at all. Only a draft becomes a rejected one: an approved template stays what it is.
export const templateNotSubmitted = statement({
  name: 'template_not_submitted',
  owner: 'templates',
  params: { id: c.uuid, form: c.bytes, rejected: c.bool, reason: c.maybe(c.text), now: c.instant },
  row,
  sql: `update template set submitting_until = null, updated_at = :now,
      status_reason = case when :rejected and form = :form and status in ('draft', 'rejected') then :reason else status_reason end,
      status = case when :rejected and form = :form and status = 'draft' then 'rejected' else status end
    where tenant_id = :tenant and id = :id returning ${columns}`,
});

// By the provider's id, or by name and language for an approval that overtook the answer which carries the id. The
// latest by the provider's own time holds, whatever the order of arrival; at one instant the status decides. A standing
// is that of the text which the provider has: one that waits to be handed in, or was refused, it does not concern. A
// draft that never was there is taken for theirs only by a word that says what theirs says (`adopts`), and by no rating.
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
    adopts: c.bool,
    at: c.maybe(c.instant),
    now: c.instant,
  },
  row: { id: c.uuid },
  sql: `update template t set provider_form = case when f.adopted then t.form else t.provider_form end,
      status = case when f.newer then :status::text else status end,
      status_reason = case when f.newer then :reason::text else status_reason end,
      status_at = case when f.newer then coalesce(:at::timestamptz, status_at) else status_at end,
      quality = case when f.rated then :quality::text else quality end,
      quality_at = case when f.rated then coalesce(:at::timestamptz, quality_at) else quality_at end,
      provider_template_id = :provider_template_id, updated_at = :now
    from (select t.id, t.provider_template_id is null and :adopts as adopted,
        :status::text is not null and (t.submitting_until > clock_timestamp() or (t.provider_template_id is null and :adopts) or (t.status <> 'draft' and t.provider_form = t.form))
        and (t.status_at is null or :at::timestamptz is null or (:at, :status::text) > (t.status_at, t.status)) as newer,
        :quality::text is not null
        and (t.quality_at is null or :at::timestamptz is null or (:at, :quality::text) > (t.quality_at, coalesce(t.quality, ''))) as rated
      from template t where t.tenant_id = :tenant and (t.provider_template_id = :provider_template_id
        or (t.provider_template_id is null and t.name = :name and lower(replace(t.language, '-', '_')) = lower(replace(:language, '-', '_'))))
      for update) f
    where t.tenant_id = :tenant and t.id = f.id and (f.newer or (f.rated and (t.provider_template_id is not null or f.adopted)))
    returning t.id`,
});

// Announced changes are kept with their day; a finished one takes its announcement away. By the provider's own time; of
// two words of one moment the finished change holds.
export const templateApplyCategory = statement({
  name: 'template_apply_category',
  owner: 'templates',
  params: {
    provider_template_id: c.text,
    to: c.text,
    announced_for: c.maybe(c.instant),
    done: c.bool,
    word: c.text,
    at: c.maybe(c.instant),
    now: c.instant,
  },
  row: { id: c.uuid },
  sql: `update template set meta_category = case when :done then :to else meta_category end,
      next_category = case when :done then null else :to end,
      next_category_at = case when :done then null else :announced_for::timestamptz end,
      category_at = coalesce(:at::timestamptz, category_at), category_word = :word, updated_at = :now
    where tenant_id = :tenant and provider_template_id = :provider_template_id
      and (category_at is null or :at::timestamptz is null or (:at, :word) > (category_at, coalesce(category_word, '')))
    returning id`,
});

// The template whose text the provider tells of: held until our text has followed. One that waits to be handed in
// follows nobody; one that was handed in after the word has said so already.
export const templateFollowing = statement({
  name: 'template_following',
  owner: 'templates',
  params: { provider_template_id: c.text, at: c.maybe(c.instant) },
  row,
  sql: `select ${columns} from template
    where tenant_id = :tenant and provider_template_id = :provider_template_id and (submitting_until > clock_timestamp() or (status <> 'draft' and provider_form = form))
      and (text_at is null or :at::timestamptz is null or :at::timestamptz >= date_trunc('second', text_at)) for update`,
});

// What the provider shows is what is sent: our text says the same, and since when.
export const templateFollow = statement({
  name: 'template_follow',
  owner: 'templates',
  params: {
    id: c.uuid,
    header: c.maybe(c.text),
    media: c.maybe(c.json<HeaderMedia>()),
    body: c.text,
    footer: c.maybe(c.text),
    buttons: c.json<readonly TemplateButton[]>(),
    form: c.bytes,
    at: c.instant,
    now: c.instant,
  },
  row: { id: c.uuid },
  sql: `update template set header = :header, media = :media, body = :body, footer = :footer, buttons = :buttons, form = :form, provider_form = :form,
      text_at = :at, followed_at = :at, updated_at = :now
    where tenant_id = :tenant and id = :id returning id`,
});

// A send that met a paused or vanished template teaches us what its webhook has not yet; what was told of its standing
// since then is newer, and so is this than what was told before, however late that comes: by the second, as the provider
// dates its words. A draft is not the text that was sent, and neither is one that has another id there by now.
export const templateMark = statement({
  name: 'template_mark',
  owner: 'templates',
  params: {
    id: c.uuid,
    provider_template_id: c.maybe(c.text),
    status: c.text,
    reason: c.text,
    at: c.instant,
    now: c.instant,
  },
  row: { id: c.uuid },
  sql: `update template set status = :status, status_reason = :reason, updated_at = :now,
      status_at = greatest(status_at, date_trunc('second', :at::timestamptz))
    where tenant_id = :tenant and id = :id and status = 'approved'
      and provider_template_id is not distinct from :provider_template_id and (status_at is null or status_at <= :at) returning id`,
});

// Whether our text is the one that the provider has: only then its standing there can be changed for ours.
export const templateThere = statement({
  name: 'template_there',
  owner: 'templates',
  params: { id: c.uuid },
  row: { form: c.bytes },
  sql: "select form from template where tenant_id = :tenant and id = :id and provider_form = form and status <> 'draft'",
});

// A person's word that the provider took: from now on it holds, and what was said before does not undo it. Of the text
// that they saw, in the standing that they saw; its webhook may have been faster.
export const templateLift = statement({
  name: 'template_lift',
  owner: 'templates',
  params: { id: c.uuid, form: c.bytes, was: c.text, at: c.instant, now: c.instant },
  row,
  sql: `update template set status = 'approved', status_reason = null, status_at = greatest(status_at, :at), updated_at = :now
    where tenant_id = :tenant and id = :id and form = :form and provider_form = :form and status in (:was, 'approved')
    returning ${columns}`,
});
