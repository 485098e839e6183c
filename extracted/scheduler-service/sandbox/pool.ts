import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@oms/chassis/log.ts";
import { Child, type ChildOptions, type Reply, type Work } from "./child.ts";
import { Ended } from "./ended.ts";
import { residentBytes } from "./resident.ts";

export type PoolOptions = ChildOptions & {
  readonly logger: Logger;
  /** How many executions run at a time. */
  readonly children: number;
  /** Resident memory at which a child is killed, in MiB: V8 does not count all of it. */
  readonly residentMb: number;
};

type Waiting = { readonly work: Work; readonly reply: PromiseWithResolvers<Reply> };

const MIB = 1024 * 1024;
const LOOK_MS = 500;
const PAUSES_MS = [0, 500, 2000, 10_000];

/** Children that take work in turn. One that ends, whatever of, is replaced; what it had is told why. */
export class Pool {
  readonly #options: PoolOptions;
  readonly #children = new Set<Child>();
  readonly #idle: Child[] = [];
  readonly #waiting: Waiting[] = [];
  readonly #places: Promise<void>[];
  readonly #looking: NodeJS.Timeout;
  readonly #stopped = new AbortController();
  #ready = 0;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#places = Array.from({ length: options.children }, () => this.#keepPlace());
    this.#looking = setInterval(() => void this.#lookAtMemory(), LOOK_MS);
  }

  /** Children that take work, or have some. */
  get ready(): number {
    return this.#ready;
  }

  /** Executions that have no child yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves with what the executor said. Rejects with Ended when its process ended, or with the signal's reason. */
  async run(work: Work): Promise<Exclude<Reply, { kind: "unbegun" }>> {
    for (;;) {
      work.signal.throwIfAborted();
      const waiting = { work, reply: Promise.withResolvers<Reply>() };
      this.#waiting.push(waiting);
      // Once a child has it, the child's end is waited for.
      const withdraw = () => {
        if (remove(this.#waiting, waiting)) waiting.reply.reject(work.signal.reason);
      };
      work.signal.addEventListener("abort", withdraw);
      this.#match();
      try {
        const reply = await waiting.reply.promise;
        if (reply.kind !== "unbegun") return reply;
      } finally {
        work.signal.removeEventListener("abort", withdraw);
      }
    }
  }

  /** Kills all of them; what runs rejects. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    clearInterval(this.#looking);
    for (const child of this.#children) child.kill(new Ended("crashed", "was stopped"));
    await Promise.all(this.#places);
  }

  #match(): void {
    while (this.#idle.length > 0 && this.#waiting.length > 0) {
      const child = this.#idle.shift();
      const waiting = this.#waiting.shift();
      if (child && waiting) void this.#serve(child, waiting);
    }
  }

  async #serve(child: Child, { work, reply }: Waiting): Promise<void> {
    const outcome = child.run(work);
    outcome.then(reply.resolve, reply.reject);
    await outcome.catch(() => {});
    this.#rest(child);
  }

  /** A child without work takes some, unless it is gone. */
  #rest(child: Child): void {
    if (!child.alive) return;
    this.#idle.push(child);
    this.#match();
  }

  /** One child after the other, until the pool stops; one that does not even start is given time. */
  async #keepPlace(): Promise<void> {
    const { signal } = this.#stopped;
    let failed = 0;
    while (!signal.aborted) {
      const pause = PAUSES_MS[Math.min(failed, PAUSES_MS.length - 1)];
      if (pause) await delay(pause, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      failed = (await this.#haveChild()) ? 0 : failed + 1;
    }
  }

  /** Resolves when the child is gone, with whether it ever took work. */
  async #haveChild(): Promise<boolean> {
    const child = new Child(this.#options);
    this.#children.add(child);
    const started = await child.ready.then(
      () => true,
      (err: unknown) => this.#options.logger.error({ err }, "a child did not start"),
    );
    if (started) {
      this.#ready += 1;
      this.#rest(child);
      const why = await child.ended;
      this.#ready -= 1;
      if (!this.#stopped.signal.aborted) this.#options.logger.warn({ err: why }, "a child ended");
    }
    remove(this.#idle, child);
    this.#children.delete(child);
    return started === true;
  }

  /** What a child without work has kept is what it leaks. */
  async #lookAtMemory(): Promise<void> {
    const most = this.#options.residentMb * MIB;
    for (const child of this.#children) {
      const bytes = child.pid === undefined ? undefined : await residentBytes(child.pid);
      const limit = this.#idle.includes(child) ? most / 2 : most;
      if (bytes !== undefined && bytes > limit)
        child.kill(new Ended("out-of-memory", `uses over ${Math.round(limit / MIB)} MiB`));
    }
  }
}

/** Whether it was there. */
function remove<T>(from: T[], item: T): boolean {
  const at = from.indexOf(item);
  if (at >= 0) from.splice(at, 1);
  return at >= 0;
}
