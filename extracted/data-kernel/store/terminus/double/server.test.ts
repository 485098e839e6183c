import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { and, holds, insert, replace, type Stored } from "../woql.ts";
import { type Double, startDouble } from "./server.ts";

/** Each test holds the double to a sentence of the contract sheet; its section is in the name. */
let double: Double;
before(async () => {
  double = await startDouble({ version: "12.0.5" });
  assert.equal((await ask("POST", "db/o/d", { label: "d", comment: "" })).status, 200);
  const schema = [
    { "@type": "@context", "@base": "terminusdb:///data/", "@schema": "terminusdb:///schema#" },
    {
      "@type": "Class",
      "@id": "Valve",
      state: "xsd:string",
      note: { "@type": "Optional", "@class": "xsd:string" },
    },
  ];
  const query = "author=a&message=m&graph_type=schema&full_replace=true";
  assert.equal((await ask("POST", `document/o/d?${query}`, schema)).status, 200);
});
after(() => double.stop());

type Answer = { status: number; body: Record<string, unknown>; version: string };
type Headers = Record<string, string>;

async function ask(method: string, path: string, body?: unknown, headers: Headers = {}): Promise<Answer> {
  const authorization = `Basic ${Buffer.from(`${double.user}:${double.password}`).toString("base64")}`;
  const response = await fetch(`${double.url}/api/${path}`, {
    method,
    headers: { authorization, ...(body !== undefined && { "content-type": "application/json" }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: text ? (JSON.parse(text) as Record<string, unknown>) : {},
    version: response.headers.get("terminusdb-data-version") ?? "",
  };
}

const errorOf = ({ status, body }: Answer) => {
  const error = body["api:error"] as Record<string, unknown> | undefined;
  return [status, error?.["@type"]];
};

let valves = 0;
const valve = (state: string): Stored => {
  valves += 1;
  return { "@id": `Valve/v${valves}`, "@type": "Valve", state };
};
const WRITE = "author=a&message=m";
const put = (path: string, document: Stored, headers: Headers = {}) =>
  ask("PUT", `document/${path}?${WRITE}&create=true`, document, headers);
const woql = (path: string, query: object) =>
  ask("POST", `woql/${path}`, { query, commit_info: { author: "a", message: "m" } });
const read = async (path: string, id: string) =>
  (await ask("GET", `document/${path}?id=${id}&as_list=true`)).body as unknown as Stored[];

/** A branch with one commit. */
let branches = 0;
async function newBranch(): Promise<string> {
  branches += 1;
  const path = `o/d/local/branch/t${branches}`;
  assert.equal((await ask("POST", `branch/${path}`, { origin: "o/d/local/branch/main" })).status, 200);
  return path;
}

test("2: an unknown branch is 400, an unknown database 404, an unknown commit in a path 500", async () => {
  const branch = await ask("GET", "document/o/d/local/branch/none?id=Valve/v1");
  assert.deepEqual(errorOf(branch), [400, "api:UnresolvableAbsoluteDescriptor"]);
  assert.deepEqual(errorOf(await ask("GET", "document/o/none")), [404, "api:UnknownDatabase"]);
  const commit = await ask("GET", "document/o/d/local/commit/none?id=Valve/v1");
  assert.deepEqual(errorOf(commit), [500, "api:InternalServerError"]);
});

test("0.7: no credentials are 403 without a type, wrong ones 401", async () => {
  const none = await ask("GET", "document/o/d", undefined, { authorization: "" });
  assert.deepEqual(errorOf(none), [401, "api:IncorrectAuthenticationError"]);
  const anonymous = await fetch(`${double.url}/api/document/o/d`);
  assert.equal(anonymous.status, 403);
  assert.equal("@type" in ((await anonymous.json()) as object), false);
});

test("0.2 and 2: what is there, what is not and what has another version are all 400 or 404, by type", async () => {
  const path = await newBranch();
  const one = valve("open");
  await put(path, one);
  const insertAgain = await ask("POST", `document/${path}?${WRITE}`, one);
  assert.deepEqual(errorOf(insertAgain), [400, "api:DocumentIdAlreadyExists"]);
  const missing = await ask("PUT", `document/${path}?${WRITE}`, valve("open"));
  assert.deepEqual(errorOf(missing), [404, "api:DocumentNotFound"]);
  const stale = await put(path, valve("open"), { "terminusdb-data-version": "branch:0000" });
  assert.deepEqual(errorOf(stale), [400, "api:DataVersionMismatch"]);
  const wrong = await ask("POST", `document/${path}?${WRITE}`, { ...valve("open"), colour: "red" });
  assert.deepEqual(errorOf(wrong), [400, "api:UnrecognizedProperty"]);
  const none = await ask("POST", `document/${path}?${WRITE}`, { "@id": "Valve/x", "@type": "Valve" });
  assert.deepEqual(errorOf(none), [400, "api:SchemaCheckFailure"]);
});

test("0.3: two writers with one version in the header both win, for only the first look at it counts", async () => {
  const path = await newBranch();
  const { version } = await put(path, valve("open"));
  const arrived = rendezvous(2);
  const repository = double.databases.get("o/d");
  assert(repository);
  repository.beforeCommit = arrived;
  const writers = ["shut", "ajar"].map((state) =>
    put(path, valve(state), { "terminusdb-data-version": version }),
  );
  const answers = await Promise.all(writers);
  repository.beforeCommit = async () => {};
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200],
  );
  assert.notEqual(answers[0]?.version, answers[1]?.version);
});

test("0.4: of two writers with one condition in WOQL one wins, and the other has no bindings", async () => {
  const path = await newBranch();
  const one = valve("open");
  await put(path, one);
  const repository = double.databases.get("o/d");
  assert(repository);
  repository.beforeCommit = rendezvous(2);
  const swap = (state: string) => and([holds(one["@id"], "state", "open"), replace({ ...one, state })]);
  const answers = await Promise.all(["shut", "ajar"].map((state) => woql(path, swap(state))));
  repository.beforeCommit = async () => {};
  const won = answers.filter(({ body }) => (body["bindings"] as unknown[]).length === 1);
  assert.equal(won.length, 1);
});

/** Holds back those who come until so many are there. */
function rendezvous(size: number): () => Promise<void> {
  let waiting: (() => void)[] = [];
  let open = false;
  return async () => {
    if (open) return;
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (waiting.length < size) return;
      open = true;
      for (const release of waiting) release();
      waiting = [];
    });
  };
}

