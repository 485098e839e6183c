import { currentContext } from "@oms/chassis/context/context.ts";
import { startGrpcServer } from "@oms/chassis/grpc-server.ts";
import { createLogger } from "@oms/chassis/log.ts";
import { createMetrics } from "@oms/chassis/metrics.ts";
import { createReadiness } from "@oms/chassis/readiness.ts";
import type { Nats } from "@oms/events/nats.fixture.ts";
import { resultToWire } from "@oms/events/wire.ts";
import * as wire from "@oms/protos/oms/events/v1/events.ts";
import { openJetStream } from "../sinks/jetstream.fixture.ts";

/** A gateway as far as the relay knows one; behind it is a real JetStream. */
export type Gateway = {
  readonly address: string;
  /** The messages and events it was asked to publish. */
  asked: number;
  /** It does what it is asked, and never says so. */
  silent: boolean;
  readonly stop: () => Promise<void>;
};

export async function startGateway(nats: Nats): Promise<Gateway> {
  const jetStream = openJetStream(nats);
  const state: Pick<Gateway, "asked" | "silent"> = { asked: 0, silent: false };
  const answered = async <R>(answer: R): Promise<R> => (state.silent ? new Promise<never>(() => {}) : answer);
  const service: Partial<wire.EventGatewayServiceImplementation> = {
    async publishCommits({ messages, lastSequence }) {
      if (!currentContext().shadow) state.asked += messages.length;
      const { sequences, refusal, envelopes } = await jetStream.publishCommits({ messages, lastSequence });
      return answered({ sequences: [...sequences], refusal, envelopes: [...(envelopes ?? [])] });
    },
    getTail: async (request) => answered(await jetStream.tail(request)),
    async publishBatch({ events }) {
      if (!currentContext().shadow) state.asked += events.length;
      const parsed = events.map((text) => JSON.parse(text));
      const { results } = await jetStream.publishOutgoing({ env: "test", events: parsed });
      return answered({ results: results.map(resultToWire) });
    },
  };
  const options = { service: "event-gateway", host: "127.0.0.1", port: 0, build: "gateway-1" };
  const parts = { logger: createLogger("event-gateway", "silent"), metrics: createMetrics("event-gateway") };
  const server = await startGrpcServer({ ...options, ...parts, readiness: createReadiness() }, (grpc) =>
    grpc.add(wire.EventGatewayServiceDefinition, { ...UNASKED, ...service }),
  );
  return Object.assign(state, {
    address: `127.0.0.1:${server.port}`,
    async stop() {
      await server.stop(0);
      await jetStream.close();
    },
  });
}

/** What else the gateway does, the relay does not ask for. */
const UNASKED = Object.fromEntries(
  Object.keys(wire.EventGatewayServiceDefinition.methods).map((method) => [
    method,
    () => {
      throw new Error(`nobody asks for ${method}`);
    },
  ]),
) as unknown as wire.EventGatewayServiceImplementation;
