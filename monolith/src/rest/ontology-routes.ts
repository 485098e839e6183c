import type { Doc } from "@oms/data-kernel/client.ts";
import { type Response, Router } from "express";
import { z } from "zod";
import type { Saved } from "../ontology/documents.ts";
import { newObject, objectBody } from "../ontology/object.ts";
import { idSchema, newObjectType, objectTypeBody } from "../ontology/object-type.ts";
import type { ObjectTypes } from "../ontology/object-types.ts";
import type { Objects } from "../ontology/objects.ts";
import { expectationOf, pageOf } from "./requests.ts";
import { parse } from "./validation.ts";

const byId = z.object({ id: idSchema });
const ofType = z.object({ type: idSchema });

/** /object-types */
export function objectTypeRoutes(types: ObjectTypes): Router {
  const routes = Router();
  routes.get("/", async (request, response) => {
    const page = await types.page(pageOf(request));
    response.json({ objectTypes: page.documents.map(shown), nextPageToken: page.nextPageToken });
  });
  routes.post("/", async (request, response) => {
    created(response, await types.put(parse(newObjectType, request.body), "absent"), "object-types");
  });
  routes.get("/:id", async (request, response) => {
    answer(response, await types.get(parse(byId, request.params).id));
  });
  routes.put("/:id", async (request, response) => {
    const { id } = parse(byId, request.params);
    const body = parse(objectTypeBody, request.body);
    saved(response, await types.put({ id, ...body }, expectationOf(request)));
  });
  routes.delete("/:id", async (request, response) => {
    await types.remove(parse(byId, request.params).id, expectationOf(request));
    response.status(204).end();
  });
  return routes;
}

/** /objects */
export function objectRoutes(objects: Objects): Router {
  const routes = Router();
  routes.get("/", async (request, response) => {
    const page = await objects.page(parse(ofType, request.query).type, pageOf(request));
    response.json({ objects: page.documents.map(shown), nextPageToken: page.nextPageToken });
  });
  routes.post("/", async (request, response) => {
    created(response, await objects.put(parse(newObject, request.body), "absent"), "objects");
  });
  routes.get("/:id", async (request, response) => {
    answer(response, await objects.get(parse(byId, request.params).id));
  });
  routes.put("/:id", async (request, response) => {
    const { id } = parse(byId, request.params);
    const body = parse(objectBody, request.body);
    saved(response, await objects.put({ id, ...body }, expectationOf(request)));
  });
  routes.delete("/:id", async (request, response) => {
    await objects.remove(parse(byId, request.params).id, expectationOf(request));
    response.status(204).end();
  });
  return routes;
}

function shown<T extends object>({ body, revision }: Pick<Doc<T>, "body" | "revision">) {
  return { ...body, revision };
}

function answer<T extends object>(response: Response, document: Pick<Doc<T>, "body" | "revision">): void {
  response.setHeader("ETag", `"${document.revision}"`).json(shown(document));
}

function saved<T extends object>(response: Response, { value, revision, created }: Saved<T>): void {
  response.status(created ? 201 : 200);
  answer(response, { body: value, revision });
}

function created<T extends { readonly id: string }>(response: Response, done: Saved<T>, path: string): void {
  response.location(`/${path}/${encodeURIComponent(done.value.id)}`);
  saved(response, done);
}
