import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ConfigError, loadConfig } from "@oms/chassis/config.ts";
import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { createChannel, createClient } from "nice-grpc";
import { HealthDefinition } from "nice-grpc-server-health";
import { connectKernel } from "./client.ts";
import { kernelConfig } from "./config.ts";
import { overHttp } from "./fixtures/refusal.ts";
import { startOnFreePorts } from "./fixtures/running-kernel.ts";

const OMS = "a token that only OMS has";
const SCHEDULER = "a token that only the scheduler has";
const KERNEL_CALLERS = JSON.stringify([
  { service: "oms", token: OMS, speaksFor: ["oms"] },
  { service: "scheduler", token: SCHEDULER, speaksFor: ["oms", "scheduler"] },
]);
const BRANCH = "test/callers/main";
/** grpc.health.v1 */
const SERVING = 1;

let running: Awaited<ReturnType<typeof startOnFreePorts>>;
before(async () => {
  running = await startOnFreePorts({ KERNEL_CALLERS });
});
after(() => running.stop());

/** What becomes of a call of `author` with `token`, over either wire. */
async function outcomes(token: string | undefined, author: string): Promise<string[]> {
  const kernel = connectKernel({ address: running.grpc, token });
  const context = newContext({ author });
  const grpc = await runInContext(context, () => kernel.createBranch({ name: BRANCH })).then(
    () => "OK",
    (error: unknown) =>
      error instanceof ServiceError ? `${error.code} ${error.violations[0]?.field}` : String(error),
  );
  kernel.close();
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${running.http}/branches`, {
    headers: { "oms-author": author, ...authorization },
  });
  const problem = (await response.json()) as { title?: string; errors?: { field: string }[] };
  return [grpc, problem.title ? `${problem.title} ${problem.errors?.[0]?.field}` : "OK"];
}

describe("a kernel that knows its callers", () => {
  test("answers who shows a known token and names an author that it speaks for", async () => {
    assert.deepEqual(await outcomes(OMS, "alice@oms"), ["OK", "OK"]);
    assert.deepEqual(await outcomes(SCHEDULER, "job-7@scheduler"), ["OK", "OK"]);
    assert.deepEqual(await outcomes(SCHEDULER, "alice@oms"), ["OK", "OK"]);
  });

  test("refuses as unauthenticated who shows no token or another", async () => {
    const refused = ["UNAUTHENTICATED authorization", "UNAUTHENTICATED authorization"];
    for (const token of [undefined, "", "x", OMS.slice(0, -1), OMS.toUpperCase()])
      assert.deepEqual(await outcomes(token, "alice@oms"), refused, token);
  });

  test("refuses an author whose service the caller does not speak for", async () => {
    const refused = ["PERMISSION_DENIED oms-author", "PERMISSION_DENIED oms-author"];
    assert.deepEqual(await outcomes(OMS, "job-7@scheduler"), refused);
    assert.deepEqual(await outcomes(OMS, "relay@data-kernel"), refused);
  });

  test("leaves health, readiness and metrics open to all, and refuses before it reads a body", async () => {
    const channel = createChannel(running.grpc);
    const { status } = await createClient(HealthDefinition, channel).check({ service: "" });
    channel.close();
    assert.equal(status, SERVING);
    for (const path of ["health", "ready", "metrics"])
      assert.equal((await fetch(`${running.http}/${path}`)).status, 200);
    assert.equal((await overHttp(`${running.http}/branches`, "no object")).code, "UNAUTHENTICATED");
  });

  test("says what is wrong with its list of callers without a word of it", () => {
    for (const text of ["{", "[]", '[{"service":"oms","token":"short","speaksFor":["oms"]}]'])
      assert.throws(
        () => loadConfig(kernelConfig, { DATA_DIR: "x", KERNEL_CALLERS: text }),
        (error) =>
          error instanceof ConfigError &&
          /KERNEL_CALLERS: must be/.test(error.message) &&
          !/short/.test(error.message),
      );
  });
});
