import { Metadata } from "nice-grpc";
import type { CallContext } from "./context.ts";
import { readContext, writeContext } from "./headers.ts";

/** The context of a gRPC call; INVALID_ARGUMENT names the metadata key that is wrong. */
export function contextFromMetadata(metadata: Metadata): CallContext {
  return readContext((name) => {
    const value = metadata.get(name);
    return typeof value === "string" ? value : undefined;
  }, "internal");
}

/** `more` and the context as metadata of an outgoing call. */
export function contextToMetadata(context: CallContext, more = Metadata()): Metadata {
  const metadata = Metadata(more);
  for (const [key, value] of Object.entries(writeContext(context))) metadata.set(key, value);
  return metadata;
}
