import { z } from "zod";
import { isJsonObject } from "./json-object.ts";
import {
  DEFAULT_PAGE_SIZE,
  MAX_BODY_BYTES,
  MAX_COMMIT_WRITES,
  MAX_ID_LENGTH,
  MAX_PAGE_SIZE,
  MAX_WRITES,
} from "./limits.ts";
import type { Precondition, Write } from "./store/port.ts";

const MAX_MESSAGE_LENGTH = 1000;
const MAX_BRANCH_LENGTH = 200;
const OBJECT = "must be an object";
const AGE_RULE = "must be a whole number of milliseconds; 0 for what the policy says";
const SEGMENT = /^[a-z0-9][a-z0-9-_.]*$/;

/** Text that comes back from any store as it went in. */
export const text = (max: number) =>
  z
    .string("must be a string")
    .max(max, `must be at most ${max} characters`)
    .refine((value) => value.isWellFormed(), "must be well-formed Unicode");

/** Text that names something. */
export const name = (max: number) =>
  text(max)
    .min(1, "must not be empty")
    .refine((value) => !/\p{Cc}/u.test(value), "must not hold control characters");

export const id = name(MAX_ID_LENGTH);
export const type = name(MAX_ID_LENGTH);
export const branch = name(MAX_ID_LENGTH);
/** A commit id, BEGINNING, or "" for what the field's own default is. */
const commit = text(MAX_ID_LENGTH).default("");
export const mode = z.enum(["live", "shadow"], "must be live or shadow");

const body = z
  .string("must be the text of a JSON object")
  .refine((text) => Buffer.byteLength(text) <= MAX_BODY_BYTES, {
    error: `must be at most ${MAX_BODY_BYTES} bytes`,
    abort: true,
  })
  .refine((text) => text.isWellFormed(), { error: "must be well-formed Unicode", abort: true })
  .refine(isJsonObject, "must be the text of a JSON object");

const write = z
  .strictObject({ put: z.strictObject({ id, type, body }, OBJECT).optional(), delete: id.optional() }, OBJECT)
  .transform((given, context): Write => {
    const { put, delete: removed } = given;
    return exactlyOne([put && { put }, removed === undefined ? undefined : { delete: removed }], context);
  });

const precondition = z
  .strictObject(
    {
      absent: id.optional(),
      revision: z.strictObject({ id, revision: name(MAX_ID_LENGTH) }, OBJECT).optional(),
      head: text(MAX_ID_LENGTH).optional(),
    },
    OBJECT,
  )
  .transform(({ absent, revision, head }, context): Precondition => {
    const conditions = [
      absent === undefined ? undefined : { absent },
      revision && { revision },
      head === undefined ? undefined : { head },
    ];
    return exactlyOne<Precondition>(conditions, context);
  });

const terms = {
  branch,
  key: name(MAX_ID_LENGTH),
  mode,
  message: text(MAX_MESSAGE_LENGTH).min(1, "must not be empty"),
  fingerprint: text(MAX_ID_LENGTH).default(""),
  at: commit,
};
const writes = z.array(write, "must be a list").max(MAX_WRITES, `must be at most ${MAX_WRITES}`);
const preconditions = z
  .array(precondition, "must be a list")
  .max(MAX_WRITES, `must be at most ${MAX_WRITES}`)
  .default([]);

const onlyShadowAsOf = {
  when: ({ mode, at }: { readonly mode: string; readonly at: string }) => mode !== "live" || at === "",
  otherwise: { path: ["at"], error: "must be empty unless mode is shadow" },
};

export const commitInput = z
  .strictObject({
    ...terms,
    writes: writes.min(1, "must not be empty").superRefine(refuseDuplicates),
    preconditions,
  })
  .refine(onlyShadowAsOf.when, onlyShadowAsOf.otherwise);

/** What the first frame of a commit says besides its writes and preconditions. */
export const termsInput = z.strictObject(terms).refine(onlyShadowAsOf.when, onlyShadowAsOf.otherwise);

