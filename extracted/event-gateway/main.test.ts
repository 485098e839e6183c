import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";

const MAIN = join(import.meta.dirname, "main.ts");

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, PORT: "0", GRPC_PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { child, exited: once(child, "exit").then(([code]: (number | null)[]) => code) };
}

test("it says what it is when it is asked for help, and starts nothing", async () => {
  const { child, exited } = run(["--help"]);
  const said = await child.stdout.setEncoding("utf8").toArray();
  assert.match(said.join(""), /^Usage: node extracted\/event-gateway\/main\.ts/);
  assert.equal(await exited, 0);
});

test("it listens and stops although neither NATS nor the kernel is there", async () => {
  const { child, exited } = run([], { NATS_URL: "nats://127.0.0.1:1", KERNEL_URL: "127.0.0.1:1" });
  child.stderr.resume();
  for await (const line of createInterface({ input: child.stdout })) {
    const { port, grpcPort } = JSON.parse(line);
    if (typeof port !== "number" || typeof grpcPort !== "number") continue;
    assert.equal((await fetch(`http://127.0.0.1:${port}/health`)).status, 200);
    assert.equal((await fetch(`http://127.0.0.1:${port}/ready`)).status, 503);
    child.stdout.resume();
    child.kill("SIGTERM");
    break;
  }
  assert.equal(await exited, 0);
});

test("it names the settings that are wrong, and none of their values", async () => {
  const { child, exited } = run([], { WEBHOOK_SIGNING_KEY: "short-secret", QUEUE_MAX_BYTES: "much" });
  const said = (await child.stderr.setEncoding("utf8").toArray()).join("");
  assert.match(said, /WEBHOOK_SIGNING_KEY: must have at least 32 characters/);
  assert.match(said, /QUEUE_MAX_BYTES: /);
  assert.doesNotMatch(said, /short-secret/);
  assert.equal(await exited, 1);
});
