import { rawBody } from "@oms/chassis/http/body.ts";
import { MOST_HTTP_BYTES, readHttp } from "@oms/events/http-binding.ts";
import type { Publisher } from "@oms/events/port.ts";
import type { Express } from "express";

/** POST /events: the CloudEvents HTTP binding, structured, binary and batched. It reads bodies of its own. */
export function addPublishing(app: Express, publisher: Publisher): void {
  app.post("/events", ...rawBody(MOST_HTTP_BYTES), async ({ headers, body }, response) => {
    const received = readHttp({ headers, body: body as Buffer });
    if ("event" in received) response.json(await publisher.publish(received.event));
    else response.json({ results: await publisher.publishBatch(received.events) });
  });
}
