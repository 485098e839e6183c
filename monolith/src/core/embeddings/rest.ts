import { routeHttp } from "@oms/proxy/http/route.ts";
import type { Response } from "express";
import { strangler } from "../../strangler.ts";
import type { Embeddings } from "./port.ts";
import { extractedRest } from "./sides.ts";

/** The door for REST: takes a route's requests straight to the service while its stage says so. */
export const routeEmbedding = routeHttp<Embeddings, Response>({
  strangler,
  capability: "embedding",
  service: extractedRest,
  send: (response, value) => response.json(value),
});
