import { randomUUID } from "node:crypto";
import { setTimeout as delay, setImmediate as immediate } from "node:timers/promises";
import { ServiceError, type Violation } from "@oms/chassis/errors/service-error.ts";
import type { Kernel, Precondition, Write } from "@oms/data-kernel/client.ts";
import { schedulerBranch } from "./job.ts";
import { unattended } from "./unattended.ts";

/** All of its writes are committed, or none. */
export type Item = { readonly writes: readonly Write[]; readonly preconditions: readonly Precondition[] };

export type GroupCommitOptions = {
  readonly kernel: Pick<Kernel, "commit">;
  /** First part of the branch's name. */
  readonly env: string;
  /** How long an item waits for others. */
  readonly windowMs: number;
  /** How long a kernel that does not answer is asked again. Absent: until `close`. */
  readonly patienceMs?: number;
  /** False: a fault for stories, nothing is asserted. */
  readonly asserting?: boolean;
};

type Pending = {
  readonly item: Item;
  readonly sinceMs: number;
  readonly resolve: (revision: string) => void;
  readonly reject: (error: unknown) => void;
};

/** Writes of one commit. More of them would keep the first ones waiting. */
const MOST_WRITES = 1000;
const PAUSES_MS = [25, 50, 100, 250, 500, 1000];

/**
 * Commits items of one moment together. One commit is under way at a time, under a key of its own: while the kernel does
 * not answer it is sent again, so that what became of it is known. Items whose preconditions do not hold are rejected
 * alone, and the others are tried again without them.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #closing = new AbortController();
  #waiting: Pending[] = [];
  #running: Promise<void> | undefined;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /**
   * Resolves with the revision that the item's documents have now. Rejects with ABORTED or FAILED_PRECONDITION when its
   * own assertions do not hold; with UNAVAILABLE when the kernel was away for too long, and then it may have been
   * committed.
   */
  submit(item: Item): Promise<string> {
    if (this.#closing.signal.aborted) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, sinceMs: performance.now(), resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Commits what was submitted, unless the kernel is away; what cannot be committed now is rejected. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let [first] = this.#waiting; first; [first] = this.#waiting) {
      const leftMs = first.sinceMs + this.#options.windowMs - performance.now();
      await this.#pause(leftMs);
      const { taken, left } = firstOnes(this.#waiting);
      this.#waiting = left;
      await this.#commit(taken);
    }
    // Within the same turn: what is submitted in the next one must not count on this run.
    this.#running = undefined;
  }

  async #commit(group: readonly Pending[]): Promise<void> {
    for (let left = group; left.length > 0; ) {
      try {
        const revision = await this.#send(left);
        for (const { resolve } of left) resolve(revision);
        return;
      } catch (error) {
        if (isAway(error) || left.length === 1) return rejectAll(left, error);
        const blamed = blamedBy(error, left);
        if (blamed.size === 0) return this.#commitHalves(left);
        for (const [pending, why] of blamed) pending.reject(why);
        left = left.filter((pending) => !blamed.has(pending));
      }
    }
  }

  /** Something of it is refused, and the kernel does not say what. */
  async #commitHalves(group: readonly Pending[]): Promise<void> {
    const middle = group.length >> 1;
    await this.#commit(group.slice(0, middle));
    await this.#commit(group.slice(middle));
  }

  async #send(group: readonly Pending[]): Promise<string> {
    const { kernel, env, asserting = true, patienceMs = Number.POSITIVE_INFINITY } = this.#options;
    const request = {
      branch: schedulerBranch(env),
      message: "claims and attempts",
      key: randomUUID(),
      writes: group.flatMap(({ item }) => item.writes),
      preconditions: asserting ? group.flatMap(({ item }) => item.preconditions) : [],
    };
    const untilMs = performance.now() + patienceMs;
    for (let tries = 0; ; tries += 1) {
      try {
        const { commit } = await unattended(() => kernel.commit(request));
        if (!commit) throw new Error("the kernel answered a live commit as a shadow one");
        return commit.id;
      } catch (error) {
        if (!isAway(error) || this.#closing.signal.aborted || performance.now() >= untilMs) throw error;
        await this.#pause(PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)] ?? 0);
      }
    }
  }

  /** Cut short by `close`; a turn of the event loop at least. */
  async #pause(ms: number): Promise<void> {
    if (ms <= 0) return immediate();
    await delay(ms, undefined, { signal: this.#closing.signal }).catch(() => undefined);
  }
}

/** Up to a commit's worth, in order; an item waits where it, or one before it that waits, writes the same document. */
function firstOnes(waiting: readonly Pending[]): { taken: Pending[]; left: Pending[] } {
  const taken: Pending[] = [];
  const left: Pending[] = [];
  const written = new Set<string>();
  let writes = 0;
  for (const pending of waiting) {
    const ids = pending.item.writes.map((write) => ("put" in write ? write.put.id : write.delete));
    const fits = taken.length === 0 || writes + ids.length <= MOST_WRITES;
    if (fits && !ids.some((id) => written.has(id))) {
      taken.push(pending);
      writes += ids.length;
    } else left.push(pending);
    for (const id of ids) written.add(id);
  }
  return { taken, left };
}

const INDEXED = /^(preconditions|writes)\[(\d+)\]/;

/** The items that the kernel's violations name, each with the error that is about it. */
function blamedBy(error: unknown, group: readonly Pending[]): Map<Pending, ServiceError> {
  const blamed = new Map<Pending, ServiceError>();
  if (!(error instanceof ServiceError)) return blamed;
  for (const violation of error.violations) {
    const pending = ownerOf(violation, group);
    if (pending) blamed.set(pending, new ServiceError(error.code, violation.message, [violation], error));
  }
  return blamed;
}

function ownerOf({ field }: Violation, group: readonly Pending[]): Pending | undefined {
  const [, list, index] = INDEXED.exec(field) ?? [];
  if (list !== "preconditions" && list !== "writes") return undefined;
  let before = Number(index);
  return group.find(({ item }) => {
    before -= item[list].length;
    return before < 0;
  });
}

function rejectAll(group: readonly Pending[], error: unknown): void {
  for (const { reject } of group) reject(error);
}

/** Nobody knows whether it was committed. */
function isAway(error: unknown): boolean {
  if (!(error instanceof ServiceError)) return false;
  return error.code === "UNAVAILABLE" || error.code === "DEADLINE_EXCEEDED" || error.code === "CANCELLED";
}

function closed(): ServiceError {
  return new ServiceError("UNAVAILABLE", "the process is stopping");
}
