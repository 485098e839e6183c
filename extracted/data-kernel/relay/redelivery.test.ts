import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Nats } from "@oms/events/nats.fixture.ts";
import type { Kernel } from "../client.ts";
import { KernelProcesses } from "./process.fixture.ts";
import { until } from "./relay.fixture.ts";
import { toldOn } from "./sinks/jetstream.fixture.ts";

const KILLS = process.env["LONG"] ? 50 : 2;
const COMMITS = 20;
const BRANCH = "test/redelivery/main";

let folder: string;
let nats: Nats;
let kernels: KernelProcesses;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "relay-crash-"));
  nats = await Nats.start();
  kernels = new KernelProcesses({ DATA_DIR: folder, NATS_URL: nats.url });
});
after(async () => {
  kernels.killAll();
  await nats.stop();
  await rm(folder, { recursive: true });
});

/** Ids of the events on the stream, in its order. */
async function published(): Promise<string[]> {
  return (await toldOn(nats)).map(({ event }) => event.id);
}

async function commitAll(kernel: Kernel, round: number): Promise<string[]> {
  const keys = Array.from({ length: COMMITS }, (_, n) => `${round}-${n}`);
  for (const key of keys) {
    const writes = ["a", "b"].map((id) => ({ put: { id, type: "Note", body: { key } } }));
    await kernel.commit({ branch: BRANCH, key, message: "as asked", writes });
  }
  return keys.flatMap((key) => [`${key}/0`, `${key}/1`]);
}

/** The audit's branch is made with its first record. */
function noneYet(): { documents: [] } {
  return { documents: [] };
}

test(`${KILLS} kills between a delivery and its cursor: no event is lost, doubled or out of order`, async () => {
  const expected: string[] = [];
  for (let round = 0; round < KILLS; round++) {
    const started = await kernels.start();
    const { kernel } = started;
    if (round === 0) await kernel.createBranch({ name: BRANCH });
    const before = expected.length;
    expected.push(...(await commitAll(kernel, round)));
    // Some of this round is out, and the cursor is written only some time after.
    await until(async () => (await published()).length > before);
    await kernels.kill(started);
  }
  const { child, kernel } = await kernels.start();
  await until(async () => (await published()).length >= expected.length);
  assert.deepEqual(await published(), expected);
  const audit = async () => {
    const page = { branch: "test/kernel/audit", type: "Audit", pageSize: 1000 };
    const { documents } = await kernel.query<{ key: string }>(page).catch(noneYet);
    return documents.map(({ body }) => body.key);
  };
  await until(async () => (await audit()).length >= KILLS * COMMITS);
  assert.equal(new Set(await audit()).size, KILLS * COMMITS);
  assert.equal((await audit()).length, KILLS * COMMITS);
  kernel.close();
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null]);
});
