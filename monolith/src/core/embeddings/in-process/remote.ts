import { currentContext } from "@oms/chassis/context/context.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { unit } from "./pooling.ts";
import type { TextVector } from "./vector.ts";

/** An embedding API as OpenAI's: https://platform.openai.com/docs/api-reference/embeddings */
export type Provider = {
  /** Up to and including its version, such as `https://api.openai.com/v1`. */
  readonly url: string;
  /** Its model, whose name is the version of its vectors. */
  readonly model: string;
  readonly key?: string;
};

const PATIENCE_MS = 5000;
/** UTF-16 units sent of a text: within 8,191 tokens, what these models take, in any language. */
const MOST_UNITS = 4000;

type Reply = { readonly data: readonly { readonly index: number; readonly embedding: readonly number[] }[] };

/**
 * Vectors from elsewhere, one per text, in order. What the model knows it does not tell: no text is poorly covered.
 * UNAVAILABLE when it does not answer, or not with vectors; its own words stay in the cause.
 */
export function remoteEmbed(provider: Provider): (texts: readonly string[]) => Promise<TextVector[]> {
  let width = 0;
  return async (texts) => {
    const heads = texts.map(headOf);
    const reply = await ask(provider, heads);
    const vectors = vectorsOf(reply, heads.length, width);
    width = vectors[0]?.length ?? width;
    return vectors.map((vector, index) => ({
      vector: unit(vector),
      poorlyCovered: false,
      truncated: (heads[index]?.length ?? 0) < (texts[index]?.length ?? 0),
    }));
  };
}

async function ask({ url, model, key }: Provider, input: readonly string[]): Promise<unknown> {
  const { deadline } = currentContext();
  const patience = Math.max(1, Math.min(PATIENCE_MS, (deadline ?? Number.POSITIVE_INFINITY) - Date.now()));
  try {
    const response = await fetch(`${url.replace(/\/+$/, "")}/embeddings`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify({ model, input, encoding_format: "float" }),
      signal: AbortSignal.timeout(patience),
    });
    if (!response.ok) throw new Error(`${response.status} ${(await response.text()).slice(0, 500)}`);
    return await response.json();
  } catch (cause) {
    throw unavailable("the embedding provider did not answer", cause);
  }
}

/** `width` of the vectors before, 0 when there are none: those of another are of another model. */
function vectorsOf(reply: unknown, count: number, width: number): Float32Array[] {
  const vectors: Float32Array[] = [];
  if (isReply(reply))
    for (const { index, embedding } of reply.data) vectors[index] = Float32Array.from(embedding);
  const wanted = width || (vectors[0]?.length ?? 0);
  const sound = (vector: Float32Array | undefined) =>
    vector?.length === wanted && wanted > 0 && vector.every(Number.isFinite);
  if (vectors.length !== count || !Array.from(vectors).every(sound))
    throw unavailable("the embedding provider answered something else than vectors");
  return vectors;
}

function isReply(reply: unknown): reply is Reply {
  if (typeof reply !== "object" || reply === null || !("data" in reply) || !Array.isArray(reply.data))
    return false;
  return reply.data.every(
    (each: unknown) =>
      typeof each === "object" &&
      each !== null &&
      "index" in each &&
      Number.isInteger(each.index) &&
      "embedding" in each &&
      Array.isArray(each.embedding),
  );
}

function headOf(text: string): string {
  const head = text.slice(0, MOST_UNITS);
  return head.isWellFormed() ? head : head.slice(0, -1);
}

function unavailable(message: string, cause?: unknown): ServiceError {
  return new ServiceError("UNAVAILABLE", message, [], cause);
}
