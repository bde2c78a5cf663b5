/**
 * Turns concurrent single calls into batches without a timer: what arrives while a batch is being worked on waits and
 * forms the next one. Under no load a call goes alone and at once; under load the batch grows to what one round trip
 * carries, and so does the number of rows that share one commit.
 */
export interface Coalescer<I, O> {
  (input: I): Promise<O>;
  /** Calls that are waiting or being worked on. */
  pending(): number;
}

interface Waiting<I, O> {
  input: I;
  resolve(output: O): void;
  reject(error: unknown): void;
}

export interface CoalesceOptions {
  maxBatch: number;
  /** Batches under way at once. More than one overlaps a commit's wait with the next batch's work. */
  parallel: number;
  /** Whether a failed batch may be one bad row's fault. A database that is away is nobody's: all are told at once. */
  tryAlone(error: unknown): boolean;
}

export function coalesce<I, O>(
  options: CoalesceOptions,
  work: (inputs: I[]) => Promise<readonly O[]>,
): Coalescer<I, O> {
  const queue: Waiting<I, O>[] = [];
  let running = 0;
  let scheduled = false;
  let inWork = 0;

  const schedule = () => {
    if (scheduled || running >= options.parallel || queue.length === 0) return;
    scheduled = true;
    // After the I/O of this turn, so that requests which arrived together leave together.
    setImmediate(() => {
      scheduled = false;
      start();
    });
  };

  const start = () => {
    const batch = queue.splice(0, options.maxBatch);
    if (batch.length === 0) return;
    running += 1;
    inWork += batch.length;
    void run(batch).finally(() => {
      running -= 1;
      inWork -= batch.length;
      schedule();
    });
    schedule();
  };

  const run = async (batch: Waiting<I, O>[]) => {
    try {
      const outputs = await work(batch.map(waiting => waiting.input));
      batch.forEach((waiting, index) => {
        waiting.resolve(outputs[index] as O);
      });
    } catch (error) {
      // One bad row must not fail its neighbours: each is tried again alone, so only the guilty one is told.
      if (batch.length === 1 || !options.tryAlone(error)) for (const waiting of batch) waiting.reject(error);
      else for (const waiting of batch) await run([waiting]);
    }
  };

  const call = (input: I): Promise<O> =>
    new Promise<O>((resolve, reject) => {
      queue.push({ input, resolve, reject });
      schedule();
    });
  return Object.assign(call, { pending: () => queue.length + inWork });
}
