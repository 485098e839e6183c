import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type CallContext, newContext, runInContext } from "@oms/chassis/context/context.ts";
import { connectKernel, followBranch, type Kernel, type Write } from "./client.ts";
import { startOnFreePorts } from "./fixtures/running-kernel.ts";

let running: Awaited<ReturnType<typeof startOnFreePorts>>;
let kernel: Kernel;

before(async () => {
  running = await startOnFreePorts();
  kernel = connectKernel({ address: running.grpc });
  await kernel.ready();
});
after(async () => {
  kernel.close();
  await running.stop();
});

let branches = 0;

async function newBranch(): Promise<string> {
  branches += 1;
  const name = `test/client/b${branches}`;
  await kernel.createBranch({ name });
  return name;
}

type Note = { readonly n: number; readonly text?: string };

const put = (id: string, n: number): Write => ({ put: { id, type: "Note", body: { n } } });

async function commit(branch: string, ...writes: Write[]): Promise<string> {
  const { commit } = await kernel.commit({ branch, message: "as asked", writes });
  return commit?.id ?? assert.fail("nothing was committed");
}

/** The shadow call of a live one: it starts from what that one read first. */
function shadowOf(live: CallContext): CallContext {
  return newContext({ shadow: true, reads: new Map(live.reads), ...(live.key && { key: live.key }) });
}

test("what is committed is read back, and what is not there is undefined", async () => {
  const branch = await newBranch();
  const body: Note = { n: -1.5e-7, text: "한국어 🌱" };
  const {
    commit: made,
    changes,
    repeated,
  } = await kernel.commit({
    branch,
    message: "as asked",
    writes: [{ put: { id: "a", type: "Note", body } }],
    preconditions: [{ absent: "a" }, { head: "" }],
  });
  assert(made);
  const document = { id: "a", type: "Note", body, revision: made.id };
  assert.deepEqual({ changes, repeated }, { changes: [{ kind: "created", document }], repeated: false });
  assert.deepEqual(await kernel.get<Note>(branch, "a"), document);
  assert.equal(await kernel.get<Note>(branch, "none"), undefined);
  assert.equal(await kernel.get<Note>(branch, "a", "beginning"), undefined);
  assert.deepEqual(await kernel.query<Note>({ branch, type: "Note" }), {
    documents: [document],
    at: made.id,
  });
  assert.deepEqual(await kernel.log({ branch }), { commits: [made] });
  assert.deepEqual(await kernel.changes({ branch }), { commits: [{ commit: made, changes }], head: made.id });
  assert.deepEqual(await kernel.history({ branch, id: "a" }), {
    entries: [{ commit: made, kind: "created" }],
  });
});

test("the key of the call is the key of the commit, and repeats it", async () => {
  const branch = await newBranch();
  const call = newContext({ key: "one call", author: "alice@oms" });
  const request = { branch, message: "as asked", writes: [put("a", 1)] };
  const first = await runInContext(call, () => kernel.commit(request));
  const again = await runInContext(call, () => kernel.commit(request));
  assert.partialDeepStrictEqual(first.commit, { key: "one call", author: "alice@oms" });
  assert.deepEqual(again, { ...first, repeated: true });
  const other = runInContext(call, () => kernel.commit({ ...request, writes: [put("a", 2)] }));
  await assert.rejects(other, { code: "ALREADY_EXISTS" });
});

test("a live call notes the first commit it reads on each branch, by whatever it reads", async () => {
  const branch = await newBranch();
  const first = await commit(branch, put("a", 1));
  const readings: ((kernel: Kernel) => Promise<unknown>)[] = [
    (kernel) => kernel.get(branch, "a"),
    (kernel) => kernel.get(branch, "none"),
    (kernel) => kernel.query({ branch, type: "Note" }),
    (kernel) => kernel.log({ branch }),
    (kernel) => kernel.changes({ branch }),
    (kernel) => collect(kernel.stream({ branch, type: "None" })),
    (kernel) => followBranch(kernel, branch, { apply: () => undefined, clear: () => undefined }).refresh(),
    (kernel) => kernel.commit({ branch, message: "as asked", writes: [put("a", 2)] }),
  ];
  for (const read of readings) {
    const call = newContext();
    await runInContext(call, async () => {
      await read(kernel);
      await commit(await newBranch(), put("a", 1));
      await kernel.get(branch, "a");
    });
    assert.equal(call.reads.get(branch), first, String(read));
  }
});

test("a read of a commit that was asked for by name is not noted", async () => {
  const branch = await newBranch();
  const first = await commit(branch, put("a", 1));
  const second = await commit(branch, put("b", 1));
  const call = newContext();
  await runInContext(call, async () => {
    await kernel.get(branch, "a", first);
    await kernel.query({ branch, type: "Note", at: first });
    await kernel.get(branch, "a");
  });
  assert.equal(call.reads.get(branch), second);
});

test("a shadow call reads as of what its live call read first", async () => {
  const branch = await newBranch();
  const first = await commit(branch, put("a", 1));
  const live = newContext();
  await runInContext(live, () => kernel.get(branch, "a"));
  await commit(branch, put("a", 2), put("b", 2));
  await runInContext(shadowOf(live), async () => {
    assert.deepEqual((await kernel.get<Note>(branch, "a"))?.body, { n: 1 });
    assert.equal((await kernel.query({ branch, type: "Note" })).at, first);
    assert.deepEqual((await collect(kernel.stream({ branch, type: "Note" }))).length, 1);
    assert.deepEqual((await kernel.log({ branch })).commits.length, 1);
    assert.equal((await kernel.changes({ branch })).head, first);
    assert.deepEqual((await kernel.get<Note>(branch, "a", first))?.body, { n: 1 });
  });
});

test("a shadow commit answers the diff its live commit made, and nothing is stored", async () => {
  const branch = await newBranch();
  for (const writes of [[put("a", 1)], [put("a", 2), put("b", 1)], [{ delete: "a" }]] as Write[][]) {
    const live = newContext({ key: `shadowed ${writes.length} ${JSON.stringify(writes)}` });
    const request = { branch, message: "as asked", writes };
    const made = await runInContext(live, () => kernel.commit(request));
    const before = await kernel.changes({ branch });
    const watched = await runInContext(shadowOf(live), () => kernel.commit(request));
    assert.deepEqual([watched.commit, watched.repeated], [undefined, false]);
    const plain = (changes: typeof made.changes) =>
      changes.map(({ kind, document: { id, type, body } }) => ({ kind, id, type, body }));
    assert.deepEqual(plain(watched.changes), plain(made.changes));
    assert.deepEqual(await kernel.changes({ branch }), before);
  }
});

test("a shadow call creates no branch", async () => {
  const name = "test/client/shadowed";
  const shadow = newContext({ shadow: true });
  const answer = await runInContext(shadow, () => kernel.createBranch({ name }));
  assert.equal(answer.name, name);
  assert((await kernel.listBranches()).every((branch) => branch.name !== name));
});

test("a stream gives every document, and may be left early", async () => {
  const branch = await newBranch();
  const ids = Array.from({ length: 500 }, (_, n) => `d${String(n).padStart(3, "0")}`);
  await commit(branch, ...ids.map((id) => put(id, 1)));
  const seen = (await collect(kernel.stream<Note>({ branch, type: "Note" }))).map(({ id }) => id);
  assert.deepEqual(seen, ids);
  for await (const { id } of kernel.stream<Note>({ branch, type: "Note" })) {
    assert.equal(id, ids[0]);
    break;
  }
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
