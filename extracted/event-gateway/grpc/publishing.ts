import { invalid, ServiceError } from "@oms/chassis/errors/service-error.ts";
import { inOrder } from "@oms/chassis/in-order.ts";
import { MOST_EVENTS } from "@oms/events/event.ts";
import type { PublishResult } from "@oms/events/port.ts";
import type { TextPublisher } from "@oms/events/publish.ts";
import { refusalOf } from "@oms/events/refusal.ts";
import { receiptToWire, resultToWire } from "@oms/events/wire.ts";
import type { EventGatewayServiceImplementation } from "@oms/protos/oms/events/v1/events.ts";
import type { Commits } from "../commits.ts";

/** Messages of one stream that are under way or whose results wait to be taken; no more are read before. */
const WINDOW = 64;

type Publishing = Pick<
  EventGatewayServiceImplementation,
  "publish" | "publishBatch" | "publishStream" | "publishCommits" | "getTail"
>;

/** Publishing as oms.events.v1 spells it. */
export function grpcPublishing(publisher: TextPublisher, commits: Commits): Publishing {
  const published = async (event: string): Promise<PublishResult> => {
    try {
      return { receipt: await publisher.publishText(event) };
    } catch (error) {
      if (error instanceof ServiceError) return { refusal: refusalOf(error) };
      throw error;
    }
  };
  return {
    publish: async ({ event }) => ({ receipt: receiptToWire(await publisher.publishText(event)) }),
    publishBatch: async ({ events }) => ({
      results: (await publisher.publishTexts(events)).map(resultToWire),
    }),
    async *publishStream(requests) {
      const publishAll = async ({ events }: { readonly events: readonly string[] }) => {
        if (events.length > MOST_EVENTS) throw invalid("events", `must be at most ${MOST_EVENTS}`);
        return Promise.all(events.map(published));
      };
      for await (const results of inOrder(requests, WINDOW, publishAll))
        yield { results: results.map(resultToWire) };
    },
    async publishCommits(request) {
      const { sequences, refusal, envelopes } = await commits.publish(request);
      return {
        sequences: [...sequences],
        refusal: refusal && refusalOf(refusal),
        envelopes: [...envelopes],
      };
    },
    getTail: (request) => commits.tail(request),
  };
}
