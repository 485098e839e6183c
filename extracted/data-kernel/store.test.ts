import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { loadConfig } from "@oms/chassis/config.ts";
import { createLogger } from "@oms/chassis/log.ts";
import { kernelConfig } from "./config.ts";
import { commitBody, PATH } from "./fixtures/commit-request.ts";
import { startKernel } from "./service.ts";
import { type Double, startDouble } from "./store/terminus/double/server.ts";

async function startOn({ url, user, password }: Double, t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "kernel-"));
  const config = loadConfig(kernelConfig, {
    PORT: "0",
    GRPC_PORT: "0",
    DATA_DIR: folder,
    TERMINUSDB_URL: url,
    TERMINUSDB_USER: user,
    TERMINUSDB_PASSWORD: password,
  });
  const kernel = await startKernel(config, createLogger("data-kernel", "silent"));
  t.after(async () => {
    await kernel.stop();
    await rm(folder, { recursive: true });
  });
  return `http://127.0.0.1:${kernel.port}`;
}

function post(url: string, body: object): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
}

test("a kernel starts without its TerminusDB, alive and not ready, and is ready once the server answers", async (t) => {
  const double = await startDouble();
  t.after(() => double.stop());
  double.faultOf = () => ({ kind: "starting", applied: false });
  const kernel = await startOn(double, t);
  const status = async (path: string) => (await fetch(`${kernel}${path}`)).status;
  assert.deepEqual([await status("/health"), await status("/ready")], [200, 503]);
  double.faultOf = () => undefined;
  while ((await status("/ready")) !== 200) await wait(50);
  assert.equal(await status("/health"), 200);
});

test("what one kernel commits to TerminusDB another one reads", async (t) => {
  const double = await startDouble();
  t.after(() => double.stop());
  const [one, other] = [await startOn(double, t), await startOn(double, t)];
  await post(`${one}/branches`, { name: "test/wire/main", mode: "live" });
  const committed = await post(`${one}${PATH}/commits`, commitBody());
  assert.equal(committed.status, 200, await committed.clone().text());
  const again = await post(`${other}${PATH}/commits`, commitBody());
  assert.equal(((await again.json()) as { repeated: boolean }).repeated, true);
});
