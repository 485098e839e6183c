import { notFound } from "@oms/chassis/errors/service-error.ts";
import type { Rewrites } from "../rewrite.ts";
import type { Branch, Redacted, Store } from "../store/port.ts";
import { refuseLiveInShadow } from "../terms.ts";
import { parse } from "../validation.ts";
import { restoreArchive } from "./archive/restore.ts";
import { type Archived, archiveBranch } from "./archive/write.ts";
import { type Expired, expireBranches, expiring } from "./expire.ts";
import { archiveInput, expiryInput } from "./input.ts";
import { takeLease } from "./lease.ts";
import type { Policy } from "./policy.ts";
import { redact } from "./redact.ts";
import { type BranchReport, reportBranches } from "./report.ts";

export type GovernanceSettings = {
  readonly store: Store;
  readonly rewrites: Rewrites;
  readonly policy: Policy;
  /** Where archives are written. */
  readonly folder: string;
  /** This kernel among those of one store. */
  readonly holder: string;
  /** Unix milliseconds. */
  readonly now: () => number;
};

const LEASE = "governance/expiry";
/** For one branch: longer than any archive takes. */
const LEASE_MS = 15 * 60_000;

/** What operators do with branches. Inputs are what came over the wire; throws ServiceError with the field. */
export class Governance {
  readonly #settings: GovernanceSettings;

  constructor(settings: GovernanceSettings) {
    this.#settings = settings;
  }

  report(): Promise<BranchReport[]> {
    const { store, policy, now } = this.#settings;
    return reportBranches({ store, policy, nowMs: now() });
  }

  redact(input: unknown): Promise<Redacted> {
    const { store, now } = this.#settings;
    return redact(input, { store, nowMs: now() });
  }

  /** Archives a branch as it is; it stays, and goes on. */
  async archive(input: unknown): Promise<Archived> {
    const { branch: name } = parse(archiveInput, input);
    const { store, folder, now } = this.#settings;
    const branch = (await store.listBranches()).find((each) => each.name === name);
    if (!branch) throw notFound("branch", `there is no branch ${name}`);
    return archiveBranch({ store, branch, folder, nowMs: now() });
  }

  /** `file`: an archive on this machine. */
  restore(file: string): Promise<Branch> {
    const { store, rewrites, now } = this.#settings;
    return restoreArchive({
      store,
      file,
      nowMs: now(),
      seen: (branch, at) => rewrites.seen(branch, at),
    });
  }

  /** In mode shadow it only says what it would do. */
  async expire(input: unknown): Promise<Expired[]> {
    const { mode } = parse(expiryInput, input);
    refuseLiveInShadow(mode);
    return mode === "shadow" ? expiring(this.#expiring()) : this.expireNow();
  }

  /** Of several kernels one does it; the others find nothing to do. */
  expireNow(): Promise<Expired[]> {
    const { store, holder, now } = this.#settings;
    return expireBranches(this.#expiring(), () =>
      takeLease(store, { name: LEASE, holder, nowMs: now(), forMs: LEASE_MS }),
    );
  }

  #expiring() {
    const { rewrites, ...settings } = this.#settings;
    const remove = (name: string, head: string): Promise<void> => rewrites.delete({ name, head });
    return { ...settings, remove };
  }
}
