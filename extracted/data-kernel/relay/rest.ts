import { invalid } from "@oms/chassis/errors/service-error.ts";
import { Router } from "express";
import { z } from "zod";
import { bodyOf } from "../http-input.ts";
import { operatorsOnly } from "../operators.ts";
import type { Store } from "../store/port.ts";
import { parse } from "../validation.ts";
import { askFor, forget, move } from "./operator.ts";
import { statusOf } from "./status.ts";

const moveInput = z.strictObject({
  commit: z.string("must be a commit, or `beginning`").min(1, "must not be empty"),
});

/** What operators see and ask of the relay, over HTTP on our own network. `sinks` are those this kernel has. */
export function relayRoutes(store: Store, sinks: readonly string[], now: () => number = Date.now): Router {
  const routes = Router();
  routes.get("/relay", async (_request, response) => {
    response.json(await statusOf(store, { sinks, nowMs: now() }));
  });
  routes.post("/relay/parked/:id/:what", operatorsOnly, async (request, response) => {
    const { id, what } = request.params;
    if (what !== "replay" && what !== "discard") throw invalid("what", "must be replay or discard");
    await askFor(store, what, id);
    response.status(202).json({ id, asked: what });
  });
  routes.post("/relay/lines/:sink/:branch/move", operatorsOnly, async (request, response) => {
    const { commit } = parse(moveInput, bodyOf(request));
    response.json({ cursor: await move(store, request.params, commit) });
  });
  routes.post("/relay/sinks/:sink/forget", operatorsOnly, async (request, response) => {
    response.json({ forgotten: await forget(store, request.params.sink, sinks) });
  });
  return routes;
}
