import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Commit, connectKernel, type Kernel } from "./client.ts";
import { type KernelProcess, startKernelProcess } from "./fixtures/kernel-process.ts";

// Two kernels in processes of their own on one file, each with a client that knows it alone.
let folder: string;
let processes: KernelProcess[];
let kernels: readonly [Kernel, Kernel];
let branch = "";
let branches = 0;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kernel-racing-"));
  processes = await Promise.all([1, 2].map(() => startKernelProcess(folder)));
  const connect = (n: number) => connectKernel({ address: processes[n]?.address ?? "", breaker: false });
  kernels = [connect(0), connect(1)];
});
after(async () => {
  for (const kernel of kernels) kernel.close();
  for (const { child } of processes) child.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

async function newBranch(): Promise<string> {
  branches += 1;
  branch = `test/racing/b${branches}`;
  await kernels[0].createBranch({ name: branch });
  return branch;
}

const message = "as asked";
const put = (id: string, n: number) => ({ put: { id, type: "Note", body: { n } } });

async function logOf(kernel: Kernel): Promise<string[]> {
  const { commits } = await kernel.changes({ branch, limit: 1000 });
  return commits.map(({ commit }) => commit.id);
}

test("of two kernels that race on one head exactly one wins, every time", async () => {
  await newBranch();
  const made: string[] = [];
  for (let round = 0; round < 20; round += 1) {
    const preconditions = [{ head: made.at(-1) ?? "" }];
    const race = kernels.map((kernel) =>
      kernel.commit({ branch, message, writes: [put("a", round)], preconditions }),
    );
    const codes = [];
    for (const end of await Promise.allSettled(race)) {
      if (end.status === "fulfilled") made.push(end.value.commit?.id ?? "");
      else codes.push(end.reason.code);
    }
    assert.deepEqual(codes, ["ABORTED"]);
    assert.equal(made.length, round + 1);
  }
  for (const kernel of kernels) assert.deepEqual(await logOf(kernel), made);
});

test("one key at two kernels is one commit, every time", async () => {
  await newBranch();
  for (let round = 0; round < 20; round += 1) {
    const request = { branch, message, key: `k${round}`, writes: [put("a", round)] };
    const results = await Promise.all(kernels.map((kernel) => kernel.commit(request)));
    assert.equal(new Set(results.map(({ commit }) => commit?.id)).size, 1);
    assert.deepEqual(results.map(({ repeated }) => repeated).sort(), [false, true]);
  }
  assert.equal((await logOf(kernels[1])).length, 20);
});

test("a reset at one kernel takes no commit that the other one acknowledged after it", async () => {
  await newBranch();
  const [resetting, committing] = kernels;
  let made: Commit[] = [];
  async function commit(n: number): Promise<void> {
    const { commit } = await committing.commit({ branch, message, writes: [put(`d${n}`, n)] });
    if (commit) made.push(commit);
  }
  for (let round = 0; round < 8; round += 1) {
    await commit(round);
    const head = made.at(-1);
    assert(head);
    // In the last round nobody commits meanwhile, so that at least one reset succeeds.
    const late = round === 7 ? [] : [commit(100 + round), commit(200 + round)];
    const reset = resetting.resetBranch({ name: branch, to: "beginning", head: head.id });
    const [end] = await Promise.allSettled([reset, ...late]);
    if (end.status === "fulfilled") made = made.filter(({ sequence }) => sequence > head.sequence);
    else assert(["ABORTED", "UNAVAILABLE"].includes(end.reason.code), String(end.reason));
    made.sort((a, b) => a.sequence - b.sequence);
    for (const kernel of kernels) {
      assert.deepEqual(
        await logOf(kernel),
        made.map(({ id }) => id),
      );
    }
  }
  assert.deepEqual(made, []);
});
