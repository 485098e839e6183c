import { randomUUID } from "node:crypto";
import type { Event } from "@oms/events/event.ts";
import { EventGatewayServiceDefinition, PublishResponse } from "@oms/protos/oms/events/v1/events.ts";

export const ENV = "bench";
const DOMAIN = "ontology";

const TYPE = `oms.${DOMAIN}.object.changed`;

/** Where JetStream has the events of the bench. */
export const SUBJECT = `${ENV}.${DOMAIN}.${TYPE}`;

export const PUBLISH_PATH = `/${EventGatewayServiceDefinition.fullName}/Publish`;

/** An event like those of OMS, some 350 bytes of JSON. */
export function nextEvent(): Event {
  return {
    specversion: "1.0",
    id: randomUUID(),
    source: "/bench/publisher",
    type: TYPE,
    time: new Date().toISOString(),
    datacontenttype: "application/json",
    data: { id: "city-bergen", branch: "main", changed: ["name", "about"], author: "alice@oms", revision: 7 },
  };
}

/** An answer as large as the gateway's own. */
export const publishAnswer = PublishResponse.fromPartial({
  receipt: { source: "/bench/publisher", id: randomUUID(), outcome: 1, stream: "ONTOLOGY", sequence: 1000 },
});
