import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Branch, Kernel } from "@oms/data-kernel/client.ts";
import { z } from "zod";
import type { Executor } from "../executor.ts";

const DAY_MS = 86_400_000;
const RULE = "must be a whole number of days, 1 or more";

const payload = z.strictObject({
  olderThanDays: z.int(RULE).min(1, RULE),
  /** Tells what would go. */
  dryRun: z.boolean("must be true or false").default(false),
});

/** How many names a result tells. */
const MOST_NAMES = 1000;

/**
 * Deletes the ontology's branches that nobody committed to for some days before the planned time: never `main`, and none
 * that another branch started from. One that is written to, or branched, meanwhile stays. Where the kernel knows its
 * callers, deleting is an operator's.
 */
export const branchGc: Executor<z.infer<typeof payload>> = {
  type: "branch-gc",
  payload,
  async run({ plannedMs, payload: { olderThanDays, dryRun } }, { kernel, env, signal, checkpoint }) {
    const branches = await kernel.listBranches();
    const leaves = candidates(branches, env);
    const deleted: string[] = [];
    for (const [n, branch] of leaves.entries()) {
      signal.throwIfAborted();
      if ((await lastChangeMs(kernel, branch)) >= plannedMs - olderThanDays * DAY_MS) continue;
      if (dryRun || (await remove(kernel, branch))) deleted.push(branch.name);
      await checkpoint((n + 1) / leaves.length, { deleted: deleted.length });
    }
    return { looked: leaves.length, deleted: deleted.length, names: deleted.slice(0, MOST_NAMES), dryRun };
  },
};

function candidates(branches: readonly Branch[], env: string): Branch[] {
  const origins = new Set(branches.map(({ origin }) => origin));
  const prefix = `${env}/oms/`;
  return branches.filter(
    ({ name }) => name.startsWith(prefix) && name !== `${prefix}main` && !origins.has(name),
  );
}

/** When it was made, or last committed to, in Unix milliseconds. */
async function lastChangeMs(kernel: Kernel, { name, createdMs }: Branch): Promise<number> {
  const { commits } = await kernel.log({ branch: name, pageSize: 1 });
  return Math.max(createdMs, ...commits.map(({ timeMs }) => timeMs));
}

/** False when it is no longer what was judged. */
async function remove(kernel: Kernel, { name, head }: Branch): Promise<boolean> {
  try {
    await kernel.deleteBranch({ name, head: head || "beginning" });
    return true;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.code === "ABORTED" || error.code === "FAILED_PRECONDITION") return false;
    // Another attempt has deleted it.
    if (error.code === "NOT_FOUND") return true;
    throw error;
  }
}
