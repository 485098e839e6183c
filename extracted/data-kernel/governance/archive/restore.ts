import { createHash } from "node:crypto";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { digestOf } from "../../backup/digest.ts";
import { BEGINNING, PAGE_BYTES } from "../../limits.ts";
import type { Cursor } from "../../rewrite/cursors.ts";
import { documentBytes } from "../../room.ts";
import type { Branch, Exported, Store } from "../../store/port.ts";
import { keepLifetime } from "../lifetime.ts";
import { readArchive, type Whole } from "./read.ts";

type Restoring = {
  readonly store: Store;
  readonly file: string;
  /** Unix milliseconds; the branch's age counts from here. */
  readonly nowMs: number;
  /** Tells whoever follows the branch's commits that it has seen them all: they are no news. */
  readonly seen: (branch: string, at: Cursor) => Promise<void>;
};

/**
 * Makes an archived branch again, with the commit ids, keys, times and documents it had. It is built under a name
 * that nobody follows and gets its own when all of it is there: again after a crash it goes on. ALREADY_EXISTS on
 * `name` when there is such a branch; NOT_FOUND on `origin` or `at` when where it started is gone: restore that
 * first; INVALID_ARGUMENT on `archive` when it is not whole, and nothing was changed.
 */
export async function restoreArchive({ store, file, nowMs, seen }: Restoring): Promise<Branch> {
  const whole = await readArchive(file).catch((cause: unknown) => {
    const message = "must be whole, as it was written";
    throw new ServiceError("INVALID_ARGUMENT", `archive ${message}`, [{ field: "archive", message }], cause);
  });
  const { name, head, origin, originCommit, createdMs } = whole.branch;
  if ((await store.listBranches()).some((branch) => branch.name === name)) throw taken(name);
  const hidden = hiddenNameOf(whole);
  await store.createBranch({ name: hidden, origin, at: originCommit, timeMs: createdMs });
  await importAll(store, file, { hidden, from: originCommit || BEGINNING });
  const made = { ...whole.branch, name: hidden };
  if ((await digestOf(store, made, head || BEGINNING)).sha256 !== whole.digest)
    throw new Error(`what was restored of ${name} is not what ${file} holds; it is left as ${hidden}`);
  await seen(name, { commit: head, sequence: await sequenceOf(store, hidden) });
  await keepLifetime(store, { name, createdMs }, { fromMs: nowMs });
  await store.renameBranch({ name: hidden, to: name });
  return whole.branch;
}

async function sequenceOf(store: Store, branch: string): Promise<number> {
  const { commits } = await store.log({ branch, at: "", beforeSequence: Number.MAX_SAFE_INTEGER, limit: 1 });
  return commits[0]?.sequence ?? 0;
}

async function importAll(
  store: Store,
  file: string,
  { hidden, from }: { readonly hidden: string; readonly from: string },
): Promise<void> {
  let batch: Exported[] = [];
  let bytes = 0;
  // A commit's parts have one parent: the commit before it.
  let after = from;
  let parent = from;
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await store.importCommits({ branch: hidden, after, commits: batch });
    [batch, bytes] = [[], 0];
  };
  let last = from;
  await readArchive(file, async (exported) => {
    const goesOn = exported.commit.id === last;
    if (!goesOn) parent = last;
    if (goesOn || bytes >= PAGE_BYTES) await flush();
    if (batch.length === 0) after = parent;
    batch.push(exported);
    for (const { document } of exported.changes) bytes += documentBytes(document);
    last = exported.commit.id;
  });
  await flush();
}

/** The same for the same archive, so that it goes on after a crash; nobody follows the branches of service `kernel`. */
function hiddenNameOf({ branch: { name, head }, archivedMs }: Whole): string {
  const [environment] = name.split("/");
  const hash = createHash("sha256").update(`${name}\n${head}\n${archivedMs}`).digest("hex");
  return `${environment}/kernel/restoring-${hash.slice(0, 16)}`;
}

function taken(name: string): ServiceError {
  const message = `there is a branch ${name}`;
  return new ServiceError("ALREADY_EXISTS", message, [{ field: "name", message }]);
}
