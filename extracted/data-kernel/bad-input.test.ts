import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openChannel } from "@oms/chassis/grpc-channel.ts";
import { KernelServiceDefinition, Mode } from "@oms/protos/oms/kernel/v1/kernel.ts";
import { type Body, BRANCH, commitBody, commitMessage, many, PATH, put } from "./fixtures/commit-request.ts";
import { overGrpc, overHttp } from "./fixtures/refusal.ts";
import { startOnFreePorts } from "./fixtures/running-kernel.ts";
import { MAX_BODY_BYTES, MAX_MESSAGE_BYTES } from "./limits.ts";

let kernel: Awaited<ReturnType<typeof startOnFreePorts>>;
const open = () =>
  openChannel(KernelServiceDefinition, { address: kernel.grpc, maxMessageBytes: MAX_MESSAGE_BYTES });
let channel: ReturnType<typeof open>;

before(async () => {
  kernel = await startOnFreePorts();
  channel = open();
  await channel.client.createBranch({ name: BRANCH, mode: Mode.MODE_LIVE });
  await channel.client.commit(commitMessage({ key: "first" }));
});
after(async () => {
  channel.close();
  await kernel.stop();
});

const long = "x".repeat(513);

const BAD_COMMITS: readonly [what: string, change: Body, code: string, fields: readonly string[]][] = [
  ["no mode", { mode: "" }, "INVALID_ARGUMENT", ["mode"]],
  ["no key", { key: "" }, "INVALID_ARGUMENT", ["key"]],
  ["a long key", { key: long }, "INVALID_ARGUMENT", ["key"]],
  ["no message", { message: "" }, "INVALID_ARGUMENT", ["message"]],
  ["no writes", { writes: [] }, "INVALID_ARGUMENT", ["writes"]],
  ["too many writes", { writes: many(10_001) }, "INVALID_ARGUMENT", ["writes"]],
  ["a write of nothing", { writes: [{}] }, "INVALID_ARGUMENT", ["writes[0]"]],
  ["an empty id", { writes: [put({}), put({ id: "" })] }, "INVALID_ARGUMENT", ["writes[1].put.id"]],
  ["an id of 513 characters", { writes: [put({ id: long })] }, "INVALID_ARGUMENT", ["writes[0].put.id"]],
  ["a control character", { writes: [put({ id: "a\u0007" })] }, "INVALID_ARGUMENT", ["writes[0].put.id"]],
  ["an empty type", { writes: [put({ type: "" })] }, "INVALID_ARGUMENT", ["writes[0].put.type"]],
  ["an empty id to delete", { writes: [{ delete: "" }] }, "INVALID_ARGUMENT", ["writes[0].delete"]],
  ["one id twice", { writes: [put({}), put({})] }, "INVALID_ARGUMENT", ["writes[1].put.id"]],
  [
    "put and deleted at once",
    { writes: [put({}), { delete: "a" }] },
    "INVALID_ARGUMENT",
    ["writes[1].delete"],
  ],
  ["malformed JSON", { writes: [put({ body: "{" })] }, "INVALID_ARGUMENT", ["writes[0].put.body"]],
  ["an empty body", { writes: [put({ body: "" })] }, "INVALID_ARGUMENT", ["writes[0].put.body"]],
  ["a body that is a list", { writes: [put({ body: "[]" })] }, "INVALID_ARGUMENT", ["writes[0].put.body"]],
  ["a body that is null", { writes: [put({ body: "null" })] }, "INVALID_ARGUMENT", ["writes[0].put.body"]],
  [
    "a body over 4 MB",
    { writes: [put({ body: JSON.stringify({ text: "가".repeat(MAX_BODY_BYTES / 3) }) })] },
    "INVALID_ARGUMENT",
    ["writes[0].put.body"],
  ],
  ["a precondition of nothing", { preconditions: [{}] }, "INVALID_ARGUMENT", ["preconditions[0]"]],
  [
    "a revision without its document",
    { preconditions: [{ revision: { id: "", revision: "r" } }] },
    "INVALID_ARGUMENT",
    ["preconditions[0].revision.id"],
  ],
  ["a live commit as of another", { at: "c" }, "INVALID_ARGUMENT", ["at"]],
  ["a shadow commit as of nowhere", { mode: "shadow", at: "c" }, "NOT_FOUND", ["at"]],
  [
    "preconditions that do not hold",
    { preconditions: [{ head: "c" }, { absent: "b" }, { absent: "a" }] },
    "ABORTED",
    ["preconditions[0]", "preconditions[2]"],
  ],
  ["a key used for something else", { key: "first", writes: [put({ id: "b" })] }, "ALREADY_EXISTS", ["key"]],
];

