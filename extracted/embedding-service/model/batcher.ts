import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { nextBatch, padBatch } from "./batch.ts";
import type { Session } from "./session.ts";

export type BatcherOptions = {
  readonly sessions: readonly Session[];
  readonly padId: number;
  /** Tokens of one batch, padding included. */
  readonly budget: number;
  /** Texts waiting at most. */
  readonly queueLimit: number;
  /** Told of every batch that ran. */
  readonly ran: (batch: { rows: number; tokens: number; seconds: number }) => void;
  /** Unix milliseconds. */
  readonly now: () => number;
};

type Waiting = {
  readonly ids: readonly number[];
  readonly deadline: number;
  readonly resolve: (vector: Float32Array) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Feeds idle sessions with whatever waits, as batches of texts of like length. Nothing waits for a batch to fill:
 * texts that arrive while a session works share its next batch.
 */
export class Batcher {
  readonly #options: BatcherOptions;
  readonly #idle: Session[];
  #waiting: Waiting[] = [];
  #turn: NodeJS.Immediate | undefined;

  constructor(options: BatcherOptions) {
    this.#options = options;
    this.#idle = [...options.sessions];
  }

  /** Texts that wait for a session. */
  get queued(): number {
    return this.#waiting.length;
  }

  /**
   * The vector of one text. RESOURCE_EXHAUSTED when too many wait, DEADLINE_EXCEEDED when `deadline` (Unix
   * milliseconds) passes before the text's turn.
   */
  embed(ids: readonly number[], deadline = Number.POSITIVE_INFINITY): Promise<Float32Array> {
    if (this.#waiting.length >= this.#options.queueLimit) {
      return Promise.reject(new ServiceError("RESOURCE_EXHAUSTED", "too many texts are waiting"));
    }
    const { promise, resolve, reject } = Promise.withResolvers<Float32Array>();
    this.#waiting.push({ ids, deadline, resolve, reject });
    this.#schedule();
    return promise;
  }

  /** Once per turn of the loop, so that all requests read in that turn meet in a batch. */
  #schedule(): void {
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    this.#dropLate();
    while (this.#waiting.length > 0) {
      const session = this.#idle.pop();
      if (!session) return;
      this.#run(session, this.#take()).then(
        () => {
          this.#idle.push(session);
          this.#schedule();
        },
        (error: unknown) => {
          throw error;
        },
      );
    }
  }

  #dropLate(): void {
    const now = this.#options.now();
    const late = this.#waiting.filter(({ deadline }) => deadline <= now);
    if (late.length === 0) return;
    this.#waiting = this.#waiting.filter(({ deadline }) => deadline > now);
    for (const { reject } of late) {
      reject(new ServiceError("DEADLINE_EXCEEDED", "the deadline passed before the text's turn"));
    }
  }

  #take(): Waiting[] {
    const lengths = this.#waiting.map(({ ids }) => Math.max(1, ids.length));
    const chosen = new Set(nextBatch(lengths, this.#options.budget));
    const taken = this.#waiting.filter((_, index) => chosen.has(index));
    this.#waiting = this.#waiting.filter((_, index) => !chosen.has(index));
    return taken;
  }

  async #run(session: Session, texts: readonly Waiting[]): Promise<void> {
    const batch = padBatch(
      texts.map(({ ids }) => ids),
      this.#options.padId,
    );
    try {
      const { vectors, seconds } = await session.run(batch);
      this.#options.ran({ rows: batch.rows, tokens: batch.rows * batch.columns, seconds });
      const { dimensions } = session;
      texts.forEach(({ resolve }, row) => {
        resolve(vectors.slice(row * dimensions, (row + 1) * dimensions));
      });
    } catch (error) {
      for (const { reject } of texts) reject(error);
    }
  }
}
