import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ServiceError, type Violation } from "@oms/chassis/errors/service-error.ts";
import { openChannel } from "@oms/chassis/grpc-channel.ts";
import {
  type CommitRequest,
  type DeepPartial,
  KernelServiceDefinition,
  Mode,
} from "@oms/protos/oms/kernel/v1/kernel.ts";
import { startOnFreePorts } from "./fixtures/running-kernel.ts";
import { MAX_BODY_BYTES, MAX_MESSAGE_BYTES } from "./limits.ts";

const BRANCH = "test/wire/main";
const PATH = `/branches/${encodeURIComponent(BRANCH)}`;

let kernel: Awaited<ReturnType<typeof startOnFreePorts>>;
const open = () =>
  openChannel(KernelServiceDefinition, { address: kernel.grpc, maxMessageBytes: MAX_MESSAGE_BYTES });
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

type Refusal = { readonly code: string; readonly message: string; readonly violations: readonly Violation[] };

async function overGrpc(call: Promise<unknown>): Promise<Refusal> {
  const error = await call.then(
    () => assert.fail("was not refused"),
    (thrown: unknown) => thrown,
  );
  assert(error instanceof ServiceError, String(error));
  const { code, message, violations } = error;
  return { code, message, violations };
}

async function overHttp(path: string, body?: unknown): Promise<Refusal> {
  const response = await fetch(
    `${kernel.http}${path}`,
    body === undefined
      ? {}
      : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) },
  );
  assert.match(response.headers.get("content-type") ?? "", /^application\/problem\+json/);
  const { title, detail, errors } = (await response.json()) as {
    title: string;
    detail: string;
    errors: Violation[];
  };
  return { code: title, message: detail, violations: errors };
}

type Body = { [name: string]: unknown };

/** A good commit with `change` in it, as HTTP takes it. */
function commitBody(change: Body = {}): Body {
  const writes = [{ put: { id: "a", type: "Note", body: "{}" } }];
  return { key: "k", mode: "live", message: "as asked", writes, ...change };
}

const MODES: Readonly<Record<string, Mode>> = { live: Mode.MODE_LIVE, shadow: Mode.MODE_SHADOW };

/** The same commit as gRPC takes it. */
function commitMessage(change: Body = {}): DeepPartial<CommitRequest> {
  const { mode, writes, preconditions = [], ...rest } = commitBody(change);
  const operations = (writes as Body[]).map((write) => ({ operation: oneofOf(write) }));
  const conditions = (preconditions as Body[]).map((condition) => ({ condition: oneofOf(condition) }));
  const message = { branch: BRANCH, ...rest, mode: MODES[String(mode)] ?? Mode.MODE_UNSPECIFIED };
  return { ...message, writes: operations, preconditions: conditions } as DeepPartial<CommitRequest>;
}

function oneofOf(alternatives: Body) {
  const [only] = Object.entries(alternatives);
  return only && { $case: only[0], value: only[1] };
}

const put = (change: Body) => ({ put: { id: "a", type: "Note", body: "{}", ...change } });
const long = "x".repeat(513);
const many = (count: number) => Array.from({ length: count }, (_, n) => put({ id: `d${n}` }));

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
      assert.deepEqual(await overHttp(`${PATH}/commits`, commitBody(change)), grpc);
    });
  }

  test("a commit to an unknown branch", async () => {
    const branch = "test/wire/none";
    const grpc = await overGrpc(channel.client.commit({ ...commitMessage(), branch }));
    assert.deepEqual([grpc.code, grpc.violations[0]?.field], ["NOT_FOUND", "branch"]);
    assert.deepEqual(await overHttp(`/branches/${encodeURIComponent(branch)}/commits`, commitBody()), grpc);
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
      assert.deepEqual(await overHttp(path), refused);
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
      assert.deepEqual(await overHttp("/branches", { ...body, mode: "live" }), refused);
    });
  }

  test("a branch without a mode", async () => {
    const refused = await overGrpc(channel.client.createBranch({ name: "test/wire/x" }));
    assert.deepEqual(refused.violations[0]?.field, "mode");
    assert.deepEqual(await overHttp("/branches", { name: "test/wire/x" }), refused);
  });
});

describe("HTTP alone", () => {
  test("refuses what is no object, what it does not know, and malformed JSON by field", async () => {
    const fields = async (body: unknown) =>
      (await overHttp(`${PATH}/commits`, body)).violations.map(({ field }) => field);
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
    const refused = await overHttp(`${PATH}/documents/none`);
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

test("a commit at its limits goes through: 10,000 documents, and bodies of 4 MB", async () => {
  const small = await channel.client.commit(commitMessage({ key: "ten thousand", writes: many(10_000) }));
  assert.equal(small.changes.length, 10_000);
  const body = JSON.stringify({ text: "x".repeat(MAX_BODY_BYTES - '{"text":""}'.length) });
  const large = ["l1", "l2", "l3"].map((id) => put({ id, type: "Large", body }));
  await channel.client.commit(commitMessage({ key: "large", writes: large }));
  const { document } = await channel.client.get({ branch: BRANCH, id: "l2" });
  assert.equal(document?.body, body);
});
