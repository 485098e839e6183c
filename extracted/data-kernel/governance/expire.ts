import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { BEGINNING } from "../limits.ts";
import type { Branch, Store } from "../store/port.ts";
import { type Archived, archiveBranch } from "./archive/write.ts";
import { type Lifetime, readLifetimes } from "./lifetime.ts";
import { type Expiry, expiryOf, type Policy } from "./policy.ts";

/** A branch at its end. `kept`: why it has to stay for now. */
export type Due = { readonly branch: Branch; readonly expiry: Expiry; readonly kept: string | undefined };

export type Expired = {
  readonly branch: string;
  readonly expiresMs: number;
  readonly by: string;
  /** Where its archive is; undefined while it was kept, or only looked at. */
  readonly archive: string | undefined;
  readonly kept: string | undefined;
};

export type Expiring = {
  readonly store: Store;
  readonly policy: Policy;
  /** Of the archives. */
  readonly folder: string;
  readonly now: () => number;
  /** Deletes a branch that still has this head (BEGINNING for none), once its followers have seen it all. */
  readonly remove: (branch: string, head: string) => Promise<void>;
};

/**
 * Branches past their age, those that started from others before those: a branch is kept while one that is not due
 * started from it.
 */
export function dueOf(
  branches: readonly Branch[],
  lifetimes: ReadonlyMap<string, Lifetime>,
  { policy, nowMs }: { readonly policy: Policy; readonly nowMs: number },
): Due[] {
  const due = new Map<string, Due>();
  const visit = (branch: Branch): boolean => {
    if (due.has(branch.name)) return due.get(branch.name)?.kept === undefined;
    const children = branches.filter(({ origin }) => origin === branch.name);
    const staying = children.filter((child) => !visit(child)).map(({ name }) => name);
    const expiry = expiryOf(branch, lifetimes.get(branch.name), policy);
    if (expiry.expiresMs === undefined || expiry.expiresMs > nowMs) return false;
    const kept = staying.length > 0 ? `${staying.join(", ")} started from it` : undefined;
    due.set(branch.name, { branch, expiry, kept });
    return kept === undefined;
  };
  for (const branch of branches) visit(branch);
  return [...due.values()];
}

/** What `expireBranches` would do now. */
export async function expiring({ store, policy, now }: Expiring): Promise<Expired[]> {
  const branches = await store.listBranches();
  const due = dueOf(branches, await readLifetimes(store, branches), { policy, nowMs: now() });
  return due.map((each) => outcomeOf(each, undefined));
}

/**
 * Archives and then deletes every branch past its age. A branch that cannot go now (somebody committed meanwhile, a
 * follower is behind) is kept until the next time; its archive stays nevertheless. `goOn` is asked before each branch.
 */
export async function expireBranches(expiring: Expiring, goOn: () => Promise<boolean>): Promise<Expired[]> {
  const { store, policy, now } = expiring;
  const branches = await store.listBranches();
  const due = dueOf(branches, await readLifetimes(store, branches), { policy, nowMs: now() });
  const expired: Expired[] = [];
  for (const each of due) {
    if (each.kept !== undefined) expired.push(outcomeOf(each, undefined));
    else if (await goOn()) expired.push(await expire(expiring, each));
  }
  return expired;
}

async function expire({ store, folder, now, remove }: Expiring, due: Due): Promise<Expired> {
  let archived: Archived | undefined;
  try {
    archived = await archiveBranch({ store, branch: due.branch, folder, nowMs: now() });
    await remove(due.branch.name, archived.head || BEGINNING);
    return outcomeOf(due, archived.file);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return outcomeOf({ ...due, kept: error.message }, archived?.file);
  }
}

function outcomeOf({ branch, expiry, kept }: Due, archive: string | undefined): Expired {
  const { expiresMs = 0, by = "" } = expiry;
  return { branch: branch.name, expiresMs, by, archive, kept };
}
