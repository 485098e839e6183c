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
const OPERATOR = "a token that only operators have";
const KERNEL_CALLERS = JSON.stringify([
  { service: "oms", token: OMS, speaksFor: ["oms"] },
  { service: "scheduler", token: SCHEDULER, speaksFor: ["oms", "scheduler"] },
  { service: "operator", token: OPERATOR, speaksFor: ["kernel"], operator: true },
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

/** What an answer over HTTP refuses: its code and the fields. */
async function fieldsOf(
  token: string,
  author: string,
  [method, path, body]: readonly [method: string, path: string, body?: object | undefined],
): Promise<[code: string | undefined, fields: string[] | undefined]> {
  const response = await fetch(`${running.http}/${path}`, {
    method,
    headers: {
      "oms-author": author,
      authorization: `Bearer ${token}`,
      ...(body && { "content-type": "application/json" }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const problem = (await response.json()) as { title?: string; errors?: { field: string }[] };
  return [problem.title, problem.errors?.map(({ field }) => field)];
}

const refusing = (code: string, field: string) => (error: unknown) =>
  error instanceof ServiceError && error.code === code && error.violations[0]?.field === field;

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

  test("lets operators alone rewrite, redact, and see to branches and the relay", async () => {
    const asked: [method: string, path: string, body?: object][] = [
      ["DELETE", "branches/x?mode=live"],
      ["DELETE", "branches/x?mode=shadow"],
      ["POST", "branches/x/reset", { to: "beginning", mode: "live" }],
      ["POST", "branches/x/redactions", {}],
      ["POST", "branches/x/archives"],
      ["POST", "governance/expiry", {}],
      ["POST", "governance/restore"],
      ["POST", "relay/parked/x/replay"],
      ["POST", "relay/parked/x/discard"],
      ["POST", "relay/lines/audit/x/move", {}],
      ["POST", "relay/sinks/audit/forget"],
    ];
    const refused = ["PERMISSION_DENIED", ["authorization"]];
    for (const [method, path, body] of asked) {
      assert.deepEqual(await fieldsOf(OMS, "alice@oms", [method, path, body]), refused, path);
      const [code] = await fieldsOf(OPERATOR, "eve@kernel", [method, path, body]);
      assert(code === "NOT_FOUND" || code === "INVALID_ARGUMENT", `${method} ${path}: ${code}`);
    }
    const kernel = connectKernel({ address: running.grpc, token: OMS });
    await runInContext(newContext({ author: "alice@oms" }), async () => {
      const isDenied = refusing("PERMISSION_DENIED", "authorization");
      await assert.rejects(kernel.deleteBranch({ name: BRANCH }), isDenied);
      await assert.rejects(kernel.resetBranch({ name: BRANCH, to: "beginning" }), isDenied);
    });
    kernel.close();
  });

  test("says what is wrong with its list of callers without a word of it", () => {
    for (const text of [
      "{",
      "[]",
      '[{"service":"oms","token":"short","speaksFor":["oms"]}]',
      '[{"service":"data-kernel","token":"not at all short","speaksFor":["oms"]}]',
      '[{"service":"oms","token":"not at all short","speaksFor":["oms","data-kernel"]}]',
    ])
      assert.throws(
        () => loadConfig(kernelConfig, { DATA_DIR: "x", KERNEL_CALLERS: text }),
        (error) =>
          error instanceof ConfigError &&
          /KERNEL_CALLERS: must be/.test(error.message) &&
          !/short/.test(error.message),
      );
  });
});

test("a kernel that trusts everybody lets nobody pass for itself, and keeps branches for those whom policies name", async () => {
  const trusting = await startOnFreePorts();
  const kernel = connectKernel({ address: trusting.grpc });
  const as = <R>(author: string, run: () => Promise<R>) => runInContext(newContext({ author }), run);
  const audit = "test/kernel/audit";
  const isPassing = refusing("PERMISSION_DENIED", "oms-author");
  const isNotTheirs = refusing("PERMISSION_DENIED", "name");
  try {
    const put = { put: { id: "a", type: "Audit", body: {} } };
    const commit = () => kernel.commit({ branch: audit, message: "forged", writes: [put] });
    await assert.rejects(as("relay@data-kernel", commit), isPassing);
    const headers = { "oms-author": "x@data-kernel" };
    assert.equal((await fetch(`${trusting.http}/branches`, { headers })).status, 403);
    const make = () => kernel.createBranch({ name: audit });
    await assert.rejects(as("alice@oms", make), isNotTheirs);
    await as("alice@oms", () => kernel.createBranch({ name: BRANCH }));
    await as("alice@oms", () => kernel.deleteBranch({ name: BRANCH }));
    const remove = () => kernel.deleteBranch({ name: audit });
    await assert.rejects(as("alice@oms", remove), isNotTheirs);
    const reset = () => kernel.resetBranch({ name: audit, to: "beginning" });
    await assert.rejects(as("alice@oms", reset), isNotTheirs);
  } finally {
    kernel.close();
    await trusting.stop();
  }
});
