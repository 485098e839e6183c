import assert from "node:assert/strict";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Store, StoreCommit, Write } from "../port.ts";

/** What a store has to keep, by the sentence that says it. */
export type Promises = Readonly<Record<string, (store: Store) => Promise<void>>>;

let branches = 0;

/** A branch of the test's own. */
export async function newBranch(store: Store): Promise<string> {
  branches += 1;
  const name = `test/store/b${branches}`;
  await store.createBranch({ name, origin: "", at: "", timeMs: 1000 });
  return name;
}

export function put(id: string, body: string, type = "Note"): Write {
  return { put: { id, type, body } };
}

let keys = 0;

export function commitOf(branch: string, writes: Write[], more: Partial<StoreCommit> = {}): StoreCommit {
  keys += 1;
  return {
    branch,
    key: `key-${keys}`,
    fingerprint: "same",
    author: "alice@oms",
    message: "as asked",
    traceId: "0af7651916cd43dd8448eb211c80319c",
    timeMs: 1000,
    writes,
    preconditions: [],
    ...more,
  };
}

/** The ServiceError `call` rejects with, as code and fields. */
export async function refusal(call: Promise<unknown>): Promise<{ code: string; fields: string[] }> {
  const error = await call.then(
    () => assert.fail("was not refused"),
    (thrown: unknown) => thrown,
  );
  assert(error instanceof ServiceError, String(error));
  return { code: error.code, fields: error.violations.map(({ field }) => field) };
}

/** Commits and gives the commit's id. */
export async function write(
  store: Store,
  branch: string,
  writes: Write[],
  more: Partial<StoreCommit> = {},
): Promise<string> {
  const { commit } = await store.commit(commitOf(branch, writes, more));
  return commit?.id ?? assert.fail("nothing was committed");
}

export async function bodyOf(store: Store, branch: string, id: string, at = ""): Promise<string | undefined> {
  return (await store.get({ branch, id, at })).document?.body;
}

/** A query for all of a type, lowest id first. */
export const FORWARD = { prefix: "", descending: false } as const;

/** Of every page: one holds no more than PAGE_BYTES, however many are asked for. */
export async function idsOf(store: Store, branch: string, at = "", type = "Note"): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const page = await store.query({ branch, type, at, ...FORWARD, afterId: ids.at(-1) ?? "", limit: 1000 });
    ids.push(...page.documents.map(({ id }) => id));
    if (!page.more) return ids;
  }
}
