import { notFound } from "@oms/chassis/errors/service-error.ts";
import type { Kernel } from "@oms/data-kernel/client.ts";

const KNOWN_MS = 60_000;

/** Throws NOT_FOUND on `branch` when there is no ontology branch of that name. */
export type RequireBranch = (branch: string) => Promise<void>;

/** What the kernel listed is taken to be there for a minute; what it did not list is asked for again. */
export function knownBranches(
  kernel: Pick<Kernel, "listBranches">,
  env: string,
  now: () => number = Date.now,
): RequireBranch {
  let known = new Set<string>();
  let until = 0;
  return async (branch) => {
    const name = `${env}/oms/${branch}`;
    if (now() < until && known.has(name)) return;
    known = new Set((await kernel.listBranches()).map(({ name }) => name));
    until = now() + KNOWN_MS;
    if (!known.has(name)) throw notFound("branch", `branch ${branch} does not exist`);
  };
}
