import type { Side } from "../model/side.ts";
import { Budget } from "./budget.ts";
import type { Limits } from "./limits.ts";
import { sizeOf } from "./size.ts";
import { Turns } from "./turns.ts";

/** Why a call is not, or no longer, in the lane; lost coverage is counted under these names. */
export type Reason = "not sampled" | "too big" | "lane full" | "budget" | "expired" | "cannot be copied";

/** A call the lane does not take or keep; bytes are its size, as far as it was counted. */
export type Refusal = { readonly reason: Reason; readonly bytes: number };

/** A call's place in the lane, from its admission until it leaves. */
export type Ticket = {
  /** By which the time it takes is expected: no two methods of the process share a name. */
  readonly method: string;
  /** The arguments as they were before the call. */
  readonly args: unknown[];
  /** What is kept for the call. */
  bytes: number;
  /** Time on the caller's event loop put aside for the call, in milliseconds, and used by it. */
  takenMs: number;
  usedMs: number;
};

/** Milliseconds of a monotonic clock, and a number in [0, 1). */
export type Sources = { readonly now: () => number; readonly chance: () => number };

/** Where watched calls wait and run, off every caller's path: bounded in calls, bytes and time. */
export class Lane {
  readonly #limits: Limits;
  readonly #sources: Sources;
  readonly #budget: Budget;
  readonly #turns: Readonly<Record<Side, Turns>>;
  #calls = 0;
  #bytes = 0;
  #emptied: (() => void)[] = [];

  constructor(limits: Limits, sources: Sources) {
    this.#limits = limits;
    this.#sources = sources;
    this.#budget = new Budget(limits.inProcessShare, limits.inProcessMs, sources.now());
    this.#turns = {
      "in-process": new Turns(1, limits.waitMs, sources.now),
      extracted: new Turns(limits.concurrency, limits.waitMs, sources.now),
    };
  }

  /** Takes a call in and copies its arguments, or says why not. */
  admit(watched: Side, method: string, args: unknown[]): Ticket | Refusal {
    const limits = this.#limits;
    if (this.#sources.chance() >= limits.sample) return { reason: "not sampled", bytes: 0 };
    const bytes = sizeOf(args, limits.bytesPerCall);
    if (bytes > limits.bytesPerCall) return { reason: "too big", bytes };
    if (!this.#hasRoom(1, bytes)) return { reason: "lane full", bytes };
    const takenMs = watched === "in-process" ? this.#budget.take(method, this.#sources.now()) : 0;
    if (takenMs === undefined) return { reason: "budget", bytes };
    const copied = copyOf(args);
    if (!copied) {
      this.#budget.settle(takenMs, 0);
      return { reason: "cannot be copied", bytes };
    }
    this.#calls += 1;
    this.#bytes += bytes;
    return { method, args: copied.copy, bytes, takenMs, usedMs: 0 };
  }

  /** Copies an answer before the caller gets it and may change it, or says why not. */
  keep<V>(ticket: Ticket, value: V): { readonly copy: V } | Refusal {
    const bytes = sizeOf(value, this.#limits.bytesPerCall);
    if (bytes > this.#limits.bytesPerCall) return { reason: "too big", bytes };
    if (!this.#hasRoom(0, bytes)) return { reason: "lane full", bytes };
    const copied = copyOf(value);
    if (!copied) return { reason: "cannot be copied", bytes };
    ticket.bytes += bytes;
    this.#bytes += bytes;
    return copied;
  }

  /** Puts time aside to run the in-process side once more, to compare it with itself; false when not now. */
  admitControl(ticket: Ticket): boolean {
    if (this.#sources.chance() >= this.#limits.control) return false;
    const takenMs = this.#budget.take(ticket.method, this.#sources.now());
    ticket.takenMs += takenMs ?? 0;
    return takenMs !== undefined;
  }

  /** Runs a watched call when it is its side's turn; undefined when that came too late. */
  turn<R>(ticket: Ticket, side: Side, run: () => Promise<R>): Promise<R | undefined> {
    if (side === "extracted") return this.#turns.extracted.take(run);
    return this.#turns["in-process"].take(async () => {
      const startedAt = this.#sources.now();
      try {
        return await run();
      } finally {
        ticket.usedMs += this.#sources.now() - startedAt;
      }
    });
  }

  /** Says how long any in-process call of a method took. */
  learn(method: string, durationMs: number): void {
    this.#budget.learn(method, durationMs, this.#sources.now());
  }

  /** Gives the place back, once. */
  leave(ticket: Ticket): void {
    this.#budget.settle(ticket.takenMs, ticket.usedMs);
    this.#calls -= 1;
    this.#bytes -= ticket.bytes;
    if (this.#calls > 0) return;
    for (const emptied of this.#emptied.splice(0)) emptied();
  }

  get load(): { readonly calls: number; readonly bytes: number } {
    return { calls: this.#calls, bytes: this.#bytes };
  }

  /** Resolves when no call is in the lane. */
  async idle(): Promise<void> {
    if (this.#calls > 0) await new Promise<void>((resolve) => this.#emptied.push(resolve));
  }

  #hasRoom(calls: number, bytes: number): boolean {
    return this.#calls + calls <= this.#limits.calls && this.#bytes + bytes <= this.#limits.bytes;
  }
}

/** Undefined for what has no copy, such as a function. */
function copyOf<V>(value: V): { readonly copy: V } | undefined {
  try {
    return { copy: structuredClone(value) };
  } catch {
    return undefined;
  }
}
