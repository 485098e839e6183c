import type { Express, Request } from "express";
import type { ReplayRequest, WebhookName, Webhooks } from "../webhooks/port.ts";
import type { WebhookInput } from "../webhooks/webhook.ts";
import { named, pageRequest } from "./requests.ts";

type Named = Request<{ id: string }>;

/** Endpoints; what a body has to be the operations say, of each field. */
export function addWebhooks(app: Express, webhooks: Webhooks): void {
  app.get("/webhooks", async (_request, response) => {
    response.json({ webhooks: await webhooks.list() });
  });
  app.put("/webhooks/:id", async ({ params: { id }, body }: Named, response) => {
    response.json(await webhooks.put(named(body, "id", id) as WebhookInput));
  });
  app.delete("/webhooks/:id", async ({ params: { id } }: Named, response) => {
    await webhooks.delete({ id });
    response.status(204).end();
  });
  app.post("/webhooks/:id/replay", async ({ params: { id }, body }: Named, response) => {
    response.json(await webhooks.replay(named(body, "id", id) as ReplayRequest));
  });
  app.get("/webhooks/:id/deliveries", async ({ params: { id }, query }: Named, response) => {
    response.json(await webhooks.deliveries({ id, ...pageRequest(query) }));
  });
  const answering = (method: (name: WebhookName) => Promise<object>) => {
    return async ({ params: { id } }: Named, response: { json: (body: object) => void }) =>
      response.json(await method({ id }));
  };
  app.get("/webhooks/:id", answering(webhooks.get));
  app.post("/webhooks/:id/pause", answering(webhooks.pause));
  app.post("/webhooks/:id/resume", answering(webhooks.resume));
  app.post("/webhooks/:id/rotate", answering(webhooks.rotate));
}
