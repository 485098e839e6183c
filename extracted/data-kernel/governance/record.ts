import { z } from "zod";
import type { Redacted, RedactRequest, StoreCommit } from "../store/port.ts";

const record = z.object({
  result: z.object({
    documents: z.number(),
    versions: z.number(),
    branches: z.array(z.string()),
    elsewhere: z.array(z.string()),
  }),
});

/** Where a redaction is put on record: who did it, when, why, what was masked and how much, but no value. */
export function recordOf({ branch, key }: RedactRequest) {
  const [environment] = branch.split("/");
  const name = `redaction/${branch}/${key}`;
  return { branch: `${environment}/kernel/audit`, key: name, id: name };
}

export function recordCommit(request: RedactRequest, result: Redacted): StoreCommit {
  const { branch, key, id } = recordOf(request);
  const { author, reason, timeMs, documents, types, fields, fingerprint, traceId } = request;
  const { repeated: _, remains: __, ...counts } = result;
  const body = { branch: request.branch, key: request.key, author, reason, timeMs, documents, types, fields };
  return {
    branch,
    key,
    fingerprint,
    author,
    message: "a redaction",
    traceId,
    timeMs,
    writes: [{ put: { id, type: "Redaction", body: JSON.stringify({ ...body, result: counts }) } }],
    preconditions: [],
  };
}

/** The result that is on record. */
export function recorded(body: string): Redacted {
  return { ...record.parse(JSON.parse(body)).result, repeated: true, remains: [] };
}
