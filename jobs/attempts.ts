import type { Doc } from "@oms/data-kernel/client.ts";
import type { Execution, Problem } from "./execution.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { Job, Owner } from "./job.ts";
import type { Json } from "./json.ts";
import type { JobsView } from "./view.ts";

export type AttemptsOptions = {
  readonly commits: GroupCommit;
  /** Tells of attempts that were cancelled or taken away, before a renewal would notice. */
  readonly view: JobsView;
  readonly side: Owner;
  /** Names this process in the attempts it makes. */
  readonly worker: string;
  readonly leaseMs: number;
  /** Unix milliseconds. */
  readonly now: () => number;
};

/** How an attempt ended. `lost`: it is given back, for its process stops. `final`: it is not tried again. */
export type Outcome =
  | { readonly outcome: "done"; readonly result: Json | undefined }
  | { readonly outcome: "failed" | "timeout"; readonly error: Problem; readonly final?: boolean }
  | { readonly outcome: "lost" };

/** What is to be begun, both as they were last read. */
export type Begun = { readonly execution: Doc<Execution>; readonly job: Doc<Job> };

/** An attempt that has its lease, which is renewed until it finishes or is lost. */
export type Attempt = {
  /** Of the execution: `<job>/<tick>`. */
  readonly id: string;
  readonly job: Job;
  readonly execution: Execution;
  readonly n: number;
  /** Aborted when the attempt is no longer the execution's: cancelled, or taken for lost. */
  readonly signal: AbortSignal;
  /** Rejects with ABORTED when the attempt is lost. */
  readonly checkpoint: (progress: number, data: Json) => Promise<void>;
  /** Ends it: the execution is done, waits to be tried again, or has failed. False: it was lost, and nothing was written. */
  readonly finish: (outcome: Outcome) => Promise<boolean>;
};

/** The attempts of this process. */
export type AttemptsPort = {
  /** Undefined: somebody else has it, or the job or the execution is no longer as it was read. */
  readonly begin: (begun: Begun) => Promise<Attempt | undefined>;
};
