import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { inOrder } from "@oms/chassis/in-order.ts";
import type { EmbedReply, EmbedRequest } from "./port.ts";
import { described } from "./violations.ts";

/** Texts of one stream in work or waiting to be taken: enough to fill a batch, few enough to leave room for others. */
const WINDOW = 32;

type Item = { readonly request: EmbedRequest; readonly index: number };

/** Answers in the order of the requests. A field of a bad one is named after its place: `requests[7].text`. */
export function embedStream(
  requests: AsyncIterable<EmbedRequest>,
  embed: (request: EmbedRequest) => Promise<EmbedReply>,
): AsyncGenerator<EmbedReply, void, undefined> {
  return inOrder(numbered(requests), WINDOW, async ({ request, index }) => {
    try {
      return await embed(request);
    } catch (error) {
      throw placed(error, index);
    }
  });
}

async function* numbered(requests: AsyncIterable<EmbedRequest>): AsyncGenerator<Item, void, undefined> {
  let index = 0;
  try {
    for await (const request of requests) {
      yield { request, index };
      index += 1;
    }
  } catch (error) {
    throw placed(error, index);
  }
}

function placed(error: unknown, index: number): unknown {
  if (!(error instanceof ServiceError) || error.violations.length === 0) return error;
  const violations = error.violations.map(({ field, message }) => {
    return { field: `requests[${index}].${field}`, message };
  });
  return new ServiceError(error.code, described(violations), violations, error);
}
