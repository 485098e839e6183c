import { invalid } from "@oms/chassis/errors/service-error.ts";
import type { Request } from "express";

/** @throws INVALID_ARGUMENT on `body` when it is no JSON object. */
export function bodyOf({ body }: Request): object {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw invalid("body", "must be a JSON object");
  return body;
}
