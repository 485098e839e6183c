import { Router } from "express";
import { z } from "zod";
import { linkSchema, linkSelection } from "../ontology/link.ts";
import { linkTypeBody, newLinkType } from "../ontology/link-type.ts";
import type { LinkTypes } from "../ontology/link-types.ts";
import type { Links } from "../ontology/links.ts";
import { idSchema } from "../ontology/object-type.ts";
import { answer, created, saved, shown } from "./answers.ts";
import { atOf, expectationOf, pageOf } from "./requests.ts";
import { parse } from "./validation.ts";

const byId = z.object({ id: idSchema });

/** /link-types */
export function linkTypeRoutes(types: LinkTypes): Router {
  const routes = Router();
  routes.get("/", async (request, response) => {
    const page = await types.page(pageOf(request));
    response.json({ linkTypes: page.documents.map(shown), nextPageToken: page.nextPageToken });
  });
  routes.post("/", async (request, response) => {
    const type = parse(newLinkType, request.body);
    created(response, await types.put(type, "absent"), "link-types", type.id);
  });
  routes.get("/:id", async (request, response) => {
    answer(response, await types.get(parse(byId, request.params).id, "id", atOf(request)));
  });
  routes.put("/:id", async (request, response) => {
    const { id } = parse(byId, request.params);
    const body = parse(linkTypeBody, request.body);
    saved(response, await types.put({ id, ...body }, expectationOf(request)));
  });
  routes.delete("/:id", async (request, response) => {
    await types.remove(parse(byId, request.params).id, expectationOf(request));
    response.status(204).end();
  });
  return routes;
}

/** /links */
export function linkRoutes(links: Links): Router {
  const routes = Router();
  routes.get("/", async (request, response) => {
    const page = await links.page(parse(linkSelection, request.query), pageOf(request));
    response.json({ links: page.documents.map(shown), nextPageToken: page.nextPageToken });
  });
  routes.post("/", async (request, response) => {
    const link = parse(linkSchema, request.body);
    created(response, await links.create(link), "links", link.type, link.from, link.to);
  });
  routes.get("/:type/:from/:to", async (request, response) => {
    answer(response, await links.get(parse(linkSchema, request.params), atOf(request)));
  });
  routes.delete("/:type/:from/:to", async (request, response) => {
    await links.remove(parse(linkSchema, request.params));
    response.status(204).end();
  });
  return routes;
}
