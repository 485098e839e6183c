import { isStored, type Reply, requireVersion } from "./documents.ts";
import { problem } from "./problem.ts";
import type { Doc, Info, Repository, State } from "./repository.ts";
import type { Request } from "./request.ts";
import { validated } from "./validate.ts";

type Node = { readonly "@type": string; readonly [part: string]: unknown };
type Binding = Readonly<Record<string, unknown>>;
type Literal = { readonly "@type": "xsd:string"; readonly "@value": string };

const OPERATION = "Woql";
const WRITES: ReadonlySet<string> = new Set(["InsertDocument", "UpdateDocument", "DeleteDocument"]);

/** A transaction as it goes: each write is seen by what comes after it. */
type Run = { state: State };

export function select(state: State, request: Request): Reply {
  return { body: replyOf([...solve(queryIn(request), {}, { state })]) };
}

/** All solutions are found again on every retry, conditions included (contract sheet, 0.4). */
export async function run(repository: Repository, branch: string, request: Request): Promise<Reply> {
  requireVersion(repository, branch, request);
  const query = queryIn(request);
  if (!writes(query)) {
    const head = repository.headOf(branch, OPERATION);
    return { ...select(head, request), version: `branch:${head.id}` };
  }
  const info = (request.body as { commit_info?: Info }).commit_info;
  if (!info) throw problem(OPERATION, "MissingParameter", { "api:parameter": "commit_info" });
  let bindings: Binding[] = [];
  const commit = await repository.transact(branch, { operation: OPERATION, info }, (state) => {
    const transaction: Run = { state };
    bindings = [...solve(query, {}, transaction)];
    return transaction.state;
  });
  return { body: replyOf(bindings), version: `branch:${commit.id}` };
}

function queryIn(request: Request): Node {
  return (request.body as { query: Node }).query;
}

function writes(query: Node): boolean {
  if (WRITES.has(query["@type"])) return true;
  const parts = [query["query"], ...((query["and"] as unknown[] | undefined) ?? [])];
  return parts.some((part) => part !== undefined && writes(part as Node));
}

function replyOf(bindings: readonly Binding[]) {
  const names = [...new Set(bindings.flatMap((binding) => Object.keys(binding)))];
  return {
    "@type": "api:WoqlResponse",
    "api:status": "api:success",
    "api:variable_names": names,
    bindings,
    inserts: 0,
    deletes: 0,
    transaction_retry_count: 0,
  };
}

function* solve(query: Node, binding: Binding, run: Run): Generator<Binding> {
  switch (query["@type"]) {
    case "And":
      yield* solveAll(query["and"] as Node[], binding, run);
      return;
    case "Select":
      for (const found of solve(query["query"] as Node, binding, run)) {
        const names = query["variables"] as string[];
        yield Object.fromEntries(names.map((name) => [name, found[name]]));
      }
      return;
    case "Triple":
      yield* triples(query, binding, run.state);
      return;
    default:
      apply(query, run);
      yield binding;
  }
}

/** Depth first, and without recursion: a transaction may have tens of thousands of parts. */
function* solveAll(parts: readonly Node[], binding: Binding, run: Run): Generator<Binding> {
  let found: Binding[] = [binding];
  for (const part of parts) {
    if (found.length === 0) return;
    found = found.flatMap((each) => [...solve(part, each, run)]);
  }
  yield* found;
}

function* triples(query: Node, binding: Binding, { documents }: State): Generator<Binding> {
  const [subject, predicate, object] = ["subject", "predicate", "object"].map((part) => query[part] as Node);
  if (!subject || !predicate || !object) throw problem(OPERATION, "WOQLSyntaxError");
  const known = knownOf(subject, binding);
  const candidates = known === undefined ? documents.values() : [documents.get(String(known))];
  for (const document of candidates) {
    if (!document) continue;
    const withSubject = unify(subject, document["@id"], binding);
    if (!withSubject) continue;
    for (const [field, value] of edgesOf(document, knownOf(predicate, withSubject))) {
      const withPredicate = unify(predicate, field, withSubject);
      const solution = withPredicate && unify(object, value, withPredicate);
      if (solution) yield solution;
    }
  }
}

function* edgesOf(document: Doc, field: unknown): Generator<[string, Literal]> {
  const fields =
    typeof field === "string" ? [field] : Object.keys(document).filter((name) => name[0] !== "@");
  for (const name of fields) {
    const values = [document[name] ?? []].flat();
    for (const value of values) yield [name, { "@type": "xsd:string", "@value": String(value) }];
  }
}

function knownOf(part: Node, binding: Binding): unknown {
  if (part["variable"] !== undefined) return binding[String(part["variable"])];
  return part["node"] ?? part["data"];
}

function unify(part: Node, value: unknown, binding: Binding): Binding | undefined {
  const known = knownOf(part, binding);
  if (known === undefined) return { ...binding, [String(part["variable"])]: value };
  return JSON.stringify(known) === JSON.stringify(value) ? binding : undefined;
}

function apply(query: Node, run: Run): void {
  const { schema, documents } = run.state;
  if (query["@type"] === "DeleteDocument") {
    const id = String((query["identifier"] as Node)["node"]);
    if (!documents.has(id)) throw problem(OPERATION, "DocumentNotFound", { "api:document_id": id }, 404);
    const rest = writable(run);
    rest.delete(id);
    return;
  }
  if (!WRITES.has(query["@type"])) throw problem(OPERATION, "WOQLSyntaxError");
  const document = validated(OPERATION, plain(query["document"] as Node), schema);
  const there = documents.has(document["@id"]);
  if (query["@type"] === "InsertDocument" && there) {
    throw problem(OPERATION, "DocumentIdAlreadyExists", { "api:document_id": document["@id"] });
  }
  if (query["@type"] === "UpdateDocument" && !there) {
    throw problem(OPERATION, "DocumentNotFound", { "api:document_id": document["@id"] }, 404);
  }
  if (isStored(document, documents)) return;
  writable(run).set(document["@id"], document);
}

/** The transaction's own copy of the documents, made at its first write. */
function writable(run: Run): Map<string, Doc> {
  const own = COPIES.get(run);
  if (own) return own;
  const copy = new Map(run.state.documents);
  COPIES.set(run, copy);
  run.state = { schema: run.state.schema, documents: copy };
  return copy;
}

const COPIES = new WeakMap<Run, Map<string, Doc>>();

/** A document from its dictionary template. */
function plain(value: Node): unknown {
  if (value["list"] !== undefined) return (value["list"] as Node[]).map(plain);
  if (value["data"] !== undefined) {
    const data = value["data"];
    return typeof data === "object" && data !== null ? (data as Literal)["@value"] : data;
  }
  const { data } = value["dictionary"] as { data: { field: string; value: Node }[] };
  return Object.fromEntries(data.map((pair) => [pair.field, plain(pair.value)]));
}
