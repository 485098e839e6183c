import type { Kernel } from "@oms/data-kernel/client.ts";
import type { Registry } from "./executors/registry.ts";
import type { Owner } from "./job.ts";
import type { FiresReply, FiresRequest } from "./port.ts";

export type MethodsOptions = {
  readonly kernel: Kernel;
  /** First part of the branch's name. */
  readonly env: string;
  /** Owns what is registered here. */
  readonly side: Owner;
  readonly executors: Pick<Registry, "require">;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Called after an edit or a run-now was committed, never in a shadow call: timers and workers may look at once. */
  readonly edited?: (id: string) => void;
  readonly fires: (request: FiresRequest) => Promise<FiresReply>;
};