test("3: a write that changes nothing answers the version that was there", async () => {
  const path = await newBranch();
  const one = valve("open");
  const { version } = await put(path, one);
  assert.equal((await put(path, one)).version, version);
  const nothing = await woql(path, and([holds(one["@id"], "state", "shut"), insert(valve("open"))]));
  assert.deepEqual([nothing.body["bindings"], nothing.version], [[], version]);
});

test("0.9: before 12.0.6 a charset and raw non-ASCII are 200 [] and store nothing", async () => {
  const path = await newBranch();
  const headers = { "content-type": "application/json; charset=utf-8" };
  const one = valve("열림");
  const lost = await put(path, one, headers);
  assert.deepEqual([lost.status, lost.body], [200, []]);
  assert.deepEqual(errorOf(await ask("GET", `document/${path}?id=${one["@id"]}`)), [
    404,
    "api:DocumentNotFound",
  ]);
  await put(path, one);
  assert.deepEqual(await read(path, one["@id"]), [one]);
});

test("2 and 3: ids that are not there are passed over; one alone is an error before 12.0.6", async () => {
  const path = await newBranch();
  const one = valve("open");
  await put(path, one);
  const ids = encodeURIComponent(JSON.stringify([one["@id"], "Valve/none"]));
  assert.deepEqual((await ask("GET", `document/${path}?ids=${ids}&as_list=true`)).body, [one]);
  const alone = await ask("GET", `document/${path}?id=Valve/none&as_list=true`);
  assert.deepEqual(errorOf(alone), [404, "api:DocumentNotFound"]);
});

