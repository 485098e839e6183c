import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Nats } from "@oms/events/nats.fixture.ts";
import { type KernelProcess, KernelProcesses } from "./process.fixture.ts";
import { until } from "./relay.fixture.ts";
import { toldOn } from "./sinks/jetstream.fixture.ts";

const ROUNDS = process.env["LONG"] ? 20 : 2;
const BRANCHES = ["test/stale/one", "test/stale/other"];
/** Published by the one that took over, before the other wakes. */
const MEANWHILE = 30;

let folder: string;
let nats: Nats;
let kernels: KernelProcesses;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "relay-stale-"));
  nats = await Nats.start();
  // JetStream's own memory for ids is too short to hide anything.
  kernels = new KernelProcesses({ DATA_DIR: folder, NATS_URL: nats.url, EVENT_DUPLICATE_WINDOW_MS: "100" });
});
after(async () => {
  kernels.killAll();
  await nats.stop();
  await rm(folder, { recursive: true });
});

const published = () => nats.manage(async ({ streams }) => (await streams.info("COMMITS")).state.messages);

test(`${ROUNDS} leaders stopped for longer than their lease wake with commits in their hands, and change nothing`, async () => {
  const committed = new Map(BRANCHES.map((branch) => [branch, [] as string[]]));
  const first = await kernels.start();
  for (const name of BRANCHES) await first.kernel.createBranch({ name });
  await Promise.all(BRANCHES.map((branch) => commitOne(first, branch, committed)));
  await until(async () => (await toldOn(nats)).length === BRANCHES.length);
  let [leader, other] = [first, await kernels.start()];
  for (let round = 0; round < ROUNDS; round++) {
    const writing = new AbortController();
    const writers = BRANCHES.map((branch) => commitUntil(writing.signal, other, branch, committed));
    const before = await published();
    await until(async () => (await published()) > before + MEANWHILE);
    leader.child.kill("SIGSTOP");
    const stopped = await published();
    await until(async () => (await published()) > stopped + MEANWHILE);
    leader.child.kill("SIGCONT");
    const woken = await published();
    await until(async () => (await published()) > woken + MEANWHILE);
    writing.abort();
    await Promise.all(writers);
    // One that was stopped while it wrote to the store may have been ended by the other.
    const again = leader.child.exitCode === null && leader.child.signalCode === null;
    [leader, other] = [other, again ? leader : await kernels.start()];
  }
  const all = [...committed.values()].flat().length;
  await until(async () => (await published()) >= all);
  const told = await toldOn(nats);
  for (const [branch, keys] of committed) {
    const ids = told.flatMap(({ event }) => (event["source"] === `/branches/${branch}` ? [event.id] : []));
    assert.deepEqual(
      ids,
      keys.map((key) => `${key}/0`),
    );
  }
});

async function commitUntil(signal: AbortSignal, by: KernelProcess, branch: string, committed: Committed) {
  while (!signal.aborted) await commitOne(by, branch, committed);
}

type Committed = ReadonlyMap<string, string[]>;

async function commitOne({ kernel }: KernelProcess, branch: string, committed: Committed): Promise<void> {
  const keys = committed.get(branch) ?? [];
  const key = `k${keys.length}`;
  const put = { id: "a", type: "Note", body: { key } };
  await kernel.commit({ branch, key, message: "as asked", writes: [{ put }] });
  keys.push(key);
}
