/** Templates as things that have a standing and a language. Pure. */
import { rulesOf } from '../messages/purposes.ts';

export const TEMPLATE_STATUSES = ['draft', 'pending', 'approved', 'rejected', 'paused', 'disabled'] as const;
export const CATEGORIES = ['MARKETING', 'UTILITY', 'AUTHENTICATION'] as const;

/** `SERVICE` purposes answer people who wrote; as a template such a text is a utility. */
export const categoryOf = (purpose: string): (typeof CATEGORIES)[number] => {
  const { category } = rulesOf(purpose);
  return category === 'SERVICE' ? 'UTILITY' : category;
};

/** exact → base language → the tenant's default → the only one (API, section 4). */
export function chooseLanguage<T extends { language: string }>(
  candidates: readonly T[],
  wanted: string | undefined,
  fallback: string,
): T | undefined {
  const byTag = (tag: string) => candidates.find(candidate => normalTag(candidate.language) === normalTag(tag));
  const byBase = (tag: string) =>
    byTag(baseOf(tag)) ?? candidates.find(candidate => baseOf(candidate.language) === baseOf(tag));
  const chosen = wanted === undefined ? undefined : (byTag(wanted) ?? byBase(wanted));
  return chosen ?? byTag(fallback) ?? byBase(fallback) ?? (candidates.length === 1 ? candidates[0] : undefined);
}

const normalTag = (tag: string): string => tag.toLowerCase().replaceAll('-', '_');
const baseOf = (tag: string): string => normalTag(tag).split('_')[0]!;
