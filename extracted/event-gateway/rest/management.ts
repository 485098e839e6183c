import type { Express, Request, Response } from "express";
import type { DeadLetters } from "../management/dead-letters.ts";
import type { Queue } from "../management/queue.ts";
import type { SchemaInput, Schemas } from "../management/schemas.ts";
import type { StreamInput, Streams } from "../management/streams.ts";
import type { SubscriberInput, Subscribers } from "../management/subscribers.ts";
import type { Management } from "../port.ts";
import { idOf, named, pageRequest, text } from "./requests.ts";

/** What a body has to be the operations say, of each field. */
export function addManagement(app: Express, management: Management): void {
  addSubscribers(app, management.subscribers);
  addSchemas(app, management.schemas);
  addStreams(app, management.streams);
  addDeadLetters(app, management.deadLetters);
  addQueue(app, management.queue);
}

function addSubscribers(app: Express, subscribers: Subscribers): void {
  app.get("/subscribers", async (_request, response) => {
    response.json({ subscribers: await subscribers.list() });
  });
  app.put("/subscribers/:name", async ({ params: { name }, body }: Request<{ name: string }>, response) => {
    response.json(await subscribers.put(named(body, "name", name) as SubscriberInput));
  });
  app.delete("/subscribers/:name", async ({ params: { name } }: Request<{ name: string }>, response) => {
    await subscribers.delete({ name });
    done(response);
  });
}

function addSchemas(app: Express, schemas: Schemas): void {
  app.get("/schemas", async (_request, response) => {
    response.json({ schemas: await schemas.list() });
  });
  app.put("/schemas/:type", async ({ params: { type }, body }: Request<{ type: string }>, response) => {
    response.json(await schemas.put(named(body, "type", type) as SchemaInput));
  });
  app.delete("/schemas/:type", async ({ params: { type } }: Request<{ type: string }>, response) => {
    await schemas.delete({ type });
    done(response);
  });
}

function addStreams(app: Express, streams: Streams): void {
  app.get("/streams", async (_request, response) => {
    response.json({ streams: await streams.list() });
  });
  app.put("/streams/:domain", async ({ params: { domain }, body }: Request<{ domain: string }>, response) => {
    response.json(await streams.put(named(body, "domain", domain) as StreamInput));
  });
  app.delete("/streams/:domain", async ({ params: { domain } }: Request<{ domain: string }>, response) => {
    await streams.delete({ domain });
    done(response);
  });
}

function addDeadLetters(app: Express, dead: DeadLetters): void {
  app.get("/dead-letters", async ({ query }, response) => {
    const subscriber = text(query, "subscriber");
    response.json(
      await dead.list({ ...pageRequest(query), ...(subscriber !== undefined && { subscriber }) }),
    );
  });
  app.post("/dead-letters/:id/replay", async ({ params }: Request<{ id: string }>, response) => {
    await dead.replay(idOf(params));
    done(response);
  });
  app.delete("/dead-letters/:id", async ({ params }: Request<{ id: string }>, response) => {
    await dead.discard(idOf(params));
    done(response);
  });
}

function addQueue(app: Express, queue: Queue): void {
  app.get("/queue", async (_request, response) => {
    response.json(await queue.status());
  });
  app.post("/queue/parked/:id/replay", async ({ params }: Request<{ id: string }>, response) => {
    response.json(await queue.replay(idOf(params)));
  });
  app.delete("/queue/parked/:id", async ({ params }: Request<{ id: string }>, response) => {
    await queue.discard(idOf(params));
    done(response);
  });
}

function done(response: Response): void {
  response.status(204).end();
}
