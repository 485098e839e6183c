import { invalid, ServiceError, type Violation } from "@oms/chassis/errors/service-error.ts";
import type {
  EmbedBatchRequest,
  EmbedRequest,
  SearchRequest,
  SimilarityRequest,
  StoreRequest,
} from "../port.ts";

const MOST_CHARACTERS = 100_000;
const MOST_TEXTS = 256;
const MOST_TYPES = 100;
const MOST_HITS = 1000;
const MOST_VIOLATIONS = 20;
const SEARCH_MODES = ["vector", "trigram", "hybrid"] as const;

/** A request for a search that has been checked. */
export type Question = Omit<SearchRequest, "modelVersion" | "mode"> & {
  readonly mode: (typeof SEARCH_MODES)[number] | undefined;
};

type Wrong = Violation | undefined;

/** The request with well-formed strings; else one error with everything that is wrong, in the request's order. */
export function checkEmbed(request: EmbedRequest, loaded: string): { text: string } {
  refuse([text("text", request.text), version(request.modelVersion, loaded)]);
  return { text: request.text.toWellFormed() };
}

export function checkEmbedBatch(request: EmbedBatchRequest, loaded: string): { texts: string[] } {
  const counted = request.texts.length >= 1 && request.texts.length <= MOST_TEXTS;
  const wrong = counted
    ? request.texts.map((item, index) => text(`texts[${index}]`, item))
    : [{ field: "texts", message: `must have 1 to ${MOST_TEXTS} items` }];
  refuse([...wrong, version(request.modelVersion, loaded)]);
  return { texts: request.texts.map((item) => item.toWellFormed()) };
}

export function checkSimilarity(request: SimilarityRequest, loaded: string): { a: string; b: string } {
  refuse([text("a", request.a), text("b", request.b), version(request.modelVersion, loaded)]);
  return { a: request.a.toWellFormed(), b: request.b.toWellFormed() };
}

export function checkSearch(request: SearchRequest, loaded: string): Question {
  const { query, k, types, branch } = request;
  const mode = SEARCH_MODES.find((known) => known === request.mode);
  refuse([
    text("query", query),
    Number.isInteger(k) && k >= 1 && k <= MOST_HITS
      ? undefined
      : { field: "k", message: `must be an integer from 1 to ${MOST_HITS}` },
    types.length > MOST_TYPES
      ? { field: "types", message: `must have at most ${MOST_TYPES} items` }
      : undefined,
    name("branch", branch, 200),
    mode === request.mode
      ? undefined
      : { field: "mode", message: `must be one of ${SEARCH_MODES.join(", ")}` },
    version(request.modelVersion, loaded),
  ]);
  return {
    query: query.toWellFormed(),
    k,
    types: types.map((type) => type.toWellFormed()),
    branch: branch.toWellFormed(),
    mode,
  };
}

export function checkStore(request: StoreRequest, loaded: string): Omit<StoreRequest, "modelVersion"> {
  const { branch, id, type } = request;
  refuse([
    name("branch", branch, 200),
    name("id", id, 256),
    name("type", type, 256),
    request.text === "" ? undefined : text("text", request.text),
    version(request.modelVersion, loaded),
  ]);
  return {
    branch: branch.toWellFormed(),
    id: id.toWellFormed(),
    type: type.toWellFormed(),
    text: request.text.toWellFormed(),
  };
}

function name(field: string, value: string, most: number): Wrong {
  if (value === "") return { field, message: "must not be empty" };
  return value.length > most ? { field, message: `must have at most ${most} characters` } : undefined;
}

function text(field: string, value: string): Wrong {
  return name(field, value, MOST_CHARACTERS);
}

function version(asked: string | undefined, loaded: string): Wrong {
  if (asked === "") return { field: "modelVersion", message: "must not be empty" };
  return asked === undefined || asked === loaded
    ? undefined
    : { field: "modelVersion", message: `must be ${loaded}` };
}

function refuse(wrong: readonly Wrong[]): void {
  const violations = wrong.filter((violation) => violation !== undefined).slice(0, MOST_VIOLATIONS);
  const [only, ...more] = violations;
  if (!only) return;
  if (more.length === 0) throw invalid(only.field, only.message);
  const message = violations.map((violation) => `${violation.field} ${violation.message}`).join("; ");
  throw new ServiceError("INVALID_ARGUMENT", message, violations);
}
