import { randomUUID } from "node:crypto";
import type { Event } from "@oms/events/event.ts";
import { subjectOf } from "@oms/events/subject.ts";
import { EventGatewayServiceDefinition, PublishResponse } from "@oms/protos/oms/events/v1/events.ts";

export const ENV = "bench";

export const PUBLISH_PATH = `/${EventGatewayServiceDefinition.fullName}/Publish`;

/** Each has a stream of JetStream's; what comes to the consumer of one side is published by that side alone. */
export type Domain = "ontology" | "branches" | "jobs";

/** An event like those of OMS, some 350 bytes of JSON. */
export function nextEvent(domain: Domain = "ontology"): Event {
  return {
    specversion: "1.0",
    id: randomUUID(),
    source: "/bench/publisher",
    type: typeOf(domain),
    time: new Date().toISOString(),
    datacontenttype: "application/json",
    data: { id: "city-bergen", branch: "main", changed: ["name", "about"], author: "alice@oms", revision: 7 },
  };
}

/** Where JetStream has the events of a domain. */
export function subjectIn(domain: Domain): string {
  return subjectOf(ENV, { type: typeOf(domain) });
}

function typeOf(domain: Domain): string {
  return `oms.${domain}.object.changed`;
}

/** An answer as large as the gateway's own. */
export const publishAnswer = PublishResponse.fromPartial({
  receipt: { source: "/bench/publisher", id: randomUUID(), outcome: 1, stream: "ONTOLOGY", sequence: 1000 },
});
