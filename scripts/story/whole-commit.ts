import type { CommitRequest, Doc, Kernel } from "@oms/data-kernel/client.ts";
import { documents, repeated, wholeLog } from "./audit.ts";

const OWN = 3;
const SHARED = ["shared/0", "shared/1"];

type Value = { readonly key: string };

/** A commit that shows when half of it is missing: documents of its own, and some that all commits change together. */
export function wholeCommit(branch: string, key: string): CommitRequest {
  const put = (id: string, type: string) => ({ put: { id, type, body: { key } satisfies Value } });
  const own = Array.from({ length: OWN }, (_, n) => put(`own/${key}/${n}`, "Own"));
  return { branch, key, message: "as asked", writes: [...own, ...SHARED.map((id) => put(id, "Shared"))] };
}

/** Whether all shared documents are of one commit. */
export async function isWhole(kernel: Kernel, branch: string): Promise<boolean> {
  const shared: Doc<Value>[] = [];
  for await (const each of kernel.stream<Value>({ branch, type: "Shared" })) shared.push(each);
  return new Set(shared.map(({ body, revision }) => `${body.key} ${revision}`)).size <= 1;
}

export type Books = { readonly lost: string[]; readonly doubled: string[]; readonly halved: string[] };

/** Compares the branch with what its clients were told: the id of each commit they asked for, by its key. */
export async function auditWhole(
  kernel: Kernel,
  branch: string,
  acknowledged: ReadonlyMap<string, string>,
): Promise<Books> {
  const log = await wholeLog(kernel, branch);
  const ids = new Map(log.map(({ commit }) => [commit.key, commit.id]));
  const own = Map.groupBy(await documents<Value>(kernel, branch, "Own"), ({ key }) => key);
  const shared = await documents<Value>(kernel, branch, "Shared");
  const last = log.at(-1)?.commit.key;
  return {
    lost: [...acknowledged].filter(([key, id]) => ids.get(key) !== id).map(([key]) => key),
    doubled: repeated(log.map(({ commit }) => commit.key)),
    halved: [
      ...log.filter(({ changes }) => changes.length !== OWN + SHARED.length).map(({ commit }) => commit.key),
      ...[...ids.keys()].filter((key) => own.get(key)?.length !== OWN),
      ...shared.filter(({ key }) => key !== last).map(({ key }) => key),
    ],
  };
}
