import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { commitBody } from "../fixtures/commit-request.ts";
import { overHttp } from "../fixtures/refusal.ts";
import { startOnFreePorts } from "../fixtures/running-kernel.ts";
import { until } from "./relay.fixture.ts";
import type { RelayStatus } from "./status.ts";

const BRANCH = "test/told/main";

let kernel: Awaited<ReturnType<typeof startOnFreePorts>>;
before(async () => {
  kernel = await startOnFreePorts();
  await post("branches", { name: BRANCH, mode: "live" });
  await post(`branches/${encodeURIComponent(BRANCH)}/commits`, commitBody());
});
after(() => kernel.stop());

async function post(path: string, body: object): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(`${kernel.http}/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
}

async function status(): Promise<RelayStatus> {
  return (await (await fetch(`${kernel.http}/relay`)).json()) as RelayStatus;
}

test("GET /relay says how every sink stands, /metrics too, and the command says it in lines", async () => {
  await until(async () => (await status()).lines.some(({ state }) => state === "caught up"));
  const { lines, alarms, parked } = await status();
  assert.partialDeepStrictEqual(lines, [{ sink: "audit", branch: BRANCH, pending: 0, lagSeconds: 0 }]);
  assert.deepEqual([alarms, parked], [[], []]);
  const metrics = await (await fetch(`${kernel.http}/metrics`)).text();
  assert.match(
    metrics,
    /^relay_lag_seconds\{sink="audit",branch="test\/told\/main",service="data-kernel"\} 0$/m,
  );
  assert.match(metrics, /^relay_parked\{sink="audit",branch="test\/told\/main",service="data-kernel"\} 0$/m);
  assert.match(metrics, /^relay_delivered_total\{sink="audit",service="data-kernel"\} 1$/m);
  const cli = join(import.meta.dirname, "..", "cli.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [
    cli,
    "relay",
    "status",
    "--kernel",
    kernel.http,
  ]);
  assert.equal(stdout, `audit on ${BRANCH}: caught up\n`);
});

test("what an operator asks wrongly is refused by its field", async () => {
  const ask = (path: string, body: object = {}) => overHttp(`${kernel.http}/relay/${path}`, body);
  const line = `lines/audit/${encodeURIComponent(BRANCH)}/move`;
  const refusals = [
    await ask("parked/nothing/replay"),
    await ask(`parked/${encodeURIComponent(`audit/${BRANCH}/1-0`)}/discard`),
    await ask(line),
    await ask(line, { commit: "none" }),
    await ask("lines/none/none/move", { commit: "beginning" }),
    await ask("sinks/audit/forget"),
  ];
  assert.deepEqual(
    refusals.map(({ code, violations }) => [code, violations[0]?.field]),
    [
      ["NOT_FOUND", "id"],
      ["NOT_FOUND", "id"],
      ["INVALID_ARGUMENT", "commit"],
      ["NOT_FOUND", "at"],
      ["NOT_FOUND", "sink"],
      ["INVALID_ARGUMENT", "sink"],
    ],
  );
});

test("a cursor is moved to where an operator says", async () => {
  const path = `relay/lines/audit/${encodeURIComponent(BRANCH)}/move`;
  const answer = await post(path, { commit: "beginning" });
  assert.deepEqual(await answer.json(), { cursor: { commit: "", sequence: 0 } });
  await until(async () => (await status()).lines.some(({ state }) => state === "caught up"));
});
