import { type BranchAccess, branchAccess } from "./hooks/check-policy.ts";
import { DEFAULT_POLICY } from "./hooks/policy.ts";
import { Branches } from "./kernel/branches.ts";
import { Commits } from "./kernel/commits.ts";
import { Documents } from "./kernel/documents.ts";
import { Schemas } from "./kernel/schemas.ts";
import type { Rewrites } from "./rewrite.ts";
import type { Store } from "./store/port.ts";

type KernelParts = {
  readonly rewrites: Rewrites;
  /** The first part that new branches' names must have; any, where it is undefined. */
  readonly environment?: string | undefined;
  /** The default policy's, where it is undefined. */
  readonly mayWrite?: BranchAccess;
  /** Unix milliseconds. */
  readonly now?: () => number;
};

/**
 * What the kernel does, whichever way it is asked. Inputs are what came over the wire. Throws ServiceError with the
 * field, as `store/port.ts` and `request.ts` say.
 */
export class Kernel {
  readonly documents: Documents;
  readonly commits: Commits;
  readonly branches: Branches;
  readonly schemas: Schemas;

  constructor(store: Store, parts: KernelParts) {
    const { rewrites, environment, mayWrite = branchAccess(DEFAULT_POLICY), now = Date.now } = parts;
    this.documents = new Documents(store);
    this.commits = new Commits(store, now);
    this.branches = new Branches(store, { rewrites, environment, mayWrite, now });
    this.schemas = new Schemas(store, this.commits);
  }
}
