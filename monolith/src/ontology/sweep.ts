import type { Kernel } from "@oms/data-kernel/client.ts";
import { unattended } from "../unattended.ts";
import type { Indexing, Target } from "./indexing.ts";
import type { OntologyObject } from "./object.ts";

export type Sweep = {
  readonly kernel: Kernel;
  /** First part of every kernel branch. */
  readonly env: string;
  readonly indexing: Indexing;
  readonly signal: AbortSignal;
};

/**
 * Brings the index of every object that ever was in step, one at a time: a process that stopped between a commit and
 * its index, or a new model, leaves nothing behind. Returns how many objects it looked at.
 */
export async function sweep({ kernel, env, indexing, signal }: Sweep): Promise<number> {
  let count = 0;
  for (const { name } of await kernel.listBranches()) {
    const prefix = `${env}/oms/`;
    if (!name.startsWith(prefix)) continue;
    for (const target of await touchedOn(kernel, name, name.slice(prefix.length))) {
      if (signal.aborted) return count;
      await unattended(target.branch, () => indexing.bring(target));
      count++;
    }
  }
  return count;
}

/** Every object the branch's commits name, the deleted ones too, each once. */
async function touchedOn(kernel: Kernel, name: string, branch: string): Promise<Iterable<Target>> {
  const touched = new Map<string, Target>();
  let after = "";
  for (;;) {
    const page = await kernel.changes({ branch: name, after, limit: 1000 });
    for (const { changes } of page.commits)
      for (const { document } of changes) {
        if (!document.id.startsWith("Object/")) continue;
        const { id, type } = document.body as OntologyObject;
        touched.set(id, { branch, id, type });
      }
    const last = page.commits.at(-1)?.commit.id;
    if (!last || last === page.head) return touched.values();
    after = last;
  }
}
