import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type Lease, openLease } from "./lease.ts";

const PATIENCE = { random: Math.random, now: () => performance.now(), pause };
/** A clock that stands still: who waits, waits until the lease is free. */
const UNHURRIED = { patience: { ...PATIENCE, now: () => 0 }, commandMs: 10_000 };

let folder: string;
let server: ChildProcess;
let url: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "lease-"));
  url = join(folder, "redis.sock");
  const options = ["--port", "0", "--unixsocket", url, "--dir", folder, "--save", ""];
  server = spawn("redis-server", options, { stdio: ["ignore", "pipe", "inherit"] });
  assert(server.stdout);
  for await (const text of server.stdout) if (String(text).includes("ready to accept")) break;
});
after(async () => {
  if (server.exitCode === null && server.signalCode === null) {
    server.kill("SIGKILL");
    await once(server, "exit");
  }
  await rm(folder, { recursive: true });
});

test("of those who ask for the lease one at a time has it", async () => {
  const leases = await Promise.all([1, 2, 3].map(() => openLease({ url, key: "one", ...UNHURRIED })));
  let inside = 0;
  let most = 0;
  const turn = async () => {
    inside += 1;
    most = Math.max(most, inside);
    await pause(1);
    inside -= 1;
  };
  await Promise.all(leases.flatMap(({ around }) => [around(turn), around(turn)]));
  for (const lease of leases) lease.close();
  assert.equal(most, 1);
});

test("who cannot have the lease soon goes on without, and what a turn throws comes through", async () => {
  const [one, other] = await Promise.all(
    [1, 2].map(() => openLease({ url, key: "two", patience: PATIENCE, commandMs: 10_000 })),
  );
  assert(one && other);
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const first = one.around(() => held);
  assert.equal(await other.around(async () => "done"), "done");
  release();
  await first;
  await assert.rejects(
    one.around(() => Promise.reject(new Error("lost"))),
    /lost/,
  );
  for (const lease of [one, other]) lease.close();
});

test("without Redis everybody goes on at once", async () => {
  const lease: Lease = await openLease({ url, key: "three", ...UNHURRIED });
  server.kill("SIGKILL");
  await once(server, "exit");
  assert.equal(await lease.around(async () => "done"), "done");
  lease.close();
});
