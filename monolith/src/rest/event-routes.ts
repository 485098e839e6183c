import { rawBody } from "@oms/chassis/http/body.ts";
import { MOST_HTTP_BYTES, readHttp } from "@oms/events/http-binding.ts";
import type { PublishResult, Receipt } from "@oms/events/port.ts";
import { type RequestHandler, Router } from "express";
import type { Events } from "../core/event-publisher/port.ts";

/** /events: the CloudEvents HTTP binding, structured, binary and batched. It reads bodies of its own. */
export function eventRoutes(events: Events): Router {
  const publish: RequestHandler = async ({ headers, body }, response) => {
    const received = readHttp({ headers, body: body as Buffer });
    if ("event" in received) response.json(shownReceipt(await events.publish(received.event)));
    else response.json({ results: (await events.publishBatch(received.events)).map(shownResult) });
  };
  return Router().post("/", ...rawBody(MOST_HTTP_BYTES), publish);
}

/** What a call that is compared says beside its answer is for the comparison alone. */
function shownReceipt({ envelope: _, ...receipt }: Receipt): Omit<Receipt, "envelope"> {
  return receipt;
}

function shownResult(result: PublishResult): PublishResult {
  return "receipt" in result ? { receipt: shownReceipt(result.receipt) } : result;
}
