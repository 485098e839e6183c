import { Router } from "express";
import { z } from "zod";
import { newObject, objectBody } from "../ontology/object.ts";
import { idSchema, newObjectType, objectTypeBody } from "../ontology/object-type.ts";
import type { ObjectTypes } from "../ontology/object-types.ts";
import type { Objects } from "../ontology/objects.ts";
import { answer, created, saved, shown } from "./answers.ts";
import { atOf, expectationOf, pageOf } from "./requests.ts";
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
    const type = parse(newObjectType, request.body);
    created(response, await types.put(type, "absent"), "object-types", type.id);
  });
  routes.get("/:id", async (request, response) => {
    answer(response, await types.get(parse(byId, request.params).id, "id", atOf(request)));
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
    const object = parse(newObject, request.body);
    created(response, await objects.put(object, "absent"), "objects", object.id);
  });
  routes.get("/:id", async (request, response) => {
    answer(response, await objects.get(parse(byId, request.params).id, "id", atOf(request)));
  });
  routes.get("/:id/history", async (request, response) => {
    response.json(await objects.history(parse(byId, request.params).id, pageOf(request)));
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
