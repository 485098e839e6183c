import type { Doc } from "@oms/data-kernel/client.ts";
import type { Response } from "express";
import type { Saved } from "../ontology/documents.ts";

type Shown<T> = Pick<Doc<T>, "body" | "revision">;

/** A document as callers see it. */
export function shown<T extends object>({ body, revision }: Shown<T>): T & { readonly revision: string } {
  return { ...body, revision };
}

/** Answers with a document; its revision is the ETag, for If-Match to name. */
export function answer<T extends object>(response: Response, document: Shown<T>): void {
  response.setHeader("ETag", `"${document.revision}"`).json(shown(document));
}

/** 201 for what was created, 200 for what was replaced. */
export function saved<T extends object>(response: Response, { value, revision, created }: Saved<T>): void {
  response.status(created ? 201 : 200);
  answer(response, { body: value, revision });
}

/** 201 with the place of what was created: a path of these segments. */
export function created<T extends object>(response: Response, done: Saved<T>, ...path: string[]): void {
  response.location(`/${path.map(encodeURIComponent).join("/")}`);
  saved(response, done);
}