export const frameInput = z.strictObject({
  terms: z.unknown().optional(),
  writes: writes.superRefine(refuseDuplicates).default([]),
  preconditions,
  last: z.boolean("must be true or false").default(false),
});

const pageSize = count(MAX_PAGE_SIZE, DEFAULT_PAGE_SIZE);
const pageToken = z.string("must be a string").default("");
const prefix = text(MAX_ID_LENGTH).default("");

export const getInput = z.strictObject({ branch, id, at: commit });
export const streamInput = z.strictObject({
  branch,
  type,
  at: commit,
  afterId: text(MAX_ID_LENGTH).default(""),
  prefix,
});
export const queryInput = z.strictObject({
  branch,
  type,
  at: commit,
  prefix,
  descending: z.boolean("must be true or false").default(false),
  pageSize,
  pageToken,
});
export const logInput = z.strictObject({ branch, at: commit, pageSize, pageToken });
export const historyInput = z.strictObject({ branch, id, at: commit, pageSize, pageToken });
export const changesInput = z.strictObject({
  branch,
  after: commit,
  at: commit,
  limit: pageSize,
  skip: count(MAX_COMMIT_WRITES, 0),
});

export const branchInput = z
  .strictObject({
    name: name(MAX_BRANCH_LENGTH).refine(
      (path) => path.split("/").length === 3 && path.split("/").every((part) => SEGMENT.test(part)),
      "must be environment/service/purpose, each [a-z0-9][a-z0-9-_.]*",
    ),
    origin: text(MAX_ID_LENGTH).default(""),
    at: commit,
    mode,
    maxAgeMs: z.int(AGE_RULE).min(0, AGE_RULE).default(0),
  })
  .refine(({ origin, at }) => at === "" || origin !== "", { path: ["at"], error: "needs an origin" });

const moment = z.strictObject({ branch, at: commit }, OBJECT);
export const diffInput = z.strictObject({ from: moment, to: moment, pageSize, pageToken });

export const deletionInput = z.strictObject({ name: branch, head: commit, mode });
export const resetInput = z.strictObject({
  name: branch,
  to: name(MAX_ID_LENGTH),
  head: commit,
  mode,
});

const schemaType = name(MAX_ID_LENGTH - "Schema/".length);
const reference = z.strictObject({ pointer: text(MAX_ID_LENGTH), prefix: text(MAX_ID_LENGTH).default("") });

export const getSchemaInput = z.strictObject({ branch, type: schemaType, at: commit });
/** What it shares with a commit is for `commitInput` to judge. */
export const updateSchemaInput = z.strictObject({
  branch,
  type: schemaType,
  schema: body,
  references: z.array(reference, "must be a list").default([]),
  revision: text(MAX_ID_LENGTH).default(""),
  key: z.unknown().optional(),
  message: z.unknown().optional(),
  mode: z.unknown().optional(),
  at: z.unknown().optional(),
});

/** The one alternative given, as in a protobuf oneof. */
function exactlyOne<T extends object>(alternatives: readonly (T | undefined)[], context: z.RefinementCtx): T {
  const [only, ...more] = alternatives.filter((given) => given !== undefined);
  if (only && more.length === 0) return only;
  context.addIssue({ code: "custom", message: "must have exactly one of its alternatives" });
  return z.NEVER;
}

function refuseDuplicates(writes: readonly Write[], context: z.RefinementCtx): void {
  const seen = new Set<string>();
  for (const [index, write] of writes.entries()) {
    const put = "put" in write;
    const id = put ? write.put.id : write.delete;
    if (seen.has(id)) {
      const path = put ? [index, "put", "id"] : [index, "delete"];
      context.addIssue({ code: "custom", path, message: "must be written only once" });
    }
    seen.add(id);
  }
}

/** 0 stands for `preset`, as proto3 has no other way to say nothing. */
function count(max: number, preset: number) {
  const rule = `must be a whole number from 1 to ${max}`;
  return z
    .int(rule)
    .min(0, rule)
    .max(max, rule)
    .default(0)
    .transform((given) => given || preset);
}
