import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { firsts, isSigned, required, until } from "./receiver.fixture.ts";
import { SETTINGS, WebhookSystem } from "./system.fixture.ts";

const MAIN = join(import.meta.dirname, "../main.ts");

let system: WebhookSystem;
/** Sends to webhooks at first: it has the lease. */
let first: ChildProcess;

before(async () => {
  system = await WebhookSystem.start({}, async (servers) => {
    first = spawn(process.execPath, [MAIN], {
      env: { ...process.env, ...SETTINGS, ...servers, PORT: "0", GRPC_PORT: "0", OMS_ENV: "test" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    for await (const line of createInterface({ input: required(first.stdout ?? undefined) }))
      if (line.includes("sends to webhooks now")) break;
    first.stdout?.resume();
  });
});
after(async () => {
  if (first.exitCode === null && first.signalCode === null) {
    first.kill("SIGKILL");
    await once(first, "exit");
  }
  await system.stop();
});

test("when the gateway that sends is killed, another goes on, and every order is kept", async () => {
  const { receiver } = system;
  const secrets = new Map<string, string>();
  for (const [id, order] of [
    ["free", 1],
    ["keys", 2],
    ["all", 3],
  ] as const) {
    receiver.answer(`/${id}`, async () => {
      await delay(15);
      return 200;
    });
    secrets.set(id, await system.put(id, { order, domain: "twins" }));
  }
  const ids = Array.from({ length: 300 }, (_, n) => `${n}`);
  const publishing = (async () => {
    for (const id of ids) await system.publish("twins", [id], { partitionkey: `k${Number(id) % 5}` });
  })();
  await receiver.until("/all", 40);
  first.kill("SIGKILL");
  await publishing;
  for (const [id, secret] of secrets) {
    await until(() => firsts(receiver.ids(`/${id}`)).length === 300);
    assert.ok(
      receiver.at(`/${id}`).every((each) => isSigned(each, secret)),
      id,
    );
  }
  assert.deepEqual(firsts(receiver.ids("/all")), ids);
  for (const key of [0, 1, 2, 3, 4]) {
    const of = receiver.ids("/keys").filter((id) => Number(id) % 5 === key);
    assert.deepEqual(
      firsts(of),
      ids.filter((id) => Number(id) % 5 === key),
    );
  }
});
