import { identityOf } from "@oms/events/event.ts";
import type { Publisher } from "@oms/events/port.ts";
import type { Capability } from "@oms/proxy/model/capability.ts";
import { compareBatches, compareReceipts, isLiveOnly } from "./compare.ts";
import { builds, extracted, inProcess } from "./sides.ts";

/** Longer than the gateway waits for NATS before it writes to its disk. */
const PUBLISH_MS = 3000;
const BATCH_MS = 10_000;

const publishing = { effect: "idempotent", liveOnly: isLiveOnly } as const;

/** How publishing moves out of OMS: its two sides, what each method does, and when two answers are the same. */
export const migration: Capability<Publisher> = {
  name: "events",
  inProcess,
  extracted,
  builds,
  methods: {
    // An event has an identity of its own: whoever is asked again, it is the same event.
    publish: { ...publishing, compare: compareReceipts, deadlineMs: PUBLISH_MS, key: identityOf },
    publishBatch: { ...publishing, compare: compareBatches, deadlineMs: BATCH_MS },
  },
};
