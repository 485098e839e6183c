import type { Logger } from "@oms/chassis/log.ts";
import { Every } from "./every.ts";
import { cleanUp, type HousekeepingOptions } from "./housekeeping.ts";
import { Reaper, type ReaperOptions } from "./reaper.ts";

export type UpkeepOptions = HousekeepingOptions &
  ReaperOptions & {
    /** Called with how many attempts were taken for lost, and how many executions were deleted. */
    readonly did?: (lost: number, deleted: number) => void;
    readonly log: Pick<Logger, "warn" | "info">;
    /** A few times within a lease, and not over a second. */
    readonly everyMs: number;
  };

/** What the owner of jobs sees to beside their time: lost attempts, and history that is too long. Answers how to stop it. */
export function startUpkeep(options: UpkeepOptions): () => Promise<void> {
  const { everyMs, log, did = () => {} } = options;
  const reaper = new Reaper(options);
  const reaping = new Every(async () => did(await reaper.look(), 0), {
    everyMs,
    log,
    name: "looking for lost attempts",
  });
  // By itself: a history that takes long must not make leases last longer.
  const cleaning = new Every(async () => did(0, await cleanUp(options)), {
    everyMs,
    log,
    name: "cleaning up after jobs",
  });
  reaping.start();
  cleaning.start();
  return async () => {
    await Promise.all([reaping.stop(), cleaning.stop()]);
  };
}
