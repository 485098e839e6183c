import { bareProblem, problem } from "./problem.ts";
import type { Doc, Documents, Info, Repository, Schema, State } from "./repository.ts";
import type { Request } from "./request.ts";
import { validated } from "./validate.ts";

export type Reply = { readonly status?: number; readonly body?: unknown; readonly version?: string };

/** GET: ids that are not there are passed over; one `id` that is not there is an error, or `[]` (contract sheet, 2). */
export function read(state: State, request: Request): unknown[] {
  const schemaAsked = request.parameter("graph_type") === "schema";
  if (schemaAsked) return [...state.schema];
  const { documents } = state;
  const id = request.parameter("id");
  if (id !== undefined) {
    const found = documents.get(String(id));
    if (found) return [found];
    if (request.parameter("as_list") === "true" && request.version >= "12.0.6") return [];
    throw problem("GetDocument", "DocumentNotFound", { "api:document_id": id }, 404);
  }
  const ids = request.parameter("ids");
  if (ids !== undefined) return idsOf(ids).flatMap((each) => documents.get(each) ?? []);
  const type = request.parameter("type");
  return [...documents.values()].filter((document) => type === undefined || document["@type"] === type);
}

function idsOf(given: unknown): string[] {
  return (typeof given === "string" ? JSON.parse(given) : given) as string[];
}

export async function write(repository: Repository, branch: string, request: Request): Promise<Reply> {
  const operation = { POST: "InsertDocument", PUT: "ReplaceDocument", DELETE: "DeleteDocument" }[
    request.method
  ];
  if (operation === undefined) throw bareProblem(405, "Method not allowed");
  const info = infoOf(request, operation);
  requireVersion(repository, branch, request);
  // Before 12.0.6 a declared charset and raw non-ASCII bytes: 200, and nothing stored (contract sheet, 0.9).
  if (request.method !== "DELETE" && request.isSpoiltByCharset) return { body: [] };
  const schemaAsked = request.query.get("graph_type") === "schema";
  let ids: string[] = [];
  const commit = await repository.transact(branch, { operation, info }, (state) => {
    if (schemaAsked) return withSchema(state, request.body);
    if (request.method === "DELETE") return without(state, request);
    const given = Array.isArray(request.body) ? request.body : [request.body];
    const added = given.map((each) => validated(operation, each, state.schema));
    ids = added.map((document) => `terminusdb:///data/${document["@id"]}`);
    refuseTwice(operation, added);
    for (const document of added) checkPresence(operation, document, { state, request });
    return withDocuments(state, added);
  });
  const version = `branch:${commit.id}`;
  return request.method === "DELETE" ? { status: 204, version } : { body: ids, version };
}

/** Tested here alone, before the transaction: a retry inside does not come by (contract sheet, 0.3). */
export function requireVersion(repository: Repository, branch: string, request: Request): void {
  const asked = request.header("terminusdb-data-version");
  if (asked === undefined) return;
  if (!/^[^:]{4,}:[^:]{4,}$/.test(asked)) throw problem("Document", "BadDataVersion");
  const actual = `branch:${repository.headOf(branch, "Document").id}`;
  if (asked === actual) return;
  const fields = { "api:requested_data_version": asked, "api:actual_data_version": actual };
  throw problem("Document", "DataVersionMismatch", fields);
}

/** The same documents again are no change, and so no commit (contract sheet, 3, no-op writes). */
function withDocuments(state: State, added: readonly Doc[]): State {
  if (added.every((each) => isStored(each, state.documents))) return state;
  const documents = new Map(state.documents);
  for (const document of added) documents.set(document["@id"], document);
  return { schema: state.schema, documents };
}

export function isStored(document: Doc, documents: Documents): boolean {
  return JSON.stringify(document) === JSON.stringify(documents.get(document["@id"]));
}

function infoOf(request: Request, operation: string): Info {
  const [author, message] = ["author", "message"].map((name) => {
    const value = request.query.get(name);
    if (value === null) throw problem(operation, "MissingParameter", { "api:parameter": name });
    return value;
  });
  return { author: author ?? "", message: message ?? "" };
}

function withSchema(state: State, body: unknown): State {
  const schema = (Array.isArray(body) ? body : [body]) as Schema;
  if (schema[0]?.["@type"] !== "@context") throw problem("InsertDocument", "NoContextFoundInSchema");
  if (JSON.stringify(schema) === JSON.stringify(state.schema)) return state;
  return { schema, documents: state.documents };
}

function without(state: State, request: Request): State {
  const id = request.query.get("id");
  const ids = id === null ? ((request.body as string[] | undefined) ?? []) : [id];
  if (ids.length === 0) throw problem("DeleteDocument", "MissingTargets");
  const documents = new Map(state.documents);
  for (const each of ids) {
    if (!documents.delete(each)) {
      throw problem("DeleteDocument", "DocumentNotFound", { "api:document_id": each }, 404);
    }
  }
  return { schema: state.schema, documents };
}

function refuseTwice(operation: string, added: readonly Doc[]): void {
  if (new Set(added.map((document) => document["@id"])).size === added.length) return;
  throw problem(operation, "SameDocumentIdsMutatedInOneTransaction");
}

type Where = { readonly state: State; readonly request: Request };

function checkPresence(operation: string, document: Doc, { state, request }: Where): void {
  const id = document["@id"];
  const there = state.documents.has(id);
  const fields = { "api:document_id": `terminusdb:///data/${id}` };
  if (request.method === "POST" && there) throw problem(operation, "DocumentIdAlreadyExists", fields);
  if (request.method === "PUT" && !there && request.query.get("create") !== "true") {
    throw problem(operation, "DocumentNotFound", fields, 404);
  }
}
