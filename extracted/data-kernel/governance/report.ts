import type { Branch, Ownership, Store } from "../store/port.ts";
import { readLifetimes } from "./lifetime.ts";
import { type Expiry, expiryOf, type Policy } from "./policy.ts";

/** What a branch is and costs. Times are Unix milliseconds, bytes those of document bodies. */
export type BranchReport = Branch &
  Ownership &
  Expiry & {
    readonly ageMs: number;
    /** Branches that start from it, which keep it from being deleted. */
    readonly startedFrom: readonly string[];
  };

export type Reported = { readonly store: Store; readonly policy: Policy; readonly nowMs: number };

/** Every branch, by name. Counts each branch's documents: a question for now and then. */
export async function reportBranches({ store, policy, nowMs }: Reported): Promise<BranchReport[]> {
  const branches = await store.listBranches();
  const lifetimes = await readLifetimes(store, branches);
  const reports: BranchReport[] = [];
  for (const branch of branches) {
    reports.push({
      ...branch,
      ...(await store.cost({ branch: branch.name, at: branch.head })),
      ...expiryOf(branch, lifetimes.get(branch.name), policy),
      ageMs: nowMs - branch.createdMs,
      startedFrom: branches.filter(({ origin }) => origin === branch.name).map(({ name }) => name),
    });
  }
  return reports;
}
