import { createHash, timingSafeEqual } from "node:crypto";
import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { ExpressAdapter } from "@bull-board/express";
import type { Queue } from "bullmq";
import type { Express, RequestHandler } from "express";

const PATH = "/board";

/**
 * Bull Board at /board, for whoever shows `token` as the password of any user, or as a bearer's. It shows and changes
 * nothing: the queue is a projection, and what its buttons would add, retry or remove the truth would not know of.
 */
export function addBoard(app: Express, queue: Queue, token: string): void {
  const board = new ExpressAdapter().setBasePath(PATH);
  createBullBoard({ queues: [new BullMQAdapter(queue, { readOnlyMode: true })], serverAdapter: board });
  app.use(PATH, onlyFor(token), onlyLooking, board.getRouter());
}

function onlyFor(token: string): RequestHandler {
  const expected = digest(token);
  return (request, response, next) => {
    const shown = passwordIn(request.headers.authorization ?? "");
    if (shown !== undefined && timingSafeEqual(digest(shown), expected)) return next();
    response.status(401).setHeader("WWW-Authenticate", 'Basic realm="scheduler", charset="UTF-8"').end();
  };
}

const onlyLooking: RequestHandler = (request, response, next) => {
  if (request.method === "GET" || request.method === "HEAD") return next();
  response.status(405).setHeader("Allow", "GET, HEAD").end();
};

/** RFC 7617 and RFC 6750; undefined where neither is spoken. */
function passwordIn(authorization: string): string | undefined {
  const [, scheme = "", value = ""] = /^(basic|bearer) +(\S+)$/i.exec(authorization) ?? [];
  if (scheme.toLowerCase() !== "basic") return scheme === "" ? undefined : value;
  const pair = Buffer.from(value, "base64").toString("utf8");
  return pair.slice(pair.indexOf(":") + 1);
}

/** Of one length whatever was shown, so that comparing tells nothing. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
