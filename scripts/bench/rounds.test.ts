import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Bench } from "./bench.ts";
import { inTurn, runBench } from "./rounds.ts";
import { quantile, spread } from "./summary.ts";
import { table } from "./table.ts";

const FIGURES: Bench["figures"] = {
  rate: { unit: "/s", better: "more", aim: { ratio: 2 } },
  time: { unit: "ms", better: "less", aim: { most: 10 } },
  size: { unit: "MB", better: "less" },
};

/** A bench whose sides measure what `values` says, round by round. */
function scripted(values: Record<string, Record<string, number[]>>, log: string[] = []): Bench {
  const measured: Record<string, number> = {};
  return {
    summary: "a script",
    sides: ["ours", "theirs"],
    figures: FIGURES,
    rounds: 3,
    open: async () => ({
      steps: Object.keys(values).map((figure) => ({
        name: figure,
        async run(side: string, random: () => number) {
          log.push(`${figure} ${side} ${random()}`);
          const round = measured[`${figure} ${side}`] ?? 0;
          measured[`${figure} ${side}`] = round + 1;
          const value = values[figure]?.[side]?.[round];
          return value === undefined ? {} : { [figure]: value };
        },
      })),
      close: async () => void log.push("closed"),
    }),
  };
}

const run = (bench: Bench) =>
  runBench(bench, { rounds: bench.rounds, random: (seed) => () => seed, progress() {} });

test("rounds are compared one by one: the median of ratios, not the ratio of medians", async () => {
  const [rate, time] = await run(
    scripted({
      rate: { ours: [10, 100, 30], theirs: [5, 25, 30] },
      time: { ours: [8, 12, 9], theirs: [16, 12, 90] },
    }),
  );
  assert.deepEqual(rate?.sides, {
    ours: { median: 30, min: 10, max: 100 },
    theirs: { median: 25, min: 5, max: 30 },
  });
  assert.deepEqual(
    [rate?.ratios, rate?.aim, rate?.met],
    [{ theirs: { median: 2, min: 1, max: 4 } }, "≥ 2×", true],
  );
  assert.deepEqual(
    [time?.ratios, time?.aim, time?.met],
    [{ theirs: { median: 2, min: 1, max: 10 } }, "≤ 10 ms", true],
  );
});

test("an aim that is not reached is missed; a figure without one is neither", async () => {
  const [rate, time, size] = await run(
    scripted({
      rate: { ours: [19, 19, 19], theirs: [10, 10, 10] },
      time: { ours: [11, 11, 1], theirs: [1, 1, 1] },
      size: { ours: [1, 1, 1], theirs: [1, 1, 1] },
    }),
  );
  assert.deepEqual([rate?.met, time?.met, size?.met, size?.aim], [false, false, undefined, undefined]);
});

test("sides take turns at going first, and every side gets the same random numbers", async () => {
  const log: string[] = [];
  await run(scripted({ rate: { ours: [1, 1, 1], theirs: [1, 1, 1] } }, log));
  assert.deepEqual(log, [
    ...["rate ours 0", "rate theirs 0", "rate theirs 1", "rate ours 1", "rate ours 2", "rate theirs 2"],
    "closed",
  ]);
  assert.deepEqual(inTurn(["a", "b", "c"], 5), ["c", "a", "b"]);
});

test("what was opened is closed when a step fails", async () => {
  const log: string[] = [];
  const bench = scripted({}, log);
  const failing: Bench = {
    ...bench,
    open: async (progress) => ({
      ...(await bench.open(progress)),
      steps: [{ name: "fails", run: () => Promise.reject(new Error("no")) }],
    }),
  };
  await assert.rejects(run(failing), { message: "no" });
  assert.deepEqual(log, ["closed"]);
});

test("a figure that only one side has is shown without a ratio", async () => {
  const summaries = await run(scripted({ size: { ours: [1, 2, 3] } }));
  const size = summaries.find(({ figure }) => figure === "size");
  assert.deepEqual([size?.sides, size?.ratios], [{ ours: { median: 2, min: 1, max: 3 } }, {}]);
  const lines = table(["ours", "theirs"], size ? [size] : []).split("\n");
  assert.equal(lines.at(-1), "| size, MB | 2.00 (1.00–3.00) | –      | –        |     |  |");
});

test("quantiles lie between the values they fall between", () => {
  assert.deepEqual([quantile([3, 1, 2], 0.5), quantile([1, 2], 0.5), quantile([4], 0.95)], [2, 1.5, 4]);
  // Adding 0 makes -0 what it is to a measurement.
  const value = fc.double({ noNaN: true, min: -1e6, max: 1e6 }).map((drawn) => drawn + 0);
  const values = fc.array(value, { minLength: 1 });
  fc.assert(
    fc.property(values, (all) => {
      const { median, min, max } = spread(all);
      assert.ok(min <= median && median <= max);
      assert.deepEqual([quantile(all, 0), quantile(all, 1)], [min, max]);
    }),
  );
  assert.throws(() => quantile([], 0.5), RangeError);
});
