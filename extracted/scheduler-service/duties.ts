import type { Logger } from "@oms/chassis/log.ts";
import type { Doc, Kernel } from "@oms/data-kernel/client.ts";
import { Every } from "@oms/jobs/every.ts";
import type { Execution } from "@oms/jobs/execution.ts";
import { type Faults, readFaults } from "@oms/jobs/faults.ts";
import { GroupCommit } from "@oms/jobs/group-commit.ts";
import { skip } from "@oms/jobs/skip.ts";
import { Ticker } from "@oms/jobs/ticker.ts";
import { startUpkeep } from "@oms/jobs/upkeep.ts";
import type { JobsView } from "@oms/jobs/view.ts";
import type { Carrier } from "./carry.ts";
import type { ApiConfig } from "./config.ts";
import type { Duty } from "./lead.ts";
import type { SchedulerMetrics } from "./metrics.ts";
import { blockedIn } from "./work.ts";

const SIDE = "extracted";
/** How often what waits is looked through for what has become ready: a retry's time, a dependency's end. */
const LOOK_MS = 250;
/** Of an attempt's lease; over it, lost attempts are noticed late. */
const MOST_UPKEEP_MS = 1000;

export type DutiesParts = {
  readonly config: ApiConfig;
  readonly kernel: Kernel;
  readonly view: JobsView;
  readonly carrier: Carrier;
  readonly logger: Logger;
  readonly measures: SchedulerMetrics;
  /** What this instance has claimed, just now. */
  readonly claimed: (executions: readonly Doc<Execution>[]) => void;
};

/** What one instance does for all: claims ticks, carries what may begin, ends what was lost, and keeps history short. */
export function dutiesOf(parts: DutiesParts): readonly Duty[] {
  const { config, carrier, logger } = parts;
  const faults = readFaults(config.SCHEDULER_FAULTS);
  const reconciling = { everyMs: config.SCHEDULER_RECONCILE_MS, log: logger, name: "comparing the queue" };
  const carrying = { everyMs: LOOK_MS, log: logger, name: "carrying to the queue" };
  return [
    tickerOf(parts, faults),
    new Every(() => carrier.reconcile(), reconciling),
    new Every(() => carrier.add(), carrying),
    upkeepOf(parts, faults),
  ];
}

function tickerOf({ config, kernel, view, logger, claimed }: DutiesParts, faults: Faults): Ticker {
  return new Ticker({
    view,
    kernel,
    env: config.OMS_ENV,
    side: SIDE,
    windowMs: config.SCHEDULER_CLAIM_WINDOW_MS,
    now: Date.now,
    claimed,
    log: logger,
    faults,
  });
}

/** A fresh watch over leases whenever it begins: what was seen while another instance led tells nothing. */
function upkeepOf({ config, kernel, view, logger, measures }: DutiesParts, { claims }: Faults): Duty {
  const { OMS_ENV: env, SCHEDULER_CLAIM_WINDOW_MS: windowMs, SCHEDULER_LEASE_MS: leaseMs } = config;
  const everyMs = Math.min(MOST_UPKEEP_MS, leaseMs / 4);
  let stop = async () => {};
  return {
    start() {
      const commits = new GroupCommit({ kernel, env, windowMs, asserting: claims });
      const clocks = { now: Date.now, monotonic: () => performance.now() };
      const shared = { view, kernel, commits, env, side: SIDE, everyMs, log: logger } as const;
      const upkeep = startUpkeep({ ...shared, ...clocks, did: measures.upkept });
      const skipping = new Every(() => skipBlocked(view, commits), {
        everyMs: LOOK_MS,
        log: logger,
        name: "skipping",
      });
      skipping.start();
      stop = async () => {
        await Promise.all([upkeep(), skipping.stop(), commits.close()]);
      };
    },
    stop: () => stop(),
  };
}

async function skipBlocked(view: JobsView, commits: GroupCommit): Promise<void> {
  const nowMs = Date.now();
  const blocked = [...blockedIn(view, nowMs)];
  await Promise.all(blocked.map(({ execution, reason }) => skip(execution, { commits, reason, nowMs })));
  if (blocked.length > 0) await view.refresh();
}
