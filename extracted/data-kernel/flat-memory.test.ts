import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { openChannel } from "@oms/chassis/grpc-channel.ts";
import { KernelServiceDefinition, Mode } from "@oms/protos/oms/kernel/v1/kernel.ts";
import { connectKernel, type Kernel, type Write } from "./client.ts";
import { type KernelProcess, startKernelProcess } from "./fixtures/kernel-process.ts";
import { MAX_MESSAGE_BYTES } from "./limits.ts";

const MIB = 1024 * 1024;
const BRANCH = "test/memory/main";
const BODY_BYTES = 100_000;
const TEXT = "x".repeat(BODY_BYTES);
const message = "as asked";
/** What the kernel's JavaScript may hold, in MiB: less than any of the sets. */
const HEAP = 96;
const SETS = process.env["LONG"] ? [128, 128, 250] : [104];

let folder: string;
const running = new Set<KernelProcess["child"]>();
const kernels = new Set<Kernel>();

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kernel-memory-"));
});
afterEach(async () => {
  for (const kernel of kernels) kernel.close();
  for (const child of running) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});
after(() => rm(folder, { recursive: true }));

async function start(name: string) {
  const found = await startKernelProcess(join(folder, name), [`--max-old-space-size=${HEAP}`]);
  running.add(found.child);
  found.child.once("exit", () => running.delete(found.child));
  const kernel = connectKernel({ address: found.address });
  kernels.add(kernel);
  return { ...found, kernel };
}

const put = (n: number): Write => ({ put: { id: `d${n}`, type: "Large", body: { n, text: TEXT } } });

/** The most memory the process ever had, in bytes. */
async function peakOf({ child }: KernelProcess): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

test(`sets of ${SETS.join(", ")} MB go both ways through a kernel of ${HEAP} MB`, async () => {
  const { kernel, ...process } = await start("sets");
  await kernel.createBranch({ name: BRANCH });
  const peaks: number[] = [];
  for (const size of SETS) {
    const count = Math.ceil((size * MIB) / BODY_BYTES);
    const writes = Array.from({ length: count }, (_, n) => put(n));
    const { changes } = await kernel.commit({ branch: BRANCH, message, writes });
    assert.equal(changes.length, count);
    let streamed = 0;
    for await (const { body } of kernel.stream<{ text: string }>({ branch: BRANCH, type: "Large" })) {
      assert.equal(body.text.length, BODY_BYTES);
      streamed += 1;
    }
    assert.equal(streamed, count);
    peaks.push(await peakOf(process));
  }
  const grown = (peaks.at(-1) ?? 0) - (peaks.at(-2) ?? 0);
  if (peaks.length > 1) assert(grown < 100 * MIB, `twice the set took ${grown} bytes more`);
});

test("a kernel killed amid an upload has nothing of it, and its key is free", async () => {
  const first = await start("killed");
  await first.kernel.createBranch({ name: BRANCH });
  const channel = openChannel(KernelServiceDefinition, {
    address: first.address,
    maxMessageBytes: MAX_MESSAGE_BYTES,
  });
  const terms = { branch: BRANCH, key: "upload", mode: Mode.MODE_LIVE, message };
  const body = JSON.stringify({ text: "x".repeat(MIB) });
  const frames = async function* () {
    yield { terms };
    for (let n = 0; ; n += 1) {
      if (n === 30) first.child.kill("SIGKILL");
      await setImmediate();
      yield {
        writes: [{ operation: { $case: "put", value: { id: `d${n}`, type: "Large", body } } as const }],
      };
    }
  };
  await assert.rejects(
    async () => {
      for await (const _ of channel.client.commitFrames(frames())) assert.fail("there is no last frame");
    },
    { code: "UNAVAILABLE" },
  );
  channel.close();
  const { kernel } = await start("killed");
  assert.deepEqual((await kernel.log({ branch: BRANCH })).commits, []);
  const files = await readdir(join(folder, "killed"));
  assert.deepEqual(
    files.filter((file) => !file.startsWith("kernel.db")),
    [],
  );
  const made = await kernel.commit({ branch: BRANCH, key: "upload", message, writes: [put(1)] });
  assert.equal(made.repeated, false);
});
