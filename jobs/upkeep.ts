import type { Logger } from "@oms/chassis/log.ts";
import { cleanUp, type HousekeepingOptions } from "./housekeeping.ts";
import { Loop } from "./loop.ts";
import { Reaper, type ReaperOptions } from "./reaper.ts";

export type UpkeepOptions = HousekeepingOptions &
  ReaperOptions & {
    /** Called with how many attempts were taken for lost, and how many executions were deleted. */
    readonly did?: (lost: number, deleted: number) => void;
    readonly log: Pick<Logger, "warn">;
    /** A few times within a lease, and not over a second. */
    readonly everyMs: number;
  };

/** What the owner of jobs sees to beside their time: lost attempts, and history that is too long. Answers how to stop it. */
export function startUpkeep(options: UpkeepOptions): () => Promise<void> {
  const reaper = new Reaper(options);
  const loop = new Loop(options.everyMs, async () => {
    try {
      const lost = await reaper.look();
      options.did?.(lost, await cleanUp(options));
    } catch (err) {
      options.log.warn({ err }, "the upkeep of jobs waits");
    }
  });
  return () => loop.stop();
}
