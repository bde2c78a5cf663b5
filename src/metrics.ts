/** Figures for Prometheus. Labels are few and closed: a tenant or a phone is never one. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';

export interface Figures {
  webhooks: number;
  forged: number;
  /** Requests to send: under way, and turned away at the door. */
  sends: { inside(): number; refused(): number };
  inFlight(): number;
  lag(): { waiting: number; oldestMs: number };
  connections(): { total: number; idle: number; waiting: number };
}

export function createMetrics(figures: Figures): Registry {
  const registry = new Registry();
  // A registry of its own and not the library's global one: tests make several apps in one process.
  collectDefaultMetrics({ register: registry, prefix: 'tidings_' });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  const counter = (name: string, help: string, read: () => number) =>
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        // The library counts up by differences; ours are totals already.
        this.reset();
        this.inc(read());
      },
    });
  counter('tidings_webhooks_stored_total', 'Webhooks that were verified and stored', () => figures.webhooks);
  counter(
    'tidings_webhooks_forged_total',
    'Webhooks whose signature was missing or wrong; nothing of them was stored',
    () => figures.forged,
  );
  counter(
    'tidings_sends_turned_away_total',
    'Requests to send that were answered 503 at the door, because those inside waited too long',
    figures.sends.refused,
  );
  gauge('tidings_sends_asked', 'Requests to send that have no answer yet', figures.sends.inside);
  gauge('tidings_sends_in_flight', 'Sends on the wire in this process', figures.inFlight);
  gauge(
    'tidings_inbox_waiting',
    'Webhooks stored and not yet applied (counted up to 1,000 a tenant)',
    () => figures.lag().waiting,
  );
  gauge('tidings_inbox_lag_seconds', 'How long the oldest of them has waited', () => figures.lag().oldestMs / 1000);
  gauge('tidings_database_connections', 'Connections to the database', () => figures.connections().total);
  gauge('tidings_database_waiting', 'Callers waiting for a connection', () => figures.connections().waiting);
  return registry;
}
