import type { Book } from "../ledger/batch.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { AnyCapability } from "../model/capability.ts";
import type { Host } from "../model/host.ts";
import type { Log } from "../model/log.ts";
import type { Lane } from "../shadow/lane.ts";
import type { Door } from "../stage/door.ts";
import type { Sides } from "./sides.ts";

/** What all capabilities of a process share. */
export type Steps = {
  readonly host: Host;
  readonly lane: Lane;
  readonly ledger: Ledger;
  readonly log: Log;
  /** A number in [0, 1). */
  readonly chance: () => number;
};

/** What the calls of one capability go through. */
export type Route = Steps & {
  readonly capability: AnyCapability;
  readonly door: Door;
  readonly sides: Sides;
};

/** Where the calls of a capability are counted at this moment. */
export function bookOf({ name, builds, methods }: AnyCapability): Book {
  return { capability: name, builds: builds(), methods };
}
