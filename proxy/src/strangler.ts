import type { Capability } from "./model/capability.ts";
import type { Host } from "./model/host.ts";
import type { Log } from "./model/log.ts";
import type { Strangler } from "./strangle.ts";

export type StranglerOptions = {
  /** Absent: no flag server, every flag counts as never seen. */
  readonly flags?: {
    /** Base of the Unleash server, without `/api`. */
    readonly url: string;
    readonly token: string;
    readonly appName: string;
    readonly environment: string;
    readonly refreshMs: number;
    /** Before every flag name: `<prefix>oms.<capability>`. */
    readonly prefix: string;
    /** Where the last known flags survive a restart. */
    readonly backupDir: string;
  };
  /** Absent: no ceilings, and the ledger is counted and thrown away. */
  readonly redis?: { readonly url: string; readonly keyPrefix: string };
  /** By capability, as the environment spells it: "true" (live), "false" (in-process) or absent. */
  readonly overrides: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  /** Names this process among the instances of the system. */
  readonly instance: string;
};

/** Cold until started: no I/O, no timers, and every call stays in-process. */
export type ColdStrangler = Strangler & {
  readonly start: (options: StranglerOptions) => Promise<void>;
  readonly stop: () => Promise<void>;
  /** Resolves when no watched call is under way and everything counted has reached the ledger. */
  readonly idle: () => Promise<void>;
};

export function createStrangler(_host: Host): ColdStrangler {
  return {
    attach: <T>(capability: Capability<T>) => {
      const side = capability.inProcess();
      return <K extends keyof T & string>(method: K) =>
        (async (...args: unknown[]) => {
          const port = (await side) as Record<K, (...args: unknown[]) => Promise<unknown>>;
          return port[method](...args);
        }) as T[K];
    },
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    idle: () => Promise.resolve(),
  };
}
