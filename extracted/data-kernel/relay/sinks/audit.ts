import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { OWN_SERVICE } from "../../own.ts";
import type { Change, Store } from "../../store/port.ts";
import type { Telling } from "../passed-over.ts";
import type { Entry, Part, Sink } from "../sink.ts";

/** Whom the default policy lets write there. */
const AUTHOR = `relay@${OWN_SERVICE}`;
const TYPE = "Audit";
/** The changes of a commit that its record names; the log has them all. */
const MOST_NAMED = 500;

/**
 * Keeps a document of every commit on the environment's branch `kernel/audit`: who, when, in which trace, what was
 * changed, without the contents. A commit has one, however often it is delivered; one that changed nothing of what is
 * told has none.
 */
export function auditSink(store: Store, { telling, now = Date.now }: AuditOptions): Sink {
  const prepared = new Set<string>();
  const prepare = async (audit: string) => {
    if (prepared.has(audit)) return;
    await store.createBranch({ name: audit, origin: "", at: "", timeMs: now() });
    prepared.add(audit);
  };
  return {
    name: "audit",
    wants: () => true,
    entriesOf: (part) => {
      const told = toldOf(part, telling);
      const { commit, skip: n } = part;
      return told.length > 0 ? [{ commit, n, key: commit.id, changes: told.slice(0, MOST_NAMED) }] : [];
    },
    most: 100,
    gatherMs: 200,
    deliver: async (branch, entries) => {
      const audit = auditBranch(branch);
      await prepare(audit);
      await record(store, audit, { branch, entries, timeMs: now() });
    },
    close: async () => undefined,
  };
}

export type AuditOptions = {
  readonly telling: Telling;
  /** Unix milliseconds. */
  readonly now?: () => number;
};

/** Where only some are told, the first of them may be in any part; the record is of the part that comes first. */
function toldOf({ commit, changes, skip }: Part, telling: Telling): readonly Change[] {
  const isTold = telling(commit.branch);
  if (isTold) return changes.filter(isTold);
  return skip === 0 ? changes : [];
}

/** `dev/oms/main` is audited on `dev/kernel/audit`. */
function auditBranch(branch: string): string {
  return `${branch.split("/")[0]}/kernel/audit`;
}

const auditId = (branch: string, commit: string): string => `${TYPE}/${branch}/${commit}`;

type Batch = { readonly branch: string; readonly entries: readonly Entry[]; readonly timeMs: number };

/** In one commit, less those that an earlier try has recorded. */
async function record(store: Store, audit: string, { branch, entries, timeMs }: Batch): Promise<void> {
  for (let left = entries; left.length > 0; ) {
    const ids = left.map(({ commit }) => commit.id);
    const key = `${branch}/${ids[0]}/${ids.at(-1)}`;
    try {
      await store.commit({
        branch: audit,
        key,
        fingerprint: key,
        author: AUTHOR,
        message: `audit ${left.length} of ${branch}`,
        traceId: left.length === 1 ? (left[0]?.commit.traceId ?? "") : "",
        timeMs,
        writes: left.map((entry) => ({ put: documentOf(branch, entry) })),
        preconditions: ids.map((id) => ({ absent: auditId(branch, id) })),
      });
      return;
    } catch (error) {
      const there = recorded(error);
      if (there.size === 0) throw error;
      left = left.filter((_, index) => !there.has(`preconditions[${index}]`));
    }
  }
}

function recorded(error: unknown): Set<string> {
  const aborted = error instanceof ServiceError && error.code === "ABORTED";
  return new Set(aborted ? error.violations.map(({ field }) => field) : []);
}

function documentOf(branch: string, { commit, changes }: Entry) {
  const { id, key, author, message, traceId, timeMs, sequence } = commit;
  const body = {
    branch,
    commit: id,
    key,
    author,
    message,
    traceId,
    time: new Date(timeMs).toISOString(),
    sequence,
    changes: changes.map(nameOf),
  };
  return { id: auditId(branch, id), type: TYPE, body: JSON.stringify(body) };
}

function nameOf({ kind, document }: Change) {
  return { kind, id: document.id, type: document.type };
}
