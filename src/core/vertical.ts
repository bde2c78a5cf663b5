/**
 * The port to verticals: what a business of one kind adds to the core. A vertical asks the core to send and never sends;
 * it has its own routes and, where it needs them, its own tables.
 */
import type { Route } from './route.ts';
import type { TemplateText } from './templates/parts.ts';

export interface Vertical {
  id: string;
  routes: readonly Route[];
  /** Templates that a fresh sandbox holds approved, so that the first call already works. */
  templates: readonly StarterTemplate[];
}

export interface StarterTemplate extends TemplateText {
  name: string;
  language: string;
  purpose: string;
  samples: Record<string, string>;
}
