import { currentContext } from "@oms/chassis/context/context.ts";
import type { Logger } from "@oms/chassis/log.ts";
import type { Kernel } from "@oms/data-kernel/client.ts";
import { LRUCache } from "lru-cache";
import { Counter, Gauge, type Registry } from "prom-client";
import type { Embeddings } from "../core/embeddings/port.ts";
import { unattended } from "../unattended.ts";
import { type OntologyObject, objectDocument } from "./object.ts";
import { textOf } from "./object-text.ts";

/** An object whose text in the index may not be its text in the ontology. */
export type Target = { readonly branch: string; readonly id: string; readonly type: string };

export type IndexingOptions = {
  readonly kernel: Kernel;
  /** First part of every kernel branch. */
  readonly env: string;
  readonly embeddings: Pick<Embeddings, "store">;
  readonly logger: Logger;
  readonly registry: Registry;
  /** Aborted: nothing is tried again any more; what is left waits for the sweep of the next start. */
  readonly signal: AbortSignal;
  /** How long a write waits for its index, in milliseconds. */
  readonly waitMs?: number;
  /** First pause before failed targets are tried again, in milliseconds; it doubles up to a minute. */
  readonly retryMs?: number;
};

const MOST_RETRIES = 10_000;
const MOST_KNOWN = 50_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Keeps the index in step with the ontology. Every turn reads the object as it now is, so turns may come late, twice
 * or out of order. A failed turn fails no write: it is counted and tried again.
 */
export class Indexing {
  readonly #options: IndexingOptions;
  readonly #turns = new Map<string, Promise<unknown>>();
  /** The revision of an object that this process indexed last. */
  readonly #known = new LRUCache<string, string>({ max: MOST_KNOWN });
  readonly #retries = new Map<string, Target>();
  readonly #counted: Counter<"outcome">;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: IndexingOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", () => clearTimeout(this.#timer));
    const registers = [options.registry];
    this.#counted = new Counter({
      name: "oms_indexing_total",
      help: "Objects whose index was brought in step: done, failed, late (the write did not wait), dropped.",
      labelNames: ["outcome"],
      registers,
    });
    const retries = this.#retries;
    new Gauge({
      name: "oms_indexing_retries",
      help: "Objects whose index waits to be tried again.",
      registers,
      collect() {
        this.set(retries.size);
      },
    });
  }

  /** After an object was committed: resolves when it is indexed, or has failed to be, or has taken too long. */
  async written(target: Target): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<"late">();
    const timer = setTimeout(resolve, this.#options.waitMs ?? 2000, "late");
    const outcome = await Promise.race([this.bring(target), late]);
    clearTimeout(timer);
    if (outcome === "late") this.#counted.inc({ outcome });
  }

  /** Brings one object's index in step, after the turns before it; false when that failed and will be retried. */
  bring(target: Target): Promise<boolean> {
    return this.#inTurn(target, () => this.#bringNow(target));
  }

  /**
   * The same for one who tries again by itself: rejects when it failed. Does nothing where this process has indexed the
   * object as of this revision.
   */
  bringAsOf(target: Target, revision: string | undefined): Promise<void> {
    return this.#inTurn(target, async () => {
      if (revision === undefined || this.#known.get(keyOf(target)) !== revision) await this.#index(target);
    });
  }

  #inTurn<R>(target: Target, run: () => Promise<R>): Promise<R> {
    const key = keyOf(target);
    const before = this.#turns.get(key) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(run);
    this.#turns.set(key, turn);
    return turn.finally(() => {
      if (this.#turns.get(key) === turn) this.#turns.delete(key);
    });
  }

  async #bringNow(target: Target): Promise<boolean> {
    try {
      await this.#index(target);
      this.#retries.delete(keyOf(target));
      return true;
    } catch (error) {
      const { branch, id } = target;
      this.#options.logger.warn(
        { err: error, branch, id },
        "an object was not indexed and will be tried again",
      );
      this.#retryLater(target);
      return false;
    }
  }

  async #index(target: Target): Promise<void> {
    const { kernel, env, embeddings } = this.#options;
    const { branch, id, type } = target;
    try {
      const object = await kernel.get<OntologyObject>(`${env}/oms/${branch}`, objectDocument(id));
      const text = object ? textOf(object.body) : "";
      await embeddings.store({ branch, id, type: object?.body.type ?? type, text });
      if (object) this.#known.set(keyOf(target), object.revision);
      else this.#known.delete(keyOf(target));
      this.#counted.inc({ outcome: "done" });
    } catch (error) {
      this.#counted.inc({ outcome: "failed" });
      throw error;
    }
  }

  #retryLater(target: Target): void {
    if (this.#options.signal.aborted) return;
    const key = keyOf(target);
    if (this.#retries.size >= MOST_RETRIES && !this.#retries.has(key)) {
      this.#counted.inc({ outcome: "dropped" });
      return;
    }
    this.#retries.set(key, target);
    this.#timer ??= this.#retryIn(this.#options.retryMs ?? 1000);
  }

  #retryIn(pauseMs: number): NodeJS.Timeout {
    return setTimeout(() => void this.#retryAll(pauseMs), pauseMs).unref();
  }

  /** One after the other, up to the first that fails again: what harms one mostly harms all. */
  async #retryAll(pauseMs: number): Promise<void> {
    let failed = false;
    for (const target of [...this.#retries.values()]) {
      if (this.#options.signal.aborted) return;
      failed = !(await unattended(target.branch, () => this.bring(target)));
      if (failed) break;
    }
    this.#timer = undefined;
    if (this.#retries.size > 0 && !this.#options.signal.aborted)
      this.#timer = this.#retryIn(failed ? Math.min(pauseMs * 2, LONGEST_PAUSE_MS) : pauseMs);
  }
}

/** The target of an object the running call has written. */
export function targetOf(id: string, type: string): Target {
  return { branch: currentContext().branch, id, type };
}

const keyOf = ({ branch, id }: Target) => `${branch}\n${id}`;
