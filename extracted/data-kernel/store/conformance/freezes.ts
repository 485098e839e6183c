import assert from "node:assert/strict";
import { MAX_FREEZE_MS } from "../freeze.ts";
import { commitOf, idsOf, newBranch, type Promises, put, refusal, write } from "./fixture.ts";

export const freezes: Promises = {
  "a frozen branch refuses commits and others' rewrites, and is read as ever": async (store) => {
    const name = await newBranch(store);
    const known = commitOf(name, [put("a", "{}")]);
    const { commit } = await store.commit(known);
    const to = commit?.id ?? "";
    await store.freezeBranch({ name, token: "mine", untilMs: 2000, nowMs: 1000 });
    const call = store.commit(commitOf(name, [put("b", "{}")], { timeMs: 1999 }));
    assert.deepEqual(await refusal(call), { code: "UNAVAILABLE", fields: ["branch"] });
    const others = { name, head: "", token: "other", nowMs: 1999 };
    for (const refused of [
      store.deleteBranch(others),
      store.resetBranch({ ...others, token: "", to }),
      store.freezeBranch({ name, token: "other", untilMs: 3000, nowMs: 1999 }),
    ]) {
      assert.deepEqual(await refusal(refused), { code: "UNAVAILABLE", fields: ["name"] });
    }
    assert.deepEqual(await idsOf(store, name), ["a"]);
    assert.equal((await store.commit(known)).repeated, true);
    const evaluated = await store.evaluate({ ...commitOf(name, [put("b", "{}")]), at: "" });
    assert.equal(evaluated.changes.length, 1);
  },

  "who froze a branch rewrites it, prolongs the freeze and ends it": async (store) => {
    const name = await newBranch(store);
    const to = await write(store, name, [put("a", "{}")]);
    const head = await write(store, name, [put("b", "{}")]);
    const freeze = { name, token: "mine", untilMs: 2000, nowMs: 1000 };
    await store.freezeBranch(freeze);
    await store.freezeBranch({ ...freeze, untilMs: 5000 });
    const late = store.commit(commitOf(name, [put("c", "{}")], { timeMs: 4000 }));
    assert.deepEqual(await refusal(late), { code: "UNAVAILABLE", fields: ["branch"] });
    await store.resetBranch({ name, to, head, token: "mine", nowMs: 4000 });
    await store.thawBranch({ name, token: "other" });
    const still = store.commit(commitOf(name, [put("c", "{}")], { timeMs: 4000 }));
    assert.equal((await refusal(still)).code, "UNAVAILABLE");
    await store.thawBranch({ name, token: "mine" });
    await store.thawBranch({ name, token: "mine" });
    await write(store, name, [put("c", "{}")], { timeMs: 4000 });
    assert.deepEqual(await idsOf(store, name), ["a", "c"]);
  },

  "a freeze ends by itself": async (store) => {
    const name = await newBranch(store);
    await store.freezeBranch({ name, token: "gone", untilMs: 2000, nowMs: 1000 });
    await write(store, name, [put("a", "{}")], { timeMs: 2000 });
    await store.freezeBranch({ name, token: "next", untilMs: 3000, nowMs: 2000 });
    await store.thawBranch({ name, token: "gone" });
    const frozen = store.commit(commitOf(name, [put("b", "{}")], { timeMs: 2500 }));
    assert.equal((await refusal(frozen)).code, "UNAVAILABLE");
    await store.deleteBranch({ name, head: "", token: "", nowMs: 3000 });
    await store.thawBranch({ name, token: "next" });
  },

  "a freeze does not outlive a clock that falls": async (store) => {
    const name = await newBranch(store);
    const nowMs = 10 * MAX_FREEZE_MS;
    await store.freezeBranch({ name, token: "gone", untilMs: nowMs + MAX_FREEZE_MS, nowMs });
    const frozen = store.commit(commitOf(name, [put("a", "{}")], { timeMs: nowMs }));
    assert.equal((await refusal(frozen)).code, "UNAVAILABLE");
    await write(store, name, [put("a", "{}")], { timeMs: nowMs - 1 });
  },

  "a branch is frozen alone": async (store) => {
    const [name, other] = [await newBranch(store), await newBranch(store)];
    await store.freezeBranch({ name, token: "mine", untilMs: 2000, nowMs: 1000 });
    await write(store, other, [put("a", "{}")]);
    await store.createBranch({ name: `${name}-copy`, origin: name, at: "", timeMs: 1000 });
    await write(store, `${name}-copy`, [put("a", "{}")]);
    assert.deepEqual(await idsOf(store, `${name}-copy`), ["a"]);
  },
};
