import type { Capability } from "@oms/proxy/model/capability.ts";
import { compareCommits, compareOutgoing, compareTails } from "./compare.ts";
import type { RelayEvents } from "./port.ts";

/** With the fallback's own wait it stays under what a delivery may take. */
const PUBLISH_MS = 3000;
const TAIL_MS = 3000;

export type Sides = Pick<Capability<RelayEvents>, "inProcess" | "extracted" | "builds">;

/**
 * How publishing moves out of the relay, by the flag that moves it out of OMS. Ids and what is expected of the stream
 * are the same on both sides, so a call that was not answered may be repeated on the other: what it did is known again,
 * or refused.
 */
export function migrationOf(sides: Sides): Capability<RelayEvents> {
  return {
    name: "events",
    ...sides,
    methods: {
      publishCommits: { effect: "idempotent", compare: compareCommits, deadlineMs: PUBLISH_MS },
      tail: { effect: "read", compare: compareTails, deadlineMs: TAIL_MS },
      publishOutgoing: { effect: "idempotent", compare: compareOutgoing, deadlineMs: PUBLISH_MS },
    },
  };
}
