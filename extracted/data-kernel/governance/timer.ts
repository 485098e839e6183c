import type { Logger } from "@oms/chassis/log.ts";
import type { Expired } from "./expire.ts";

type Timed = {
  readonly expire: () => Promise<Expired[]>;
  /** Milliseconds between two looks; the first comes after one. 0: never. */
  readonly everyMs: number;
  readonly logger: Logger;
};

/** Ends branches past their age, again and again. `stop` waits for the look that is under way. */
export function startExpiry({ expire, everyMs, logger }: Timed): { readonly stop: () => Promise<void> } {
  let running: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    try {
      for (const { branch, archive, kept } of await expire()) {
        if (kept === undefined)
          logger.info({ branch, archive }, "a branch past its age was archived and deleted");
        else logger.warn({ branch, archive, kept }, "a branch past its age has to stay for now");
      }
    } catch (err) {
      logger.error({ err }, "branches past their age could not be looked after");
    }
  };
  const tick = (): void => {
    running ??= look().finally(() => {
      running = undefined;
    });
  };
  const timer = everyMs > 0 ? setInterval(tick, everyMs) : undefined;
  timer?.unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
