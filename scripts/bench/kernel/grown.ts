import { connectKernel, type Kernel } from "@oms/data-kernel/client.ts";
import { startMeasured } from "../measured-process.ts";
import { BRANCH, put } from "./rows.ts";

export type Size = { readonly documents: number; readonly commits: number };

const BATCH = 10_000;
const WRITERS = 32;

/** A kernel whose branch has this many documents and commits, written as callers write them. */
export async function openGrown(folder: string, size: Size, opening: AsyncDisposableStack): Promise<Kernel> {
  const process = await startMeasured(["extracted/data-kernel/main.ts"], { DATA_DIR: folder });
  opening.defer(process.stop);
  const kernel = connectKernel({ address: process.address });
  opening.defer(() => kernel.close());
  await kernel.createBranch({ name: BRANCH });
  let commits = 0;
  for (let n = 0; n < size.documents; n += BATCH) {
    const count = Math.min(BATCH, size.documents - n);
    const writes = Array.from({ length: count }, (_, m) => put(n + m));
    await kernel.commit({ branch: BRANCH, message: "documents", writes });
    commits += 1;
  }
  const writer = async () => {
    while (commits < size.commits) {
      commits += 1;
      await kernel.commit({ branch: BRANCH, message: "again", writes: [put(commits % size.documents)] });
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  return kernel;
}
