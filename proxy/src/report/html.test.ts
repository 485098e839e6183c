import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Entry } from "../ledger/entry.ts";
import { breakerField, incrementsOf, readCounters } from "../ledger/fields.ts";
import type { LedgerView, PairView } from "../ledger/reader.ts";
import { sampleOf } from "../ledger/sample.ts";
import type { Sample } from "../ledger/tally.ts";
import type { Observation } from "../model/observation.ts";
import type { Side } from "../model/side.ts";
import { DEFAULT_STANDARD } from "../verdict/verdict.ts";
import { buildReport } from "./build.ts";
import { toHtml } from "./html.ts";

const HOSTILE = `</td><script>fetch("https://example.org")</script><img src=//example.org onerror='alert(1)'>\u202e`;

function answered(side: Side, value: unknown, durationMs = 4): Observation<unknown> {
  return { side, durationMs, outcome: { kind: "value", value } };
}

const compared = (outcome: "match" | "mismatch", method = "embed"): Entry => ({
  method,
  stage: "shadow",
  authority: answered("in-process", 1),
  watched: answered("extracted", 1, 9),
  result: { outcome },
});

const LOST: Entry = {
  method: "embed",
  stage: "live",
  authority: answered("extracted", 1),
  result: { outcome: "lost", reason: "lane full", bytes: 2048 },
};

function sample(values: readonly [unknown, unknown], because = "hits.0.score: 0.84 against 0.8123"): Sample {
  const [authority, watched] = values;
  const seen = { method: "search", stage: "shadow", because, args: [{ query: "harbour" }] } as const;
  const sides = { authority: answered("in-process", authority), watched: answered("extracted", watched) };
  return sampleOf({ ...seen, ...sides }, 7, (value) => value);
}

function pageOf(
  entries: readonly Entry[],
  samples: readonly Sample[] = [],
  builds = ["oms-41", "embedding-7"],
) {
  const counters = new Map<string, number>([[breakerField("embed", "opened"), 2]]);
  for (const [field, by] of entries.flatMap(incrementsOf))
    counters.set(field, (counters.get(field) ?? 0) + by);
  const page = Object.fromEntries([...counters].map(([field, value]) => [field, String(value)]));
  const [inProcess = "", extracted = ""] = builds;
  const pair: PairView = {
    builds: { inProcess, extracted },
    days: ["2026-11-22", "2026-11-23"],
    lastCountedAt: Date.UTC(2026, 10, 23, 9),
    samples,
    ...readCounters([page]),
  };
  return pair;
}

function render(...pairs: PairView[]): string {
  const view: LedgerView = { capability: "embedding", pairs };
  return toHtml(buildReport(view, DEFAULT_STANDARD));
}

/** What a reader sees of the markup. */
function textOf(page: string): string {
  const text = page.replaceAll(/<style>.*?<\/style>/gs, "").replaceAll(/<[^>]*>/g, " ");
  return text.replaceAll(/\s+/g, " ");
}

const repeated = (times: number, entry: Entry): Entry[] => Array.from({ length: times }, () => entry);
const entries = [...repeated(1200, compared("match")), ...repeated(60, compared("mismatch", "search")), LOST];
const values = [{ hits: [{ id: "a", score: 0.84 }] }, { hits: [{ id: "a", score: 0.8123 }] }] as const;