describe("bad input is refused alike over gRPC and HTTP", () => {
  for (const [what, change, code, fields] of BAD_COMMITS) {
    test(`a commit: ${what}`, async () => {
      const grpc = await overGrpc(channel.client.commit(commitMessage(change)));
      const { code: said, violations } = grpc;
      assert.deepEqual([said, violations.map(({ field }) => field)], [code, fields]);
      assert.deepEqual(await overHttp(`${kernel.http}${PATH}/commits`, commitBody(change)), grpc);
    });
  }

  test("a commit to an unknown branch", async () => {
    const branch = "test/wire/none";
    const grpc = await overGrpc(channel.client.commit({ ...commitMessage(), branch }));
    assert.deepEqual([grpc.code, grpc.violations[0]?.field], ["NOT_FOUND", "branch"]);
    assert.deepEqual(
      await overHttp(`${kernel.http}/branches/${encodeURIComponent(branch)}/commits`, commitBody()),
      grpc,
    );
  });

  const BAD_READS: readonly [
    what: string,
    path: string,
    grpc: () => Promise<unknown>,
    code: string,
    field: string,
  ][] = [
    [
      "a page of -1",
      `${PATH}/documents?type=T&pageSize=-1`,
      () => query({ pageSize: -1 }),
      "INVALID_ARGUMENT",
      "pageSize",
    ],
    [
      "a page of 1001",
      `${PATH}/documents?type=T&pageSize=1001`,
      () => query({ pageSize: 1001 }),
      "INVALID_ARGUMENT",
      "pageSize",
    ],
    [
      "a foreign token",
      `${PATH}/documents?type=T&pageToken=x`,
      () => query({ pageToken: "x" }),
      "INVALID_ARGUMENT",
      "pageToken",
    ],
    ["no type", `${PATH}/documents?type=`, () => query({ type: "" }), "INVALID_ARGUMENT", "type"],
    ["an unknown commit", `${PATH}/documents?type=T&at=c`, () => query({ at: "c" }), "NOT_FOUND", "at"],
    [
      "a document at an unknown commit",
      `${PATH}/documents/a?at=c`,
      () => channel.client.get({ branch: BRANCH, id: "a", at: "c" }),
      "NOT_FOUND",
      "at",
    ],
    [
      "a log of 10^9",
      `${PATH}/commits?pageSize=1000000000`,
      () => channel.client.log({ branch: BRANCH, pageSize: 1e9 }),
      "INVALID_ARGUMENT",
      "pageSize",
    ],
    [
      "a history of 1001",
      `${PATH}/documents/a/history?pageSize=1001`,
      () => channel.client.history({ branch: BRANCH, id: "a", pageSize: 1001 }),
      "INVALID_ARGUMENT",
      "pageSize",
    ],
    [
      "changes after an unknown commit",
      `${PATH}/changes?after=c`,
      () => channel.client.changes({ branch: BRANCH, after: "c" }),
      "NOT_FOUND",
      "after",
    ],
    [
      "an unknown branch",
      "/branches/none/changes",
      () => channel.client.changes({ branch: "none" }),
      "NOT_FOUND",
      "branch",
    ],
  ];
  const query = (change: object) => channel.client.query({ branch: BRANCH, type: "T", ...change });

  for (const [what, path, grpc, code, field] of BAD_READS) {
    test(`a read: ${what}`, async () => {
      const refused = await overGrpc(grpc());
      assert.deepEqual([refused.code, refused.violations[0]?.field], [code, field]);
      assert.deepEqual(await overHttp(`${kernel.http}${path}`), refused);
    });
  }

  const BAD_BRANCHES: readonly [body: Body, code: string, field: string][] = [
    ...["", "main", "a/b", "a/b/c/d", "A/b/c", "a//c", "a/b/-c", "a/b/c ", `a/b/${long}`].map(
      (name) => [{ name }, "INVALID_ARGUMENT", "name"] as [Body, string, string],
    ),
    [{ name: "test/wire/x", origin: "none" }, "NOT_FOUND", "origin"],
    [{ name: "test/wire/x", at: "c" }, "INVALID_ARGUMENT", "at"],
    [{ name: "test/wire/x", origin: BRANCH, at: "c" }, "NOT_FOUND", "at"],
    [{ name: BRANCH, origin: BRANCH }, "ALREADY_EXISTS", "name"],
  ];

  for (const [body, code, field] of BAD_BRANCHES) {
    test(`a branch: ${JSON.stringify(body).slice(0, 60)}`, async () => {
      const refused = await overGrpc(channel.client.createBranch({ ...body, mode: Mode.MODE_LIVE }));
      assert.deepEqual([refused.code, refused.violations[0]?.field], [code, field]);
      assert.deepEqual(await overHttp(`${kernel.http}/branches`, { ...body, mode: "live" }), refused);
    });
  }

  test("a branch without a mode", async () => {
    const refused = await overGrpc(channel.client.createBranch({ name: "test/wire/x" }));
    assert.deepEqual(refused.violations[0]?.field, "mode");
    assert.deepEqual(await overHttp(`${kernel.http}/branches`, { name: "test/wire/x" }), refused);
  });
});
