import type { Violation } from "@oms/chassis/errors/service-error.ts";
import type {
  EmbedBatchRequest,
  EmbedRequest,
  SearchRequest,
  SimilarityRequest,
  StoreRequest,
} from "./port.ts";
import { refuse } from "./violations.ts";

/** Lengths are in UTF-16 units. */
const LIMITS = { text: 100_000, texts: 256, types: 100, k: 1000, branch: 200, id: 256, type: 256 } as const;

const MODES = ["vector", "trigram", "hybrid"] as const;
export type SearchMode = (typeof MODES)[number];

const MESSAGES = {
  empty: "must not be empty",
  long: (most: number) => `must have at most ${most} characters`,
  texts: `must have 1 to ${LIMITS.texts} items`,
  types: `must have at most ${LIMITS.types} items`,
  k: `must be an integer from 1 to ${LIMITS.k}`,
  mode: `must be one of ${MODES.join(", ")}`,
  version: (loaded: string) => `must be ${loaded}`,
} as const;

/*
 * Each function takes a request of the right shape and returns it ready for use: strings well-formed (a lone
 * surrogate becomes U+FFFD, as protobuf would have it), values within their limits. `loaded` is the model version
 * in use. All throw INVALID_ARGUMENT with every violation, in the order of the request's fields.
 */

export function validEmbed(request: EmbedRequest, loaded: string): EmbedRequest {
  const text = request.text.toWellFormed();
  refuse([...filled("text", text, LIMITS.text), ...version(request.modelVersion, loaded)]);
  return { ...request, text };
}

export function validEmbedBatch(request: EmbedBatchRequest, loaded: string): EmbedBatchRequest {
  const texts = request.texts.map((text) => text.toWellFormed());
  refuse([...items(texts), ...version(request.modelVersion, loaded)]);
  return { ...request, texts };
}

export function validSimilarity(request: SimilarityRequest, loaded: string): SimilarityRequest {
  const a = request.a.toWellFormed();
  const b = request.b.toWellFormed();
  refuse([
    ...filled("a", a, LIMITS.text),
    ...filled("b", b, LIMITS.text),
    ...version(request.modelVersion, loaded),
  ]);
  return { ...request, a, b };
}

export function validSearch(
  request: SearchRequest,
  loaded: string,
): SearchRequest & { readonly mode: SearchMode | undefined } {
  const { k } = request;
  const mode = MODES.find((known) => known === request.mode);
  const query = request.query.toWellFormed();
  const branch = request.branch.toWellFormed();
  const types = request.types.map((type) => type.toWellFormed());
  refuse([
    ...filled("query", query, LIMITS.text),
    ...unless(Number.isInteger(k) && k >= 1 && k <= LIMITS.k, "k", MESSAGES.k),
    ...unless(types.length <= LIMITS.types, "types", MESSAGES.types),
    ...filled("branch", branch, LIMITS.branch),
    ...unless(mode === request.mode, "mode", MESSAGES.mode),
    ...version(request.modelVersion, loaded),
  ]);
  return { ...request, query, branch, types, mode };
}

export function validStore(request: StoreRequest, loaded: string): StoreRequest {
  const branch = request.branch.toWellFormed();
  const id = request.id.toWellFormed();
  const type = request.type.toWellFormed();
  const text = request.text.toWellFormed();
  refuse([
    ...filled("branch", branch, LIMITS.branch),
    ...filled("id", id, LIMITS.id),
    ...filled("type", type, LIMITS.type),
    ...short("text", text, LIMITS.text),
    ...version(request.modelVersion, loaded),
  ]);
  return { ...request, branch, id, type, text };
}

function items(texts: readonly string[]): Violation[] {
  const count = texts.length >= 1 && texts.length <= LIMITS.texts;
  if (!count) return [{ field: "texts", message: MESSAGES.texts }];
  return texts.flatMap((text, index) => filled(`texts[${index}]`, text, LIMITS.text));
}

function filled(field: string, value: string, most: number): Violation[] {
  return value === "" ? [{ field, message: MESSAGES.empty }] : short(field, value, most);
}

function short(field: string, value: string, most: number): Violation[] {
  return unless(value.length <= most, field, MESSAGES.long(most));
}

function version(given: string | undefined, loaded: string): Violation[] {
  if (given === "") return [{ field: "modelVersion", message: MESSAGES.empty }];
  return unless(given === undefined || given === loaded, "modelVersion", MESSAGES.version(loaded));
}

function unless(sound: boolean, field: string, message: string): Violation[] {
  return sound ? [] : [{ field, message }];
}