test("6: a branch starts at a commit, goes back to one, and its deletion takes no commit away", async () => {
  const path = await newBranch();
  const one = valve("open");
  const first = (await put(path, one)).version.slice("branch:".length);
  const second = (await put(path, { ...one, state: "shut" })).version.slice("branch:".length);
  const copy = `${path}-copy`;
  await ask("POST", `branch/${copy}`, { origin: `o/d/local/commit/${first}` });
  assert.equal((await read(copy, one["@id"]))[0]?.["state"], "open");
  const again = await ask("POST", `branch/${copy}`, { origin: `o/d/local/commit/${first}` });
  assert.deepEqual(errorOf(again), [400, "api:BranchExistsError"]);
  await ask("POST", `reset/${path}`, { commit_descriptor: first });
  assert.equal((await read(path, one["@id"]))[0]?.["state"], "open");
  const unknown = await ask("POST", `reset/${path}`, { commit_descriptor: "none" });
  assert.deepEqual(errorOf(unknown), [400, "api:UnresolvableCommitId"]);
  await ask("DELETE", `branch/${path}`);
  assert.deepEqual(errorOf(await ask("DELETE", `branch/${path}`)), [400, "api:BranchDoesNotExistError"]);
  assert.equal((await read(`o/d/local/commit/${second}`, one["@id"]))[0]?.["state"], "shut");
  assert.deepEqual(errorOf(await ask("DELETE", "branch/o/d/local/branch/main")), [
    400,
    "api:BranchMainDeletionError",
  ]);
});

test("6 and 7: a squash is on no branch until one is reset to it, and then has no parent in the log", async () => {
  const path = await newBranch();
  const one = valve("open");
  await put(path, one);
  await put(path, { ...one, state: "shut" });
  const log = async () => (await ask("GET", `log/${path}`)).body as unknown as object[];
  const before = await log();
  const info = { commit_info: { author: "a", message: "squash" } };
  const made = String((await ask("POST", `squash/${path}`, info)).body["api:commit"]);
  assert.deepEqual(await log(), before);
  await ask("POST", `reset/${path}`, { commit_descriptor: made });
  assert.equal((await log()).length, 1);
  assert.equal((await read(path, one["@id"]))[0]?.["state"], "shut");
});

test("8: a diff of two versions says what was swapped, and refuses a version it does not know", async () => {
  const path = await newBranch();
  const one = valve("open");
  const before_data_version = (await put(path, one)).version;
  const after_data_version = (await put(path, { ...one, state: "shut" })).version;
  const diff = await ask("POST", "diff/o/d", { before_data_version, after_data_version });
  const swap = { "@op": "SwapValue", "@before": "open", "@after": "shut" };
  assert.deepEqual(diff.body, [{ "@id": one["@id"], state: swap }]);
  const unknown = await ask("POST", "diff/o/d", { before_data_version, after_data_version: "none" });
  assert.deepEqual(errorOf(unknown), [400, "api:NotValidRefError"]);
});

test("2: a transaction that is overtaken every time ends in a 500 without a type", async () => {
  const path = await newBranch();
  const repository = double.databases.get("o/d");
  assert(repository);
  const other = valve("open");
  let rivals = 0;
  repository.beforeCommit = async () => {
    rivals += 1;
    repository.point("rival", repository.headOf("main", "test").id);
  };
  const answer = await put(path, other);
  repository.beforeCommit = async () => {};
  repository.remove("rival");
  assert.deepEqual(errorOf(answer), [500, undefined]);
  assert.match(String(answer.body["api:message"]), /^Transaction retry count exceeded/);
  assert(rivals > 1);
});
