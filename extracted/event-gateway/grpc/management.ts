import { invalid } from "@oms/chassis/errors/service-error.ts";
import type { StreamStatus } from "@oms/events/broker/streams.ts";
import type {
  EventGatewayServiceImplementation,
  EventSchema,
  EventStream,
  Subscriber as WireSubscriber,
} from "@oms/protos/oms/events/v1/events.ts";
import type { DeadLetters } from "../management/dead-letters.ts";
import type { SchemaInput, Schemas } from "../management/schemas.ts";
import type { StreamInput, Streams } from "../management/streams.ts";
import type { SubscriberInput, Subscribers } from "../management/subscribers.ts";
import type { Management } from "../port.ts";
import { pageOf } from "./page.ts";

type Managing = Pick<
  EventGatewayServiceImplementation,
  | (`${"put" | "list" | "delete"}${"Subscriber" | "Schema" | "Stream"}${"" | "s"}` &
      keyof EventGatewayServiceImplementation)
  | "listDeadLetters"
  | "replayDeadLetter"
  | "discardDeadLetter"
>;

/** Management as oms.events.v1 spells it. */
export function grpcManagement({ subscribers, schemas, streams, deadLetters }: Management): Managing {
  return {
    ...grpcSubscribers(subscribers),
    ...grpcSchemas(schemas),
    ...grpcStreams(streams),
    ...grpcDeadLetters(deadLetters),
  };
}

function grpcSubscribers(subscribers: Subscribers) {
  return {
    putSubscriber: async ({ subscriber }: { subscriber?: WireSubscriber | undefined }) => ({
      subscriber: await subscribers.put(subscriberFromWire(subscriber)),
    }),
    listSubscribers: async () => ({ subscribers: [...(await subscribers.list())] }),
    deleteSubscriber: async ({ name }: { name: string }) => {
      await subscribers.delete({ name });
      return {};
    },
  };
}

function subscriberFromWire(wire: WireSubscriber | undefined): SubscriberInput {
  const { maxDeliver = 0, ackWaitMs = 0, side = "", ...rest } = wire ?? { name: "", domain: "" };
  return {
    ...rest,
    ...(maxDeliver !== 0 && { maxDeliver }),
    ...(ackWaitMs !== 0 && { ackWaitMs }),
    // What it may be the subscriber's own schema says.
    ...(side !== "" && { side: side as NonNullable<SubscriberInput["side"]> }),
  };
}

function grpcSchemas(schemas: Schemas) {
  return {
    putSchema: async ({ schema }: { schema?: EventSchema | undefined }) => ({
      schema: schemaToWire(await schemas.put(schemaFromWire(schema))),
    }),
    listSchemas: async () => ({ schemas: (await schemas.list()).map(schemaToWire) }),
    deleteSchema: async ({ type }: { type: string }) => {
      await schemas.delete({ type });
      return {};
    },
  };
}

function schemaFromWire(wire: EventSchema | undefined): SchemaInput {
  const { type = "", schema = "", revision = "" } = wire ?? {};
  return { type, schema: objectIn(schema), ...(revision !== "" && { revision }) };
}

function schemaToWire({ type, schema, revision }: { type: string; schema: object; revision: string }) {
  return { type, schema: JSON.stringify(schema), revision };
}

/** What it has to be `Schemas` says. */
function objectIn(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid("schema", "must be a JSON text");
  }
}

function grpcStreams(streams: Streams) {
  return {
    putStream: async ({ stream }: { stream?: EventStream | undefined }) => ({
      stream: await streams.put(stream ?? ({} as StreamInput)),
    }),
    listStreams: async () => ({ streams: (await streams.list()).map(streamToWire) }),
    deleteStream: async ({ domain }: { domain: string }) => {
      await streams.delete({ domain });
      return {};
    },
  };
}

function streamToWire({ definition, ...status }: StreamStatus) {
  return { stream: definition, ...status };
}

function grpcDeadLetters(dead: DeadLetters) {
  return {
    async listDeadLetters({
      subscriber,
      ...page
    }: {
      subscriber: string;
      pageSize: number;
      pageToken: string;
    }) {
      const asked = { ...pageOf(page), ...(subscriber !== "" && { subscriber }) };
      const { deadLetters, nextPageToken = "" } = await dead.list(asked);
      return { deadLetters: [...deadLetters], nextPageToken };
    },
    replayDeadLetter: async ({ id }: { id: number }) => {
      await dead.replay({ id });
      return {};
    },
    discardDeadLetter: async ({ id }: { id: number }) => {
      await dead.discard({ id });
      return {};
    },
  };
}
