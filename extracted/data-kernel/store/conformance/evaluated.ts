import assert from "node:assert/strict";
import { BEGINNING } from "../../limits.ts";
import { commitOf, newBranch, type Promises, put, refusal, write } from "./fixture.ts";

export const evaluated: Promises = {
  "an evaluated commit answers its diff as of the commit asked for and stores nothing": async (store) => {
    const branch = await newBranch(store);
    const first = await write(store, branch, [put("a", '{"n":1}')], { key: "k" });
    await write(store, branch, [put("a", '{"n":2}'), put("b", "{}")]);
    const before = await store.changes({ branch, after: "", at: "", limit: 10 });
    const request = commitOf(branch, [put("b", '{"n":3}'), { delete: "a" }], {
      key: "k",
      fingerprint: "x",
    });
    const result = await store.evaluate({ ...request, at: first });
    assert.deepEqual(result, {
      commit: undefined,
      changes: [
        { kind: "created", document: { id: "b", type: "Note", body: '{"n":3}', revision: "" } },
        { kind: "deleted", document: { id: "a", type: "Note", body: '{"n":1}', revision: first } },
      ],
      more: false,
      repeated: false,
      at: first,
    });
    assert.deepEqual(await store.changes({ branch, after: "", at: "", limit: 10 }), before);
    const atStart = await store.evaluate({ ...request, at: BEGINNING, preconditions: [{ head: "" }] });
    assert.deepEqual({ n: atStart.changes.length, at: atStart.at }, { n: 1, at: BEGINNING });
  },

  "an evaluated commit is refused as the live one would have been": async (store) => {
    const branch = await newBranch(store);
    const first = await write(store, branch, [put("a", "{}")]);
    const head = await write(store, branch, [put("b", "{}")]);
    const request = commitOf(branch, [put("c", "{}")], { preconditions: [{ head: first }] });
    await store.evaluate({ ...request, at: first });
    const call = store.evaluate({ ...request, at: head });
    assert.deepEqual(await refusal(call), { code: "ABORTED", fields: ["preconditions[0]"] });
  },

  "an evaluated branch is answered and not there": async (store) => {
    const origin = await newBranch(store);
    const one = await write(store, origin, [put("a", "{}")]);
    const request = { name: `${origin}-copy`, origin, at: "", timeMs: 5 };
    const answer = await store.evaluateBranch(request);
    const { name } = request;
    assert.deepEqual(answer, { name, head: one, origin, originCommit: one, createdMs: 5 });
    assert((await store.listBranches()).every((branch) => branch.name !== name));
  },
};
