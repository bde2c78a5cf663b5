/** What the platform tells of templates. All but the last also happen: the template is afterwards as it was told. */
import { REVIEW_STATUSES } from '../template-review.ts';
import type { Example } from './example.ts';

const status = (event: string, reason?: string): Example => ({
  field: 'message_template_status_update',
  example: reason ? `${event} ${reason}` : event,
  says: reason ? `the review, because of ${reason}` : 'the template’s standing',
  template: { kind: 'review', status: event, reason },
});
const REASONS = ['ABUSIVE_CONTENT', 'INCORRECT_CATEGORY', 'PROMOTIONAL', 'SCAM', 'TAG_CONTENT_MISMATCH'];

export const TEMPLATE_EXAMPLES: readonly Example[] = [
  ...REASONS.map(reason => status('REJECTED', reason)),
  status('PAUSED', 'RATE_LIMITING_PAUSE'),
  // The lasting ends stand last, and what brings a template back behind them.
  ...REVIEW_STATUSES.filter(event => event !== 'APPROVED').map(event => status(event)),
  status('APPROVED'),
  ...['YELLOW', 'RED', 'UNKNOWN', 'GREEN'].map(
    (quality): Example => ({
      field: 'message_template_quality_update',
      example: quality,
      says: quality === 'RED' ? 'people block and report it: it is paused, too' : 'how people take it',
      template: { kind: 'quality', quality },
    }),
  ),
  {
    field: 'message_template_quality_update',
    example: 'mislabelled',
    says: 'by the name of another field, message_template_status_update, as in Meta’s own example',
    template: { kind: 'quality', quality: 'YELLOW' },
    mislabelled: true,
  },
  {
    field: 'template_category_update',
    example: 'impending',
    says: 'it becomes marketing in a day; new_category is the category that it still has',
    template: { kind: 'category', category: 'MARKETING', impending: true },
  },
  {
    field: 'template_category_update',
    example: 'completed',
    says: 'it is utility now',
    template: { kind: 'category', category: 'UTILITY' },
  },
  {
    field: 'message_template_components_update',
    example: 'body',
    says: 'somebody has changed its text in the Manager',
    template: { kind: 'components', footer: 'Changed by the sandbox' },
  },
  {
    field: 'template_correct_category_detection',
    example: 'marketing',
    says: 'Meta takes it for another category, and does nothing yet',
    value: () => ({
      message_template_id: '2001234567890123',
      message_template_name: 'order_confirm',
      message_template_language: 'en',
      category: 'UTILITY',
      correct_category: 'MARKETING',
    }),
  },
];
