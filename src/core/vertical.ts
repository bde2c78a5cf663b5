/**
 * The port to verticals: what a business of one kind adds to the core. A vertical asks the core to send and never sends;
 * it has its own routes and, where it needs them, its own tables.
 */
import type { Tx } from '#db/db.ts';
import type { Core } from './context.ts';
import type { Route } from './route.ts';
import type { TemplateText } from './templates/parts.ts';

export interface Vertical {
  id: string;
  routes: readonly Route[];
  /** Templates that a fresh sandbox holds approved, so that the first call already works. */
  templates: readonly StarterTemplate[];
  /** What it repeats: what falls due, and what a crash left undone. */
  ticks?: readonly Tick[];
  /** Takes a person out of its own tables. A vertical that stores who somebody is has to have it. */
  erase?: ErasePerson;
}

/** Run by the workers of every process, so of several at once only one may take a thing: claim it by a statement. */
export interface Tick {
  name: string;
  /** How long to rest when there was nothing to do. */
  idleMs: number;
  /** Does what there is to do now and answers how much it was. */
  tick(core: Core): Promise<number>;
}

/** In the transaction of the erasure, under the person's lock, before their identities go. */
export type ErasePerson = (tx: Tx, person: ErasedPerson) => Promise<void>;

export interface ErasedPerson {
  /** The contact and all that were merged into it. */
  contacts: readonly string[];
  /** The numbers that they have now. */
  phones: readonly string[];
}

export interface StarterTemplate extends TemplateText {
  name: string;
  language: string;
  purpose: string;
  samples: Record<string, string>;
}
