import { createHash } from "node:crypto";
import type { Kernel } from "@oms/data-kernel/client.ts";
import { commitEffect } from "@oms/events/effects.ts";
import { digestOf } from "@oms/events/envelope.ts";
import { type Event, identityOf } from "@oms/events/event.ts";
import { subscriber } from "@oms/events/subscriber.ts";
import type { Handler } from "../handler.ts";

/** Domains whose published events are audited; commits the kernel audits itself. */
export const AUDITED: readonly string[] = ["ontology", "branches", "jobs"];

/** Kernel type of the documents. */
const TYPE = "AuditedEvent";

/** Where what was published is written down. `env` is the first part of every kernel branch. */
export const auditBranch = (env: string): string => `${env}/audit/events`;

/** The document of an event: its identity may be longer than a document's id. */
function auditDocument(event: Pick<Event, "source" | "id">): string {
  return `${TYPE}/${createHash("sha256").update(identityOf(event)).digest("hex")}`;
}

/** Writes down that an event was published: what names it, and a digest in place of what it says. */
export function auditHandler(kernel: Kernel, env: string, domain: string): Handler {
  const name = `audit-${domain}`;
  return {
    subscriber: subscriber.parse({ name, domain, maxDeliver: 20 }),
    async run({ event }) {
      await commitEffect(kernel, {
        subscriber: name,
        event,
        branch: auditBranch(env),
        message: `audit ${event.type}`,
        writes: [{ put: { id: auditDocument(event), type: TYPE, body: recordOf(event) } }],
      });
    },
  };
}

function recordOf(event: Event) {
  const { source, id, type, subject, time, traceparent } = event;
  return {
    source,
    id,
    type,
    ...(subject !== undefined && { subject }),
    ...(time !== undefined && { time }),
    ...(traceparent !== undefined && { traceparent }),
    digest: digestOf(event),
  };
}
