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
const BACKLOG = 500;

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
    await nats.kill();
    await Promise.all(BRANCHES.map((branch) => commitMany(other, branch, committed)));
    await nats.resume();
    const before = await published();
    await until(async () => (await published()) > before);
    leader.child.kill("SIGSTOP");
    await until(async () => (await published()) === total(committed));
    leader.child.kill("SIGCONT");
    await Promise.all(BRANCHES.map((branch) => commitMany(other, branch, committed)));
    await until(async () => (await published()) >= total(committed));
    // One that was stopped while it wrote to the store may have been ended by the other.
    const again = leader.child.exitCode === null && leader.child.signalCode === null;
    [leader, other] = [other, again ? leader : await kernels.start()];
  }
  const told = await toldOn(nats);
  for (const [branch, keys] of committed) {
    const ids = told.flatMap(({ event }) => (event["source"] === `/branches/${branch}` ? [event.id] : []));
    assert.deepEqual(
      ids,
      keys.map((key) => `${key}/0`),
    );
  }
});

const total = (committed: Committed) => [...committed.values()].flat().length;

/** More than a leader publishes before it can be stopped. */
async function commitMany(by: KernelProcess, branch: string, committed: Committed): Promise<void> {
  for (let n = 0; n < BACKLOG; n++) await commitOne(by, branch, committed);
}

type Committed = ReadonlyMap<string, string[]>;

async function commitOne({ kernel }: KernelProcess, branch: string, committed: Committed): Promise<void> {
  const keys = committed.get(branch) ?? [];
  const key = `k${keys.length}`;
  const put = { id: "a", type: "Note", body: { key } };
  await kernel.commit({ branch, key, message: "as asked", writes: [{ put }] });
  keys.push(key);
}
