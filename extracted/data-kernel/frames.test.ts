import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { openChannel } from "@oms/chassis/grpc-channel.ts";
import {
  type CommitFramesRequest,
  type DeepPartial,
  KernelServiceDefinition,
  Mode,
} from "@oms/protos/oms/kernel/v1/kernel.ts";
import { connectKernel, followBranch, type Kernel, type Write } from "./client.ts";
import { put as writePut } from "./fixtures/commit-request.ts";
import { overGrpc, type Refusal } from "./fixtures/refusal.ts";
import { startOnFreePorts } from "./fixtures/running-kernel.ts";
import { MAX_BODY_BYTES, MAX_COMMIT_BYTES, MAX_COMMIT_WRITES, MAX_MESSAGE_BYTES } from "./limits.ts";

const BRANCH = "test/frames/main";
const COUNT = 9;
const TEXT = "가".repeat(300_000);

let running: Awaited<ReturnType<typeof startOnFreePorts>>;
let kernel: Kernel;
const open = () =>
  openChannel(KernelServiceDefinition, { address: running.grpc, maxMessageBytes: MAX_MESSAGE_BYTES });
let channel: ReturnType<typeof open>;

before(async () => {
  running = await startOnFreePorts();
  kernel = connectKernel({ address: running.grpc });
  channel = open();
  await kernel.createBranch({ name: BRANCH });
});
after(async () => {
  kernel.close();
  channel.close();
  await running.stop();
});

/** Documents of a type of their own, together more than two messages. */
const large = (type: string): Write[] =>
  Array.from({ length: COUNT }, (_, n) => ({ put: { id: `${type}/${n}`, type, body: { n, text: TEXT } } }));

const message = "as asked";

describe("a commit of more than a message holds", () => {
  test("is made, answered, streamed and followed as any other", async () => {
    const writes = large("Whole");
    const preconditions = writes.map((_, n) => ({ absent: `Whole/${n}` }));
    const { commit, changes, repeated } = await kernel.commit({
      branch: BRANCH,
      message,
      writes,
      preconditions,
    });
    assert(commit);
    assert.equal(repeated, false);
    const documents = writes.flatMap((write) =>
      "put" in write ? [{ ...write.put, revision: commit.id }] : [],
    );
    assert.deepEqual(
      changes,
      documents.map((document) => ({ kind: "created", document })),
    );
    assert.deepEqual(await collect(kernel.stream({ branch: BRANCH, type: "Whole" })), documents);
    const seen: unknown[] = [];
    const projection = { apply: (...told: unknown[]) => void seen.push(told), clear: () => undefined };
    await followBranch(kernel, BRANCH, projection).refresh();
    assert.deepEqual(seen.at(-1), [commit, changes]);
  });

  test("answers the first result when it is repeated, and refuses its key to another", async () => {
    const request = { branch: BRANCH, key: "repeated", message, writes: large("Repeated") };
    const first = await kernel.commit(request);
    assert.deepEqual(await kernel.commit(request), { ...first, repeated: true });
    const other = kernel.commit({ ...request, writes: [...request.writes.slice(1)] });
    await assert.rejects(other, { code: "ALREADY_EXISTS" });
  });

  test("is the same commit whether its order makes one frame or another", async () => {
    const writes = large("Ordered");
    const request = { branch: BRANCH, key: "ordered", message };
    const first = await kernel.commit({ ...request, writes });
    const again = await kernel.commit({ ...request, writes: writes.toReversed() });
    assert.deepEqual([again.commit, again.repeated], [first.commit, true]);
  });

  test("is evaluated in a shadow call, and stored nowhere", async () => {
    const before = await kernel.log({ branch: BRANCH });
    const { commit, changes } = await runInContext(newContext({ shadow: true }), () =>
      kernel.commit({ branch: BRANCH, message, writes: large("Watched") }),
    );
    assert.equal(commit, undefined);
    assert.deepEqual(
      changes.map(({ kind, document }) => [kind, document.id]),
      large("Watched").map((_, n) => ["created", `Watched/${n}`]),
    );
    assert.deepEqual(await kernel.log({ branch: BRANCH }), before);
  });
});

test("a small commit that changes more than a message holds answers all of it", async () => {
  const writes = large("Deleted");
  await kernel.commit({ branch: BRANCH, message, writes });
  const deletions = writes.map((_, n): Write => ({ delete: `Deleted/${n}` }));
  const { commit, changes, repeated } = await kernel.commit({ branch: BRANCH, message, writes: deletions });
  assert.equal(repeated, false);
  assert(commit);
  const revisions = new Set(changes.map(({ document }) => document.revision));
  assert.deepEqual([changes.length, revisions.size], [COUNT, 1]);
});

