import { Router } from "express";
import { type Branches, newBranch } from "../ontology/branches.ts";
import { parse } from "./validation.ts";

/** /branches */
export function branchRoutes(branches: Branches): Router {
  const routes = Router();
  routes.get("/", async (_request, response) => {
    response.json({ branches: await branches.list() });
  });
  routes.post("/", async (request, response) => {
    const { branch, created } = await branches.create(parse(newBranch, request.body));
    response.status(created ? 201 : 200).json(branch);
  });
  return routes;
}
