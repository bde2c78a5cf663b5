/** How the rules of the lint say what they found. */
import type { TemplateText } from './parts.ts';

export interface LintLine {
  level: 'error' | 'warning';
  rule: string;
  message: string;
  /** Which part of the template. */
  field: string;
  /** The provider's own number or word for it, where it has one. */
  code?: string;
}

export interface LintSource extends TemplateText {
  name: string;
  language: string;
  purpose: string;
  samples: Readonly<Record<string, string>>;
}

/** `wrong` refuses, `doubtful` warns; collected by the rules of one part. */
export interface Complaints {
  lines: LintLine[];
  wrong(rule: string, message: string, code?: string): void;
  doubtful(rule: string, message: string, code?: string): void;
}

export function complaints(field: string): Complaints {
  const lines: LintLine[] = [];
  const add = (level: LintLine['level']) => (rule: string, message: string, code?: string) =>
    void lines.push({ level, rule, message, field, ...(code === undefined ? {} : { code }) });
  return { lines, wrong: add('error'), doubtful: add('warning') };
}
