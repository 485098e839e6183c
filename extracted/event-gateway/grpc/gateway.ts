import type { EventGatewayServiceImplementation } from "@oms/protos/oms/events/v1/events.ts";
import type { Operations } from "../port.ts";
import { grpcManagement } from "./management.ts";
import { grpcPublishing } from "./publishing.ts";
import { grpcQueue } from "./queue.ts";
import { grpcWebhooks } from "./webhooks.ts";

/** The operations as oms.events.v1 spells them. */
export function grpcGateway(operations: Operations): EventGatewayServiceImplementation {
  const { publisher, commits, subscriptions, queue, webhooks } = operations;
  return {
    ...grpcPublishing(publisher, commits),
    subscribe: (requests, { signal }) => subscriptions.subscribe(requests, signal),
    ...grpcManagement(operations),
    ...grpcQueue(queue),
    ...grpcWebhooks(webhooks),
  };
}
