import type { CompatServiceDefinition, TsProtoServiceDefinition } from "nice-grpc";
import { invalid, type ServiceError } from "../errors/service-error.ts";

/**
 * Stands in for a request that is not valid protobuf. grpc-js answers a decoder that throws with INTERNAL before
 * any of our code runs, so the decoder gives this instead and the call refuses it.
 */
class Undecodable {}

const UNDECODABLE = new Undecodable();

/** The same service, its request decoders never throwing. */
export function neverThrowDecoding<D extends CompatServiceDefinition>(definition: D): D {
  if (!isTsProto(definition)) return definition;
  const methods = Object.entries(definition.methods).map(([name, method]) => {
    const { requestType } = method;
    return [name, { ...method, requestType: { ...requestType, decode: decodeOr(requestType.decode) } }];
  });
  return { ...definition, methods: Object.fromEntries(methods) };
}

/** Throws INVALID_ARGUMENT for a request, or the first such in a stream of requests, that is not valid protobuf. */
export function refuseUndecodable<R>(request: R | AsyncIterable<R>): R | AsyncIterable<R> {
  if (isStream(request)) return refuseInStream(request);
  if (request instanceof Undecodable) throw refusal();
  return request;
}

async function* refuseInStream<R>(requests: AsyncIterable<R>): AsyncIterable<R> {
  for await (const request of requests) {
    if (request instanceof Undecodable) throw refusal();
    yield request;
  }
}

function decodeOr(decode: (input: Uint8Array) => unknown): (input: Uint8Array) => unknown {
  return (input) => {
    try {
      return decode(input);
    } catch {
      return UNDECODABLE;
    }
  };
}

function refusal(): ServiceError {
  return invalid("message", "must be valid protobuf");
}

function isTsProto(definition: CompatServiceDefinition): definition is TsProtoServiceDefinition {
  return "fullName" in definition && "methods" in definition;
}

function isStream<R>(request: R | AsyncIterable<R>): request is AsyncIterable<R> {
  return typeof request === "object" && request !== null && Symbol.asyncIterator in request;
}