test("a diff of a document that was and is as large as one may be has both", async () => {
  const text = "x".repeat(MAX_BODY_BYTES - '{"n":1,"text":""}'.length);
  const write = async (n: number) => {
    const writes = [{ put: { id: "largest", type: "Largest", body: { n, text } } }];
    return (await kernel.commit({ branch: BRANCH, message, writes })).commit?.id ?? "";
  };
  const at = await write(1);
  await write(2);
  const { differences } = await kernel.diff<{ n: number }>({
    from: { branch: BRANCH, at },
    to: { branch: BRANCH },
  });
  assert.deepEqual(
    differences.map(({ before, after }) => [before?.body.n, after?.body.n]),
    [[1, 2]],
  );
});

const TERMS = { branch: BRANCH, key: "framed", mode: Mode.MODE_LIVE, message };
const write = (id: string, body = "{}") => ({
  operation: { $case: "put", value: { ...writePut({ id, body }).put } } as const,
});

type Frame = DeepPartial<CommitFramesRequest>;

/** What the kernel says to these frames. */
async function refused(frames: Iterable<Frame>): Promise<Refusal> {
  return overGrpc(
    collect(
      channel.client.commitFrames(
        (async function* () {
          yield* frames;
        })(),
      ),
    ),
  );
}

const BAD_FRAMES: [what: string, frames: () => Iterable<Frame>, code: string, field: string][] = [
  ["no terms", () => [{ writes: [write("a")], last: true }], "INVALID_ARGUMENT", "branch"],
  ["a term that is wrong", () => [{ terms: { ...TERMS, key: "" }, last: true }], "INVALID_ARGUMENT", "key"],
  ["terms again", () => [{ terms: TERMS }, { terms: TERMS }], "INVALID_ARGUMENT", "terms"],
  ["no last frame", () => [{ terms: TERMS, writes: [write("a")] }], "INVALID_ARGUMENT", "last"],
  ["no writes", () => [{ terms: TERMS, last: true }], "INVALID_ARGUMENT", "writes"],
  [
    "a write that is wrong, in a later frame",
    () => [{ terms: TERMS, writes: [write("a"), write("b")] }, { writes: [write("c"), write("d", "[]")] }],
    "INVALID_ARGUMENT",
    "writes[3].put.body",
  ],
  [
    "a document twice, in two frames",
    () => [{ terms: TERMS, writes: [write("a"), write("b")] }, { writes: [write("c"), write("b")] }],
    "INVALID_ARGUMENT",
    "writes[3].put.id",
  ],
  [
    "a precondition that does not hold, in a later frame",
    () => [
      { terms: TERMS, writes: [write("a")], preconditions: [{ condition: absent("x") }] },
      { preconditions: [{ condition: { $case: "head", value: "x" } }], last: true },
    ],
    "ABORTED",
    "preconditions[1]",
  ],
  ["too many writes", manyWrites, "RESOURCE_EXHAUSTED", "writes"],
];
/** A quarter of a gigabyte takes a while. */
if (process.env["LONG"]) BAD_FRAMES.push(["too many bytes", manyBytes, "RESOURCE_EXHAUSTED", "writes"]);

function absent(id: string) {
  return { $case: "absent", value: id } as const;
}

function* manyWrites(): Generator<Frame> {
  yield { terms: TERMS };
  for (let n = 0; n <= MAX_COMMIT_WRITES; n += 10_000) {
    yield { writes: Array.from({ length: 10_000 }, (_, m) => write(`${n + m}`)) };
  }
}

function* manyBytes(): Generator<Frame> {
  yield { terms: TERMS };
  const body = JSON.stringify({ text: "x".repeat(MAX_BODY_BYTES - '{"text":""}'.length) });
  for (let n = 0; n <= MAX_COMMIT_BYTES; n += MAX_BODY_BYTES) yield { writes: [write(`${n}`, body)] };
}

describe("frames are refused by field, counted from the first", () => {
  for (const [what, frames, code, field] of BAD_FRAMES) {
    test(what, async () => {
      const { code: said, violations } = await refused(frames());
      assert.deepEqual([said, violations[0]?.field], [code, field]);
      assert.deepEqual((await kernel.query({ branch: BRANCH, type: "Note" })).documents, []);
    });
  }
});

test("a client that goes away before its last frame has committed nothing", async () => {
  const leaving = new AbortController();
  const frames = async function* (): AsyncGenerator<Frame> {
    yield { terms: { ...TERMS, key: "left" }, writes: [write("left")] };
    leaving.abort();
    yield { last: true };
  };
  const call = collect(channel.client.commitFrames(frames(), { signal: leaving.signal }));
  await assert.rejects(call, { code: "CANCELLED" });
  const again = await kernel.commit({ branch: BRANCH, key: "left", message, writes: [{ delete: "left" }] });
  assert.equal(again.repeated, false);
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
