import { currentContext, runInContext } from "@oms/chassis/context/context.ts";
import { invalid } from "@oms/chassis/errors/service-error.ts";
import type { Request, RequestHandler } from "express";
import { z } from "zod";
import { commitId } from "../ontology/commit-id.ts";
import type { Expectation, PageRequest } from "../ontology/documents.ts";
import { parse } from "./validation.ts";

/** Runs the rest on the ontology branch that `?branch=` names. */
export const enterBranch: RequestHandler = (request, _response, next) => {
  const { branch } = parse(branchQuery, { branch: request.query["branch"] });
  if (branch === undefined) return next();
  runInContext({ ...currentContext(), branch }, next);
};

/** Travels in a header, so it holds no control characters. */
export const branchName = z
  .string()
  .min(1)
  .max(200)
  .regex(/^\P{Cc}*$/u, "must not contain control characters");

const branchQuery = z.object({ branch: branchName.optional() });

const PAGE_SIZE = "must be an integer from 1 to 1000";

const atQuery = z.object({ at: commitId.exactOptional() });

/** `?at=<commit>`: as of that commit. */
export function atOf(request: Request): string | undefined {
  return parse(atQuery, request.query).at;
}

const pageQuery = z.object({
  pageSize: z
    .string()
    .regex(/^\d{1,4}$/, PAGE_SIZE)
    .transform(Number)
    .refine((size) => size >= 1 && size <= 1000, PAGE_SIZE)
    .exactOptional(),
  pageToken: z.string().min(1).exactOptional(),
  ...atQuery.shape,
});

/** `?pageSize=` (1 to 1000), `?pageToken=` and `?at=`. */
export function pageOf(request: Request): PageRequest {
  return parse(pageQuery, request.query);
}

const ETAG = /^"([^"]+)"$/;

/** `If-Match: "<revision>"` asks that the document still is at that revision (RFC 9110, section 13.1.1). */
export function expectationOf(request: Request): Expectation {
  const header = request.headers["if-match"];
  if (header === undefined) return "anything";
  const revision = ETAG.exec(header)?.[1];
  if (revision === undefined) throw invalid("if-match", 'must be one revision in quotes, such as "0f3c"');
  return { revision };
}
