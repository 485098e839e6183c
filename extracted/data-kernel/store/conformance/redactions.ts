import assert from "node:assert/strict";
import type { RedactRequest } from "../port.ts";
import { bodyOf, newBranch, type Promises, put, refusal, write } from "./fixture.ts";

export function redactionOf(branch: string, more: Partial<RedactRequest> = {}): RedactRequest {
  return {
    branch,
    documents: [],
    types: ["Note"],
    fields: ["/email"],
    key: "ticket-7",
    fingerprint: "same",
    author: "dpo@kernel",
    reason: "asked to be forgotten",
    traceId: "",
    timeMs: 7,
    ...more,
  };
}

const ANN = '{"email":"ann@example.org","n":1.50}';
const MASKED = '{"email":"[redacted]","n":1.50}';

const byText = (a: unknown, b: unknown): number => (String(a) < String(b) ? -1 : 1);

export const redactions: Promises = {
  "a redaction masks a field of every document it names, and a commit tells followers": async (store) => {
    const branch = await newBranch(store);
    await write(store, branch, [put("a", ANN), put("b", ANN, "Person"), put("c", ANN, "Other")]);
    const before = await write(store, branch, [put("plain", "{}")]);
    const redacted = await store.redact(redactionOf(branch, { documents: ["b", "nobody"] }));
    assert.deepEqual([redacted.documents, redacted.branches], [2, [branch]]);
    for (const id of ["a", "b"]) assert.equal(await bodyOf(store, branch, id), MASKED);
    assert.equal(await bodyOf(store, branch, "c"), ANN);
    const { commits } = await store.changes({ branch, after: before, at: "", limit: 10 });
    const told = commits.flatMap(({ commit, changes }) =>
      changes.map(({ document }) => [commit.author, document.id, document.body]),
    );
    assert.deepEqual(told.toSorted(byText), [
      ["dpo@kernel", "a", MASKED],
      ["dpo@kernel", "b", MASKED],
    ]);
  },

  "a redaction is on record with who, why and when, and without a value": async (store) => {
    const branch = await newBranch(store);
    await write(store, branch, [put("a", ANN)]);
    await store.redact(redactionOf(branch));
    const { document } = await store.get({
      branch: "test/kernel/audit",
      id: `redaction/${branch}/ticket-7`,
      at: "",
    });
    assert.equal(document?.type, "Redaction");
    const { author, reason, timeMs, result } = JSON.parse(document?.body ?? "");
    assert.deepEqual([author, reason, timeMs], ["dpo@kernel", "asked to be forgotten", 7]);
    assert.equal(result.documents, 1);
    assert.equal(document?.body.includes("ann@"), false);
  },

  "a redaction is done once: again the first result, the key for another one refused": async (store) => {
    const branch = await newBranch(store);
    await write(store, branch, [put("a", ANN)]);
    const first = await store.redact(redactionOf(branch));
    const later = await write(store, branch, [put("a", ANN)]);
    assert.deepEqual(await store.redact(redactionOf(branch)), { ...first, repeated: true });
    assert.equal(await bodyOf(store, branch, "a"), ANN);
    const other = await refusal(store.redact(redactionOf(branch, { fingerprint: "other" })));
    assert.deepEqual(other, { code: "ALREADY_EXISTS", fields: ["key"] });
    await store.redact(redactionOf(branch, { key: "ticket-8" }));
    assert.equal(await bodyOf(store, branch, "a"), MASKED);
    assert.notEqual((await store.get({ branch, id: "a", at: "" })).document?.revision, later);
  },

  "an evaluated redaction counts and writes nothing": async (store) => {
    const branch = await newBranch(store);
    const head = await write(store, branch, [put("a", ANN)]);
    const evaluated = await store.evaluateRedaction(redactionOf(branch));
    assert.equal(await bodyOf(store, branch, "a"), ANN);
    assert.equal((await store.changes({ branch, after: head, at: "", limit: 1 })).commits.length, 0);
    const done = await store.redact(redactionOf(branch));
    assert.deepEqual({ ...evaluated, remains: [] }, { ...done, remains: [] });
    const unknown = await refusal(store.redact(redactionOf("test/store/nowhere")));
    assert.deepEqual(unknown, { code: "NOT_FOUND", fields: ["branch"] });
  },

  "a redaction that a frozen branch refuses has masked nothing": async (store) => {
    const branch = await newBranch(store);
    await write(store, branch, [put("a", ANN)]);
    await store.freezeBranch({ name: branch, token: "t", untilMs: 100, nowMs: 5 });
    const refused = await refusal(store.redact(redactionOf(branch)));
    assert.deepEqual(refused, { code: "UNAVAILABLE", fields: ["branch"] });
    assert.equal(await bodyOf(store, branch, "a"), ANN);
    await store.thawBranch({ name: branch, token: "t" });
    assert.equal((await store.redact(redactionOf(branch))).repeated, false);
  },
};