describe("the page of a report", () => {
  test("tells the verdict in words, builds, period, rates with bounds, losses, breakers and the sum", () => {
    const text = textOf(render(pageOf(entries, [sample(values)])));
    for (const told of [
      "embedding ≠ different",
      "The sides do not answer alike: beyond noise, at least",
      "of search calls differ; the tolerance is 1 %.",
      "oms-41",
      "embedding-7",
      "2026-11-22 to 2026-11-23, last counted 2026-11-23 09:00:00 UTC",
      "1,261 calls",
      "at most (95 %)",
      "lane full 1 2.0 kB",
      "opened",
      "Counts add up: 1,261 calls = 1,260 compared + 1 lost",
    ]) {
      assert.ok(text.includes(told), `"${told}" is in: ${text}`);
    }
  });

  test("draws a curve for each side, and says the same in words", () => {
    const page = render(pageOf(entries));
    assert.match(page, /<path class="curve in-process authority" d="M[\d. L]+H/);
    assert.match(page, /<path class="curve extracted watched" d="M[\d. L]+H/);
    assert.match(page, /aria-label="Latency of embed in shadow\. in-process: half within 4\.\d+ ms/);
  });

  test("sets both answers side by side and marks what differs in them", () => {
    const page = render(pageOf(entries, [sample(values)]));
    assert.match(page, /<tr class="differs">.*?hits\.0\.score<\/th>\s*<td>0\.8<mark>4<\/mark><\/td>/s);
    assert.match(page, /<tr><th scope="row">hits\.0\.id<\/th><td>a<\/td><td>a<\/td><\/tr>/);
    assert.match(textOf(page), /argument query harbour/);
  });

  test("tells of a side that failed or refused in one row", () => {
    const failed: Sample = {
      ...sample(values),
      authority: { failure: "UNAVAILABLE" },
      watched: { value: { id: 1 } },
    };
    const page = render(pageOf(entries, [failed]));
    assert.match(textOf(page), /≠ outcome failed: UNAVAILABLE answered/);
    assert.equal(page.match(/<tr class="differs">/g)?.length, 1);
    const refused: Sample = { ...failed, authority: { answer: "NOT_FOUND" } };
    assert.match(textOf(render(pageOf(entries, [refused]))), /outcome refused: NOT_FOUND answered/);
  });

  test("lets nothing a call contained become markup", () => {
    const hostile = sample([{ [HOSTILE]: HOSTILE }, { other: HOSTILE }], HOSTILE);
    const page = render(pageOf(entries, [hostile], [HOSTILE, HOSTILE]));
    for (const markup of ["<script", "<img", "\u202e"]) assert.ok(!page.includes(markup), markup);
    assert.ok(page.includes("&lt;script&gt;fetch(&quot;https://example.org&quot;)"));
  });

  test("fetches nothing and runs nothing", () => {
    const page = render(pageOf(entries, [sample(values)]), pageOf(entries, [], ["oms-40", "embedding-6"]));
    assert.doesNotMatch(page, /https?:|url\(|@import|<(?:script|link|img|iframe|object|base)\b|\bon\w+=/);
    assert.match(page, /content="default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;"/);
  });

  test("names every row and column of its tables, and every picture", () => {
    const page = render(pageOf(entries, [sample(values)]));
    const tables = page.match(/<table.*?<\/table>/gs) ?? [];
    assert.ok(tables.length >= 5);
    for (const table of tables) {
      assert.match(table, /<caption>/);
      assert.match(table, /<th scope="col"/);
      assert.match(table, /<th scope="row"/);
    }
    for (const [picture] of page.matchAll(/<svg[^>]*>/g))
      assert.match(picture, /role="img" aria-label="[^"]+"/);
  });

  test("folds earlier pairs of builds away below the newest", () => {
    const page = render(pageOf(entries), pageOf(entries, [], ["oms-40", "embedding-6"]));
    assert.match(textOf(page), /Earlier builds: oms-40 and embedding-6/);
    assert.equal(page.match(/<details class="older">/g)?.length, 1);
  });

  test("warns on top when its counts contradict each other", () => {
    const page = render(pageOf([{ ...compared("match"), stage: "complete" }]));
    assert.match(page, /<p class="warning">Counts do NOT add up/);
  });

  test("says so when nothing was counted or compared", () => {
    assert.match(textOf(render()), /Nothing was counted yet/);
    assert.match(textOf(render(pageOf([LOST]))), /It cannot be told yet: no call was compared/);
  });

  test("is the same page for the same report", () => {
    assert.equal(render(pageOf(entries)), render(pageOf(entries)));
  });
});
