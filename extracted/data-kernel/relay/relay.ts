import type { Logger } from "@oms/chassis/log.ts";
import type { Metrics } from "@oms/chassis/metrics.ts";
import pLimit, { type LimitFunction } from "p-limit";
import { isOwnBranch } from "../own.ts";
import type { Branch, NamedState, Store } from "../store/port.ts";
import { Lease } from "./lease.ts";
import { Line, type LineParts } from "./line.ts";
import { createRelayMetrics } from "./metrics.ts";
import { forgetGone } from "./operator.ts";
import { ASKED, readAsked, type Trouble } from "./records.ts";
import type { Sink } from "./sink.ts";
import { TEMPO, type Tempo } from "./tempo.ts";
import { Turns } from "./turns.ts";

export type RelayParts = {
  readonly store: Store;
  readonly sinks: readonly Sink[];
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tempo?: Partial<Tempo>;
};

type Running = { readonly line: Line; readonly turns: Turns; readonly sink: Sink; readonly branch: string };

const MOST_TROUBLES = 50;

/** Whether a sink is told of a branch's commits; of those on the kernel's own none is. */
export function isTold(sink: Sink, branch: string): boolean {
  return !isOwnBranch(branch) && sink.wants(branch);
}

/**
 * What happens after a commit: every sink gets every branch's commits, in order, from a durable cursor. One kernel of
 * those that share a store leads and delivers; the others watch. No commit waits for any of it.
 */
export class Relay {
  readonly #parts: RelayParts;
  readonly #tempo: Tempo;
  readonly #lease: Lease;
  readonly #lineParts: LineParts;
  readonly #limits: ReadonlyMap<Sink, LimitFunction>;
  readonly #running = new Map<string, Running>();
  readonly #obeying = new Set<string>();
  /** The store did not answer when it was last asked. */
  #away = false;
  readonly #stopping = new AbortController();
  readonly #ticks = new Turns(
    () => this.#tick(),
    (error) => this.#unheard(error),
  );

  constructor(parts: RelayParts) {
    this.#parts = parts;
    this.#tempo = { ...TEMPO, ...parts.tempo };
    const { store, logger, sinks } = parts;
    this.#lease = new Lease(store, this.#tempo.leaseMs);
    this.#limits = new Map(sinks.map((sink) => [sink, pLimit(this.#tempo.abreast)]));
    const metrics = createRelayMetrics(parts.metrics, () => this.#lines().map(({ standing }) => standing));
    const { signal } = this.#stopping;
    const clock = { now: Date.now, random: Math.random };
    this.#lineParts = { store, tempo: this.#tempo, metrics, logger, signal, ...clock };
  }

  get leads(): boolean {
    return this.#lease.isHeld;
  }

  start(): void {
    this.#ticks.wake(0);
  }

  /** This kernel has committed to a branch. */
  committed(branch: string): void {
    for (const running of this.#running.values()) if (running.branch === branch) this.#wake(running);
  }

  /** Ends what is under way, writes the cursors down and lets another kernel lead. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#ticks.stop(async () => {
      await this.#endLines();
      await this.#lease.release();
    });
    await Promise.all(this.#parts.sinks.map((sink) => sink.close()));
  }

  async #tick(): Promise<number> {
    try {
      const led = this.leads;
      if (await this.#lease.hold(this.#troubles())) await this.#lead(!led);
      else void this.#endLines();
      this.#away = false;
    } catch (error) {
      if (!this.#away)
        this.#parts.logger.warn({ err: error }, "the relay cannot reach the store and tries on");
      this.#away = true;
    }
    return this.#tempo.pollMs;
  }

  async #lead(isNew: boolean): Promise<void> {
    const { store } = this.#parts;
    const branches = new Map((await store.listBranches()).map((branch) => [branch.name, branch]));
    const gone = [...this.#running].filter(([, { branch }]) => !branches.has(branch));
    for (const [name, { turns }] of gone) {
      this.#running.delete(name);
      void turns.stop(async () => undefined);
    }
    if (gone.length > 0 || isNew) await forgetGone(store);
    for (const branch of branches.values()) this.#follow(branch);
    for (const state of await store.listStates(ASKED)) void this.#obey(state);
  }

  #follow(branch: Branch): void {
    for (const sink of this.#parts.sinks) {
      if (!isTold(sink, branch.name)) continue;
      const running = this.#runningOf(sink, branch);
      if (!running.line.isAt(branch.head)) this.#wake(running);
    }
  }

  #runningOf(sink: Sink, branch: Branch): Running {
    const name = nameOf({ sink: sink.name, branch: branch.name });
    const known = this.#running.get(name);
    if (known) return known;
    const line = new Line(this.#lineParts, sink, branch);
    const limit = this.#limits.get(sink) ?? pLimit(1);
    const turn = async () => (this.leads ? limit(() => line.turn()) : undefined);
    const running = {
      line,
      sink,
      branch: branch.name,
      turns: new Turns(turn, (error) => this.#unheard(error)),
    };
    this.#running.set(name, running);
    return running;
  }

  /** A line that waits to try again is not hurried by new commits. */
  #wake({ line, turns, sink }: Running): void {
    if (!line.trouble) turns.wake(sink.gatherMs);
  }

  /** Never rejects. No look at the lease waits for it: a sink may take its time. */
  async #obey({ name, value, version }: NamedState): Promise<void> {
    if (this.#obeying.has(name)) return;
    this.#obeying.add(name);
    try {
      const asked = readAsked(value);
      const running = this.#running.get(nameOf(asked));
      await running?.turns.between(() => running.line.obey(asked));
      running?.turns.wake(0);
      await this.#parts.store.writeState({ name, value: undefined, version });
    } catch (error) {
      this.#unheard(error);
    } finally {
      this.#obeying.delete(name);
    }
  }

  /** Never rejects. */
  async #endLines(): Promise<void> {
    const ending = [...this.#running.values()];
    this.#running.clear();
    await Promise.all(ending.map(({ turns, line }) => turns.stop(() => line.close())));
  }

  #lines(): Line[] {
    return [...this.#running.values()].map(({ line }) => line);
  }

  #troubles(): Trouble[] {
    return this.#lines()
      .flatMap(({ trouble }) => trouble ?? [])
      .slice(0, MOST_TROUBLES);
  }

  #unheard(error: unknown): void {
    this.#parts.logger.error({ err: error }, "the relay met an error it did not expect");
  }
}

function nameOf({ sink, branch }: { readonly sink: string; readonly branch: string }): string {
  return `${sink} ${branch}`;
}
