import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { recordCommit, recorded, recordOf } from "../../governance/record.ts";
import { inspectReferences } from "../../hooks/inspect.ts";
import { refuseFrozen } from "../freeze.ts";
import type { Redacted, RedactRequest } from "../port.ts";
import { createBranch } from "./branches.ts";
import { commit, commitBeside } from "./commits.ts";
import type { Connection } from "./connection.ts";
import { get } from "./documents.ts";
import { type BranchSnapshot, readBranch } from "./moment.ts";
import { commitAt, documentId, keyId, readCommit, readDocument, readPlace } from "./records.ts";
import { askedOf } from "./staging.ts";
import { maskedRecords, type Shown, survey } from "./survey.ts";

const REMAINS = [
  "reads as of a commit before the redaction show the values: TerminusDB changes no state that a branch ever had",
  "the server's files hold them until the documents are brought into a new database without this history",
];

/**
 * One transaction a branch, and the record when all are done: a redaction that was interrupted is done again, and
 * masks what is left.
 */
export async function redact({ masked, record }: Where, request: RedactRequest): Promise<Redacted> {
  const first = await firstResult(record, request);
  if (first) return { ...first, remains: REMAINS };
  const { showing, redacted } = await survey(masked.database, request);
  for (const { moment } of showing) {
    refuseFrozen(moment.head.freeze, { token: "", nowMs: request.timeMs, field: "branch" });
  }
  for (const shown of showing) await maskOn(masked, request, shown);
  const { branch: name } = recordOf(request);
  await createBranch(record, { name, origin: "", at: "", timeMs: request.timeMs });
  await commit({ ...record, inspect: inspectReferences }, askedOf(recordCommit(request, redacted)));
  return { ...redacted, remains: REMAINS };
}

type Where = {
  readonly masked: Connection;
  /** Where the redaction is written down. */
  readonly record: Connection;
};

export async function evaluateRedaction({ database }: Connection, request: RedactRequest): Promise<Redacted> {
  const { redacted } = await survey(database, request);
  return { ...redacted, remains: REMAINS };
}

async function firstResult({ database }: Connection, request: RedactRequest): Promise<Redacted | undefined> {
  const { branch, key, id } = recordOf(request);
  const read = await readBranch(database, branch, { ids: [keyId(key)] }).catch(unlessMissing);
  const place = read && readPlace(read.documents.get(keyId(key)));
  if (!read || !place) return undefined;
  const { documents } = await database.read(`commit/${read.commit}`, [commitAt(place.position)]);
  if (readCommit(documents.get(commitAt(place.position))).fingerprint !== request.fingerprint) {
    const message = "was used for another redaction";
    throw new ServiceError("ALREADY_EXISTS", `key ${message}`, [{ field: "key", message }]);
  }
  const { document } = await get(database, { branch, id, at: "" });
  return { ...recorded(document?.body ?? ""), remains: REMAINS };
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof ServiceError) || error.code !== "NOT_FOUND") throw error;
}

/** Masks what the branch's records say of its history, and commits the documents that still stand as they were. */
async function maskOn(connection: Connection, request: RedactRequest, shown: Shown): Promise<void> {
  const { branch } = shown.moment.head;
  const ids = [...new Set(shown.hits.map(({ entry }) => documentId(entry.id)))];
  const read = await readBranch(connection.database, branch, { ids });
  const standing = shown.hits.filter(({ entry }) => revisionOf(read, entry.id) === entry.revision);
  const telling = {
    branch,
    key: `redaction/${request.branch}/${request.key}`,
    fingerprint: request.fingerprint,
    author: request.author,
    message: "fields were redacted",
    traceId: request.traceId,
    timeMs: request.timeMs,
    writes: standing.map(({ entry: { id, type }, masked: body }) => ({ put: { id, type, body } })),
    preconditions: standing.map(({ entry: { id, revision } }) => ({ revision: { id, revision } })),
  };
  const besides = await maskedRecords(connection.database, shown);
  await commitBeside({ ...connection, inspect: inspectReferences }, askedOf(telling), besides);
}

function revisionOf({ documents }: BranchSnapshot, id: string): string | undefined {
  const stored = documents.get(documentId(id));
  return stored === undefined ? undefined : readDocument(stored).revision;
}
