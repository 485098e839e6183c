import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { KernelServiceDefinition } from "@oms/protos/oms/kernel/v1/kernel.ts";
import { createChannel, createClient, Metadata } from "nice-grpc";
import { connectKernel } from "./client.ts";
import { BRANCH, commitBody, commitMessage, PATH } from "./fixtures/commit-request.ts";
import { startOnFreePorts } from "./fixtures/running-kernel.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SECRET = "ann.example.secret";
/** What may ride along with a call, and must not be written down. */
const RIDERS = {
  tracestate: `vendor=${SECRET}`,
  baggage: `user=${SECRET}`,
  "oms-tenant": SECRET,
  "oms-branch": SECRET,
  "oms-note": SECRET,
  "x-user": SECRET,
  cookie: SECRET,
};

let running: Awaited<ReturnType<typeof startOnFreePorts>>;
before(async () => {
  running = await startOnFreePorts();
  const kernel = connectKernel({ address: running.grpc });
  await kernel.createBranch({ name: BRANCH });
  kernel.close();
});
after(() => running.stop());

async function commitOverGrpc(key: string, riders: Record<string, string>): Promise<void> {
  const channel = createChannel(running.grpc);
  const client = createClient(KernelServiceDefinition, channel);
  await client.commit(commitMessage({ key }), {
    metadata: Metadata({ "oms-author": "alice@oms", ...riders }),
  });
  channel.close();
}

async function commitOverHttp(key: string, riders: Record<string, string>): Promise<void> {
  const headers = { "content-type": "application/json", "oms-author": "alice@oms", ...riders };
  const body = JSON.stringify(commitBody({ key }));
  const response = await fetch(`${running.http}${PATH}/commits`, { method: "POST", headers, body });
  assert.equal(response.status, 200);
}

test("a commit takes from its call the author and the trace id, and nothing else that rides along", async () => {
  const traced = { ...RIDERS, traceparent: `00-${TRACE}-b7ad6b7169203331-01` };
  await commitOverGrpc("grpc", traced);
  await commitOverHttp("http", traced);
  const kernel = connectKernel({ address: running.grpc });
  const { commits } = await kernel.log({ branch: BRANCH });
  kernel.close();
  for (const { id, timeMs, sequence, ...record } of commits) {
    const { key } = record;
    assert.deepEqual(record, {
      key,
      branch: BRANCH,
      author: "alice@oms",
      message: "as asked",
      traceId: TRACE,
    });
    assert(id && timeMs && sequence);
  }
  assert.equal(commits.length, 2);
  const folder = dirname(running.file);
  const files = await readdir(folder);
  assert(files.length > 0);
  for (const file of files) assert(!(await readFile(join(folder, file))).includes(SECRET), file);
});

test("a trace id is 32 hexadecimal digits, whatever the caller calls its trace", async () => {
  const odd = [
    SECRET,
    `00-${SECRET}-b7ad6b7169203331-01`,
    `00-${TRACE.toUpperCase()}-b7ad6b7169203331-01`,
    "",
  ];
  for (const [n, traceparent] of odd.entries()) await commitOverHttp(`odd-${n}`, { traceparent });
  const kernel = connectKernel({ address: running.grpc });
  const { commits } = await kernel.log({ branch: BRANCH, pageSize: odd.length });
  kernel.close();
  for (const { traceId } of commits) {
    assert.match(traceId, /^[0-9a-f]{32}$/);
    assert.notEqual(traceId, TRACE);
  }
});
