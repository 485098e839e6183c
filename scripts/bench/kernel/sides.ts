import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectKernel, type Kernel } from "@oms/data-kernel/client.ts";
import { type MeasuredProcess, startMeasured } from "../measured-process.ts";
import { type Bare, openBare } from "./bare.ts";
import { BRANCH, put, SCHEMA } from "./rows.ts";

export const STORED = 10_000;
const MAIN = ["extracted/data-kernel/main.ts"];

export type Sides = {
  readonly kernel: Kernel;
  /** The same with no sync hook to ask. */
  readonly unhooked: Kernel;
  /** Two processes on one store, called in turn. */
  readonly twins: Kernel;
  readonly bare: Bare;
  readonly close: () => Promise<void>;
};

/** Each with a store of its own that holds STORED documents. */
export async function openSides(progress: (text: string) => void): Promise<Sides> {
  await using opening = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "bench-kernel-"));
  opening.defer(() => rm(folder, { recursive: true }));
  const policy = join(folder, "policy.json");
  await writeFile(policy, JSON.stringify({ hooks: [] }));
  const start = async (name: string, env: Record<string, string> = {}): Promise<MeasuredProcess> => {
    const found = await startMeasured(MAIN, { DATA_DIR: join(folder, name), ...env });
    opening.defer(found.stop);
    return found;
  };
  const open = async (...processes: MeasuredProcess[]): Promise<Kernel> => {
    const kernel = connectKernel({
      address: processes.map(({ address }) => address).join(","),
      breaker: false,
    });
    opening.defer(() => kernel.close());
    await fill(kernel);
    return kernel;
  };
  progress(`filling stores with ${STORED} documents each`);
  const sides = {
    kernel: await open(await start("kernel")),
    unhooked: await open(await start("unhooked", { KERNEL_POLICY: policy })),
    twins: await open(await start("twins"), await start("twins")),
    bare: await openBare(opening, join(folder, "kernel", "kernel.db")),
  };
  const opened = opening.move();
  return { ...sides, close: () => opened.disposeAsync() };
}

async function fill(kernel: Kernel): Promise<void> {
  await kernel.createBranch({ name: BRANCH });
  await kernel.commit({ branch: BRANCH, message: "schema", writes: [SCHEMA] });
  const writes = Array.from({ length: STORED }, (_, n) => put(n));
  await kernel.commit({ branch: BRANCH, message: "documents", writes });
}
