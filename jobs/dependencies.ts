import type { Precondition } from "@oms/data-kernel/client.ts";
import { requireAcyclic } from "./acyclic.ts";
import type { Job } from "./job.ts";
import { findJob, type Store } from "./stored.ts";
import { unchanged } from "./writes.ts";

/**
 * Looks at every job that `job` would wait for. Throws INVALID_ARGUMENT on `dependsOn[i]` for one that is not there or
 * waits for `job` itself. Answers what must still hold when `job` is committed: two edits at one moment could each close
 * half a circle.
 */
export async function requireDependencies(
  store: Store,
  job: Pick<Job, "id" | "dependsOn">,
): Promise<readonly Precondition[]> {
  const found = new Map<string, Job>();
  const preconditions: Precondition[] = [];
  let ids = without(job.dependsOn, [job.id]);
  while (ids.length > 0) {
    const docs = await Promise.all(ids.map((id) => findJob(store, id)));
    const next = new Set<string>();
    for (const doc of docs) {
      if (!doc) continue;
      found.set(doc.body.id, doc.body);
      preconditions.push(unchanged(doc));
      for (const id of doc.body.dependsOn) next.add(id);
    }
    ids = without([...next], [job.id, ...found.keys()]);
  }
  requireAcyclic(job, found);
  return preconditions;
}

function without(ids: readonly string[], those: readonly string[]): string[] {
  const known = new Set(those);
  return ids.filter((id) => !known.has(id));
}
