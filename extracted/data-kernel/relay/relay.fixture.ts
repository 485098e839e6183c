import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createLogger } from "@oms/chassis/log.ts";
import { createMetrics } from "@oms/chassis/metrics.ts";
import { isOwnBranch, OWN_SERVICE } from "../own.ts";
import { commitOf, put } from "../store/conformance/fixture.ts";
import type { Store } from "../store/port.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import { Relay } from "./relay.ts";
import type { Entry, Sink, Source } from "./sink.ts";
import { tellCommits } from "./tell-commits.ts";
import type { Tempo } from "./tempo.ts";

/** Quick, and patient only where a test says so. */
const FAST: Partial<Tempo> = {
  pollMs: 20,
  leaseMs: 300,
  saveMs: 10,
  deliverMs: 60_000,
  backoff: { firstMs: 5, longestMs: 40 },
  patience: 3,
  page: 7,
};

/** Tells what it got, `branch id` by `branch id`; `refuse` has it fail. */
export class Collecting implements Sink {
  readonly name: string;
  readonly most: number = 1;
  readonly gatherMs = 0;
  readonly got: string[] = [];
  refuse: (entry: Entry, source: Source) => Error | Promise<never> | undefined = () => undefined;

  constructor(name = "test", most = 1) {
    this.name = name;
    this.most = most;
  }

  readonly wants = () => true;
  readonly entriesOf: Sink["entriesOf"] = ({ commit, changes, skip }) =>
    changes.map((change, i) => ({ commit, n: skip + i, key: change.document.id, changes: [change] }));
  readonly deliver: Sink["deliver"] = async (branch, entries, source) => {
    for (const entry of entries) {
      const error = await this.refuse(entry, source);
      if (error) throw error;
    }
    for (const entry of entries) this.got.push(`${branch} ${entry.key} ${entry.commit.key}`);
  };
  readonly close = async () => undefined;
}

export type Bench = {
  readonly store: Store;
  /** A relay over the store, and the store that tells it of commits. */
  readonly start: (sinks: readonly Sink[], tempo?: Partial<Tempo>) => { relay: Relay; store: Store };
  readonly close: () => Promise<void>;
};

export async function openBench(): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), "relay-"));
  const store = await openSqliteStore(join(folder, "kernel.db"));
  const relays: Relay[] = [];
  return {
    store,
    start(sinks, tempo = {}) {
      const logger = createLogger("relay", "silent");
      const relay = new Relay({
        store,
        sinks,
        logger,
        metrics: createMetrics("test"),
        tempo: { ...FAST, ...tempo },
      });
      relays.push(relay);
      relay.start();
      return { relay, store: tellCommits(store, (branch) => relay.committed(branch)) };
    },
    async close() {
      for (const relay of relays) await relay.stop();
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}

export async function branchOn(store: Store, name: string, origin = ""): Promise<void> {
  await store.createBranch({ name, origin, at: "", timeMs: 1000 });
}

/** One commit under `key` that writes the documents `ids`; answers its id. */
export async function commit(store: Store, branch: string, key: string, ids: string[]): Promise<string> {
  const writes = ids.map((id) => put(id, `{"key":"${key}"}`));
  const author = isOwnBranch(branch) ? `test@${OWN_SERVICE}` : "alice@oms";
  const made = await store.commit(commitOf(branch, writes, { key, author }));
  return made.commit?.id ?? "";
}

/** Waits for what other threads and timers bring about. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(5);
}
