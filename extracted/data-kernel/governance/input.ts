import { z } from "zod";
import { branch, id, mode, name, text, type } from "../request.ts";
import { isPointer } from "./mask.ts";

const MAX_KEY_LENGTH = 200;
const MAX_REASON_LENGTH = 1000;
const MAX_NAMED = 10_000;
const MAX_FIELDS = 100;

const list = <T extends z.ZodType>(item: T, max: number) =>
  z.array(item, "must be a list").max(max, `must be at most ${max}`);

export const redactionInput = z
  .strictObject({
    branch,
    key: name(MAX_KEY_LENGTH),
    mode,
    reason: text(MAX_REASON_LENGTH).min(1, "must not be empty"),
    documents: list(id, MAX_NAMED).default([]),
    types: list(type, MAX_FIELDS).default([]),
    fields: list(
      text(MAX_REASON_LENGTH).refine(isPointer, "must be a JSON Pointer such as /contact/email"),
      MAX_FIELDS,
    ).min(1, "must not be empty"),
  })
  .refine(({ documents, types }) => documents.length + types.length > 0, {
    path: ["documents"],
    error: "must not be empty unless types are named",
  });

export const archiveInput = z.strictObject({ branch });
export const expiryInput = z.strictObject({ mode });
