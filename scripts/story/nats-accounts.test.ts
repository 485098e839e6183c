import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { connect } from "@nats-io/transport-node";
import { freePorts } from "../process/ports.ts";
import { untilReady } from "../process/ready.ts";
import { onPath } from "../setup/executable.ts";
import { natsUser, writeNatsAccounts } from "./nats-accounts.ts";

test("a story does not hear what another publishes on the same subject", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "nats-accounts-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const config = join(directory, "nats.conf");
  writeNatsAccounts(config, ["boot", "migrate-embedding"]);

  const [port = 0] = await freePorts("127.0.0.1", 1);
  const file =
    onPath("nats-server", process.env["PATH"] ?? "") ?? assert.fail("no nats-server: npm run setup");
  const args = [
    "--config",
    config,
    "--addr",
    "127.0.0.1",
    "--port",
    `${port}`,
    "--jetstream",
    "--store_dir",
    directory,
  ];
  const server = spawn(file, args, { stdio: "ignore" });
  t.after(async () => {
    server.kill();
    await once(server, "exit");
  });
  const readiness = { tcp: port, send: "", expect: "INFO " };
  assert.ok(await untilReady(readiness, "127.0.0.1", AbortSignal.timeout(20_000)));

  const as = (story: string) => {
    return connect({ servers: `127.0.0.1:${port}`, user: natsUser(story), pass: natsUser(story) });
  };
  const [boot, migrate] = await Promise.all([as("boot"), as("migrate-embedding")]);
  const heard = boot.subscribe("events", { max: 1 });
  await boot.flush();
  migrate.publish("events", "of migrate-embedding");
  await migrate.flush();
  boot.publish("events", "of boot");
  for await (const message of heard) assert.equal(message.string(), "of boot");
  await Promise.all([boot.close(), migrate.close()]);
});
