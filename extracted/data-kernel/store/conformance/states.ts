import assert from "node:assert/strict";
import type { Promises } from "./fixture.ts";

export const states: Promises = {
  "a state is written by who read it last": async (store) => {
    const name = "test/state/one";
    assert.equal(await store.readState(name), undefined);
    assert.equal(await store.writeState({ name, value: "early", version: 7 }), false);
    assert.equal(await store.writeState({ name, value: "가 🌱", version: 0 }), true);
    assert.equal(await store.writeState({ name, value: "again", version: 0 }), false);
    const first = await store.readState(name);
    assert(first);
    assert.equal(first.value, "가 🌱");
    const racers = ["a", "b", "c"].map((value) => store.writeState({ name, value, version: first.version }));
    const won = (await Promise.all(racers)).filter(Boolean);
    assert.equal(won.length, 1);
    const second = await store.readState(name);
    assert.notEqual(second?.version, first.version);
    assert.equal(await store.writeState({ name, value: "late", version: first.version }), false);
  },

  "a state that was removed is absent, and never at a version it had": async (store) => {
    const name = "test/state/two";
    const seen = new Set<number>();
    for (let n = 0; n < 3; n += 1) {
      assert.equal(await store.writeState({ name, value: "here", version: 0 }), true);
      const { version } = (await store.readState(name)) ?? assert.fail("is not there");
      assert(!seen.has(version) && version !== 0);
      for (const old of seen) assert.equal(await store.writeState({ name, value: "x", version: old }), false);
      seen.add(version);
      assert.equal(await store.writeState({ name, value: undefined, version }), true);
      assert.equal(await store.readState(name), undefined);
    }
    assert.equal(await store.writeState({ name, value: undefined, version: 0 }), true);
  },

  "states are listed by prefix, in order of their names' bytes": async (store) => {
    const names = ["test/list/b", "test/list/a", "test/list/a/🌱", "test/list/a/\uffee", "test/listed"];
    for (const name of names) await store.writeState({ name, value: name, version: 0 });
    const listed = async (prefix: string) => (await store.listStates(prefix)).map(({ name }) => name);
    assert.deepEqual(await listed("test/list/"), [
      "test/list/a",
      "test/list/a/\uffee",
      "test/list/a/🌱",
      "test/list/b",
    ]);
    assert.deepEqual(await listed("test/list/a/"), ["test/list/a/\uffee", "test/list/a/🌱"]);
    assert.deepEqual(await listed("test/none"), []);
    const [first] = await store.listStates("test/list/b");
    assert.deepEqual(first, { name: "test/list/b", ...(await store.readState("test/list/b")) });
  },
};
