import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openChannel } from "@oms/chassis/grpc-channel.ts";
import { KernelServiceDefinition, Mode } from "@oms/protos/oms/kernel/v1/kernel.ts";
import { BRANCH, commitBody, commitMessage, many, PATH, put } from "./fixtures/commit-request.ts";
import { overHttp } from "./fixtures/refusal.ts";
import { startOnFreePorts } from "./fixtures/running-kernel.ts";
import { MAX_BODY_BYTES, MAX_MESSAGE_BYTES } from "./limits.ts";

let kernel: Awaited<ReturnType<typeof startOnFreePorts>>;
const open = () =>
  openChannel(KernelServiceDefinition, {
    address: kernel.grpc,
    maxMessageBytes: MAX_MESSAGE_BYTES,
    deadlineMs: 60_000,
  });
let channel: ReturnType<typeof open>;
let head: string;

before(async () => {
  kernel = await startOnFreePorts();
  channel = open();
  await channel.client.createBranch({ name: BRANCH, mode: Mode.MODE_LIVE });
  const { commit } = await channel.client.commit(commitMessage({ key: "first" }));
  head = commit?.id ?? "";
});
after(async () => {
  channel.close();
  await kernel.stop();
});

describe("HTTP alone", () => {
  test("refuses what is no object, what it does not know, and malformed JSON by field", async () => {
    const fields = async (body: unknown) =>
      (await overHttp(`${kernel.http}${PATH}/commits`, body)).violations.map(({ field }) => field);
    assert.deepEqual(await fields([]), ["body"]);
    assert.deepEqual(await fields(commitBody({ writes: [5] })), ["writes[0]"]);
    assert.deepEqual(await fields(commitBody({ writes: "all" })), ["writes"]);
    assert.deepEqual(await fields(commitBody({ author: "me" })), ["author"]);
    assert.deepEqual(await fields(commitBody({ writes: [put({ id: "\ud800" })] })), ["writes[0].put.id"]);
    assert.deepEqual(await fields(commitBody({ writes: [put({ body: '{"a":"\ud800"}' })] })), [
      "writes[0].put.body",
    ]);
    assert.deepEqual(await fields(commitBody({ writes: [{ ...put({}), delete: "a" }] })), ["writes[0]"]);
    const headers = { "content-type": "application/json" };
    const malformed = await fetch(`${kernel.http}${PATH}/commits`, { method: "POST", headers, body: "{" });
    assert.equal(malformed.status, 400);
  });

  test("answers a document that is not there with 404 on id", async () => {
    const refused = await overHttp(`${kernel.http}${PATH}/documents/none`);
    assert.deepEqual([refused.code, refused.violations[0]?.field], ["NOT_FOUND", "id"]);
  });

  test("is ready when its store answers", async () => {
    const response = await fetch(`${kernel.http}/ready`);
    assert.deepEqual(
      [response.status, await response.json()],
      [200, { status: "ready", checks: { store: "ok" } }],
    );
  });
});

test("what is written one way is read the other way, byte for byte", async () => {
  const body = '{ "big": 12345678901234567890.10, "한국어": "가🌱" }';
  const headers = { "content-type": "application/json", "oms-author": "carol@oms" };
  const posted = await fetch(`${kernel.http}${PATH}/commits`, {
    method: "POST",
    headers,
    body: JSON.stringify(commitBody({ key: "bytes", writes: [put({ id: "한/국", type: "Bytes", body })] })),
  });
  const { commit, at } = (await posted.json()) as { commit: { id: string; author: string }; at: string };
  assert.deepEqual([commit.author, at], ["carol@oms", head]);
  const { document } = await channel.client.get({ branch: BRANCH, id: "한/국" });
  assert.deepEqual(document, { id: "한/국", type: "Bytes", body, revision: commit.id });
  const path = `${PATH}/documents/${encodeURIComponent("한/국")}?at=${commit.id}`;
  assert.deepEqual(await (await fetch(`${kernel.http}${path}`)).json(), { document, at: commit.id });
  const frames = [];
  for await (const frame of channel.client.streamQuery({ branch: BRANCH, type: "Bytes" })) frames.push(frame);
  assert.deepEqual(frames, [{ documents: [document], at: commit.id }]);
});

test("a message at its limits goes through: 10,000 documents, and a body of 4 MB", async () => {
  const small = await channel.client.commit(commitMessage({ key: "ten thousand", writes: many(10_000) }));
  assert.equal(small.more, true);
  assert((await channel.client.get({ branch: BRANCH, id: "d9999" })).document);
  const body = JSON.stringify({ text: "x".repeat(MAX_BODY_BYTES - '{"text":""}'.length) });
  await channel.client.commit(
    commitMessage({ key: "large", writes: [put({ id: "l1", type: "Large", body })] }),
  );
  const posted = await fetch(`${kernel.http}${PATH}/commits`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(commitBody({ key: "l2", writes: [put({ id: "l2", type: "Large", body })] })),
  });
  assert.equal(posted.status, 200);
  const { document } = await channel.client.get({ branch: BRANCH, id: "l2" });
  assert.equal(document?.body, body);
});
