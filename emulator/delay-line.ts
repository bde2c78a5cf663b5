/**
 * A first-in first-out line in which everything waits equally long: one timer, however many wait. A timer for each
 * message would cost a closure and a timer object 12,000 times a second.
 */
export class DelayLine<T> {
  readonly #take: (item: T) => void;
  #delayMs: number;
  // Two lists and a place in them: taking from the front moves nothing.
  #items: T[] = [];
  #dueMs: number[] = [];
  #head = 0;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;

  constructor(delayMs: number, take: (item: T) => void) {
    this.#delayMs = delayMs;
    this.#take = take;
  }

  get waiting(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
    // By a clock that nobody turns: a day that the sandbox skips does not hurry what is on its way.
    this.#dueMs.push(performance.now() + this.#delayMs);
    if (!this.#timer && !this.#immediate) this.#plan();
  }

  clear(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#timer = undefined;
    this.#immediate = undefined;
    this.#items = [];
    this.#dueMs = [];
    this.#head = 0;
  }

  #plan(): void {
    const waitMs = (this.#dueMs[this.#head] ?? 0) - performance.now();
    // setTimeout(0) waits a whole millisecond, and benchmarks run with no delay at all
    if (waitMs <= 0) this.#immediate = setImmediate(() => this.#run());
    else this.#timer = setTimeout(() => this.#run(), waitMs);
  }

  #run(): void {
    this.#timer = undefined;
    this.#immediate = undefined;
    // A timer may fire a fraction early; waiting for the fraction would take another timer.
    const nowMs = performance.now() + 0.5;
    const end = this.#items.length; // what is pushed meanwhile waits for the next turn
    while (this.#head < end && (this.#dueMs[this.#head] as number) <= nowMs) {
      this.#take(this.#items[this.#head++] as T);
    }
    this.#compact();
    if (this.waiting > 0) this.#plan();
  }

  /** Rarely: cutting the front off copies the rest. */
  #compact(): void {
    if (this.#head < 1024 && this.#head < this.#items.length) return;
    this.#items = this.#items.slice(this.#head);
    this.#dueMs = this.#dueMs.slice(this.#head);
    this.#head = 0;
  }
}
