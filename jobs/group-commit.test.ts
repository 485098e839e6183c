import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { CommitRequest, Kernel } from "@oms/data-kernel/client.ts";
import { startTestKernel, type TestKernel } from "@oms/data-kernel/kernel.fixture.ts";
import { GroupCommit, type GroupCommitOptions } from "./group-commit.ts";
import { schedulerBranch } from "./job.ts";

const ENV = "dev";
const BRANCH = schedulerBranch(ENV);

let testKernel: TestKernel;
before(async () => {
  testKernel = await startTestKernel();
  await testKernel.kernel.createBranch({ name: BRANCH });
});
after(() => testKernel.stop());

/** What was sent, and a commit that passes it on unless `instead` does something else first. */
function watched(instead: (request: CommitRequest, nth: number) => Promise<void> = async () => {}) {
  const sent: CommitRequest[] = [];
  const kernel: Pick<Kernel, "commit"> = {
    async commit(request) {
      sent.push(request);
      await instead(request, sent.length);
      return testKernel.kernel.commit(request);
    },
  };
  return { sent, kernel };
}

const commitsOf = (kernel: Pick<Kernel, "commit">, more: Partial<GroupCommitOptions> = {}) =>
  new GroupCommit({ kernel, env: ENV, windowMs: 5, ...more });

let names = 0;
const newId = () => `Note/${++names}`;
const noteOf = (id: string, body: object = {}) => ({ put: { id, type: "Note", body } });
const creating = (id: string) => ({ writes: [noteOf(id)], preconditions: [{ absent: id }] });
const bodyOf = async (id: string) => (await testKernel.kernel.get(BRANCH, id))?.body;
const away = () => new ServiceError("UNAVAILABLE", "away");

test("items of one moment are one commit, and its id is what their documents are at", async () => {
  const { sent, kernel } = watched();
  const commits = commitsOf(kernel);
  const ids = [newId(), newId(), newId()];
  const revisions = await Promise.all(ids.map((id) => commits.submit(creating(id))));
  assert.equal(sent.length, 1);
  for (const [index, id] of ids.entries())
    assert.equal((await testKernel.kernel.get(BRANCH, id))?.revision, revisions[index]);
});

test("an item that does not hold is rejected alone, however many there are", async () => {
  const { kernel } = watched();
  const commits = commitsOf(kernel);
  const ids = Array.from({ length: 120 }, newId);
  const taken = ids.filter((_, index) => index % 3 === 0);
  await Promise.all(taken.map((id) => commits.submit(creating(id))));
  const outcomes = await Promise.allSettled(ids.map((id) => commits.submit(creating(id))));
  for (const [index, outcome] of outcomes.entries()) {
    if (index % 3 !== 0) assert.equal(outcome.status, "fulfilled");
    else {
      assert(outcome.status === "rejected");
      assert.equal(outcome.reason.code, "ABORTED");
    }
  }
});

test("a write that is refused takes its own item along, even where the kernel does not say which it was", async () => {
  const { kernel } = watched();
  const commits = commitsOf(kernel);
  const [good, other] = [newId(), newId()];
  const huge = { writes: [noteOf(newId(), { text: "x".repeat(5_000_000) })], preconditions: [] };
  const outcomes = await Promise.allSettled([
    commits.submit(creating(good)),
    commits.submit(huge),
    commits.submit(creating(other)),
  ]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
});

test("items that write one document follow each other", async () => {
  const { sent, kernel } = watched();
  const commits = commitsOf(kernel);
  const [id, other] = [newId(), newId()];
  const put = (n: number) => commits.submit({ writes: [noteOf(id, { n })], preconditions: [] });
  await Promise.all([put(1), commits.submit(creating(other)), put(2), put(3)]);
  assert.deepEqual(
    sent.map(({ writes }) => writes.length),
    [2, 1, 1],
  );
  assert.deepEqual(await bodyOf(id), { n: 3 });
});

test("while the kernel does not answer the same commit is sent again, and what it did stands", async () => {
  const id = newId();
  const { sent, kernel } = watched(async (request, nth) => {
    if (nth === 1) throw away();
    if (nth === 2) {
      // Committed, and the answer lost.
      await testKernel.kernel.commit(request);
      throw away();
    }
  });
  const revision = await commitsOf(kernel).submit(creating(id));
  assert.equal(new Set(sent.map(({ key }) => key)).size, 1);
  assert.equal((await testKernel.kernel.get(BRANCH, id))?.revision, revision);
});

test("a kernel that is away for too long, or until the process stops, is said to be", async () => {
  const never = watched(async () => {
    throw away();
  });
  const patient = commitsOf(never.kernel, { patienceMs: 30 });
  await assert.rejects(patient.submit(creating(newId())), { code: "UNAVAILABLE" });
  const stopping = commitsOf(never.kernel);
  const submitted = assert.rejects(stopping.submit(creating(newId())), { code: "UNAVAILABLE" });
  await stopping.close();
  await submitted;
  await assert.rejects(stopping.submit(creating(newId())), { code: "UNAVAILABLE" });
});

test("closing commits what was submitted", async () => {
  const commits = commitsOf(testKernel.kernel, { windowMs: 60_000 });
  const id = newId();
  const submitted = commits.submit(creating(id));
  await commits.close();
  await submitted;
  assert.deepEqual(await bodyOf(id), {});
});

test("with claims switched off nothing is asserted", async () => {
  const id = newId();
  const commits = commitsOf(testKernel.kernel, { asserting: false });
  await commits.submit(creating(id));
  await commits.submit({ writes: [noteOf(id, { again: true })], preconditions: [{ absent: id }] });
  assert.deepEqual(await bodyOf(id), { again: true });
});
