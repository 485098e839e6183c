import express, { type RequestHandler } from "express";
import { invalid, type ServiceError, tooLarge } from "../errors/service-error.ts";

/** Parses JSON objects up to `limit` (such as `1mb`); other content is refused by name. */
export function jsonBody(limit: string): RequestHandler[] {
  return [refuseOtherContent, express.json({ limit, strict: false }), refuseOtherValues];
}

/** Reads a body of whatever content, up to `bytes`, as it is; a Buffer, also when there is none. */
export function rawBody(bytes: number): RequestHandler[] {
  const orEmpty: RequestHandler = (request, _response, next) => {
    request.body ??= Buffer.alloc(0);
    next();
  };
  return [express.raw({ limit: bytes, type: () => true }), orEmpty];
}

const refuseOtherContent: RequestHandler = (request, _response, next) => {
  const empty = request.headers["content-length"] === "0";
  if (!empty && request.is("application/json") === false)
    throw invalid("content-type", "must be application/json");
  next();
};

const refuseOtherValues: RequestHandler = ({ body }, _response, next) => {
  const isObject = typeof body === "object" && body !== null && !Array.isArray(body);
  if (body !== undefined && !isObject) throw invalid("body", "must be a JSON object");
  next();
};

type HttpError = Error & { readonly type?: string; readonly status?: number; readonly limit?: number };

/** What express or its body parser refused, as a service error; undefined when it is neither. */
export function fromHttpError(error: unknown): ServiceError | undefined {
  if (!isHttpError(error)) return undefined;
  if (error instanceof URIError) return invalid("path", "must be percent-encoded UTF-8");
  switch (error.type) {
    case "entity.parse.failed":
    case "request.size.invalid":
      return invalid("body", "must be valid JSON");
    case "entity.too.large":
      return tooLarge("body", `must be at most ${error.limit} bytes`);
    case "charset.unsupported":
      return invalid("content-type", "must have a UTF charset");
    case "encoding.unsupported":
      return invalid("content-encoding", "must be identity, gzip, deflate or br");
    default:
      return invalid("body", "must be what its headers say");
  }
}

function isHttpError(error: unknown): error is HttpError {
  if (!(error instanceof Error) || !("status" in error)) return false;
  return typeof error.status === "number" && error.status >= 400 && error.status < 500;
}
