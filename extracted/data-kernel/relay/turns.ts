/** Runs one thing again and again, never twice at a time: when it is woken, and when it has asked to be. */
export class Turns {
  /** What is to run last so far. */
  #queue: Promise<unknown> = Promise.resolve();
  readonly #turn: () => Promise<number | undefined>;
  readonly #failed: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #dueMs = Number.POSITIVE_INFINITY;
  readonly #stopping = new AbortController();

  /** `turn` answers in how many milliseconds it wants another; `failed` hears what it, or a task, throws. */
  constructor(turn: () => Promise<number | undefined>, failed: (error: unknown) => void) {
    this.#turn = turn;
    this.#failed = failed;
  }

  /** Another turn in `inMs` milliseconds, or sooner when one is due sooner. */
  wake(inMs: number): void {
    const due = performance.now() + inMs;
    if (this.#stopping.signal.aborted || due >= this.#dueMs) return;
    clearTimeout(this.#timer);
    this.#dueMs = due;
    this.#timer = setTimeout(() => {
      this.#dueMs = Number.POSITIVE_INFINITY;
      void this.between(async () => {
        const next = this.#stopping.signal.aborted ? undefined : await this.#turn();
        if (next !== undefined) this.wake(next);
      });
    }, inMs);
  }

  /** Runs `task` after the turns and tasks before it. Never rejects. */
  between(task: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(task).catch(this.#failed);
    this.#queue = done;
    return done;
  }

  /** No more turns; runs `last` after what is under way. */
  stop(last: () => Promise<void>): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    return this.between(last);
  }
}
