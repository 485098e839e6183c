import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Handover, Owned } from "../model/handover.ts";
import type { Side } from "../model/side.ts";
import { handOver, type Plan, type Progress } from "./hand-over.ts";

const toExtracted = () => "extracted" as const;

/** Live state in memory; `moving` is asked before a piece moves. */
function owned(
  pieces: Readonly<Record<string, Side>>,
  more: Partial<Handover> & { moving?: (id: string) => unknown } = {},
) {
  const sides = new Map(Object.entries(pieces));
  const { moving = () => {}, ...rest } = more;
  const handover: Handover = {
    async *items() {
      for (const [id, side] of sides) yield { id, side, fields: { jobId: id } };
    },
    async move(id, to) {
      await moving(id);
      sides.set(id, to);
    },
    close: async () => {},
    ...rest,
  };
  return { sides, handover };
}

function plan(more: Partial<Plan> = {}): Plan {
  return {
    belongs: toExtracted,
    stop: new AbortController().signal,
    now: () => 0,
    progress: () => {},
    ...more,
  };
}

test("moves what is elsewhere, and leaves alone what is there already", async () => {
  const asked: string[] = [];
  const { sides, handover } = owned(
    { a: "in-process", b: "extracted", c: "in-process" },
    { moving: (id) => asked.push(id) },
  );
  const done = await handOver(handover, plan());
  assert.deepEqual(asked, ["a", "c"]);
  assert.deepEqual(done.moved, { extracted: 2, "in-process": 0 });
  assert.deepEqual(done.owned, { extracted: 3, "in-process": 0 });
  assert.deepEqual([...sides.values()], ["extracted", "extracted", "extracted"]);
});

test("whatever there is and however many at a time, everything ends where it belongs, moved at most once", async () => {
  const side = fc.constantFrom<Side>("in-process", "extracted");
  const pieces = fc.dictionary(fc.string(), fc.tuple(side, side), { maxKeys: 40 });
  await fc.assert(
    fc.asyncProperty(pieces, fc.integer({ min: 1, max: 8 }), async (drawn, together) => {
      const at = (which: 0 | 1) => Object.entries(drawn).map(([id, both]) => [id, both[which]] as const);
      const [from, wanted] = [at(0), new Map(at(1))];
      const asked: string[] = [];
      const { sides, handover } = owned(Object.fromEntries(from), {
        together,
        moving: (id) => asked.push(id),
      });
      const belongs = ({ id }: Owned) => wanted.get(id) ?? "in-process";
      const done = await handOver(handover, plan({ belongs }));
      assert.deepEqual(sides, new Map(from.map(([id]) => [id, wanted.get(id)])));
      assert.equal(new Set(asked).size, asked.length);
      assert.deepEqual([done.elsewhere, done.refused, done.stopped], [0, [], false]);
    }),
  );
});

test("no more are under way than may be moved together: one, where nothing is said", async () => {
  for (const [together, most] of [
    [undefined, 1],
    [4, 4],
  ] as const) {
    let [underWay, seen] = [0, 0];
    const moving = async () => {
      seen = Math.max(seen, ++underWay);
      await new Promise(setImmediate);
      underWay -= 1;
    };
    const pieces = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${i}`, "in-process"] as const));
    const { handover } = owned(pieces, { moving, ...(together && { together }) });
    await handOver(handover, plan());
    assert.equal(seen, most);
  }
});

test("one that cannot be moved is named with the reason, asked for once, and holds up none", async () => {
  const asked: string[] = [];
  const moving = (id: string) => {
    asked.push(id);
    if (id === "b") throw new Error("its document is locked");
  };
  const { sides, handover } = owned({ a: "in-process", b: "in-process", c: "in-process" }, { moving });
  const done = await handOver(handover, plan());
  assert.deepEqual(done.refused, [{ id: "b", why: "its document is locked" }]);
  assert.deepEqual(asked, ["a", "b", "c"]);
  assert.deepEqual([sides.get("c"), done.elsewhere], ["extracted", 0]);
});

test("stopped, it ends what is under way and begins nothing more; run again, it goes on with the rest", async () => {
  const stop = new AbortController();
  const begun: string[] = [];
  const { sides, handover } = owned(
    { a: "in-process", b: "in-process", c: "in-process" },
    { moving: (id) => begun.push(id) === 2 && stop.abort() },
  );
  const first = await handOver(handover, plan({ stop: stop.signal }));
  assert.deepEqual([first.stopped, first.moved.extracted, first.elsewhere], [true, 2, 1]);
  assert.equal(sides.get("b"), "extracted");
  const second = await handOver(handover, plan());
  assert.deepEqual([second.stopped, second.moved.extracted], [false, 1]);
  assert.deepEqual(begun, ["a", "b", "c"]);
});

test("what comes to be meanwhile is moved as well", async () => {
  const state = owned(
    { a: "in-process" },
    { moving: (id) => id === "a" && state.sides.set("b", "in-process") },
  );
  const done = await handOver(state.handover, plan());
  assert.deepEqual([done.moved.extracted, state.sides.get("b")], [2, "extracted"]);
});

test("what somebody takes back at once is not fought over for ever, and is told of", async () => {
  let moves = 0;
  const state = owned({ a: "in-process" });
  const move = async () => {
    moves += 1;
  };
  const done = await handOver({ ...state.handover, move }, plan());
  assert.deepEqual([done.elsewhere, moves], [1, 3]);
});

test("says how far it is, how long it took, and the longest that a piece was between its owners", async () => {
  let clock = 0;
  const seen: Progress[] = [];
  const { handover } = owned(
    { a: "in-process", b: "in-process" },
    {
      moving: (id) => {
        clock += id === "a" ? 30 : 10;
      },
    },
  );
  const done = await handOver(handover, plan({ now: () => clock, progress: (one) => seen.push(one) }));
  assert.deepEqual([done.tookMs, done.longestMs], [40, 30]);
  assert.deepEqual(seen, [
    { done: 1, of: 2, elapsedMs: 30 },
    { done: 2, of: 2, elapsedMs: 40 },
  ]);
});
