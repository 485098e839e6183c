import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PublishResult, Receipt, Sent } from "@oms/events/port.ts";
import { compareBatches, compareReceipts } from "./compare.ts";

const envelope: Sent = {
  subject: "dev.tests.oms.tests.happened",
  messageId: "/oms/dev a",
  contentType: "application/cloudevents+json; charset=utf-8",
  digest: "d",
  bytes: 100,
};
const receipt = (more: Partial<Receipt> = {}): Receipt => ({
  source: "/oms/dev",
  id: "a",
  outcome: "stored",
  stream: "TESTS",
  sequence: 7,
  duplicate: false,
  envelope,
  ...more,
});
const recorded: Receipt = { source: "/oms/dev", id: "a", outcome: "recorded", envelope };
const refusal: PublishResult = { refusal: { code: "FAILED_PRECONDITION", message: "m", field: "type" } };

const MATCH = { outcome: "match" };
const NO_EVIDENCE = { outcome: "skipped", because: "a side gave no envelope" };

describe("two receipts", () => {
  it("match when the same was or would have been sent, wherever it then was", () => {
    for (const authority of [
      receipt(),
      receipt({ duplicate: true }),
      { ...recorded, outcome: "queued" } as const,
    ]) {
      assert.deepEqual(compareReceipts(authority, recorded), MATCH);
      assert.deepEqual(compareReceipts(recorded, authority), MATCH);
    }
  });

  const planted: [what: string, watched: Receipt, because: string][] = [
    ["an id", receipt({ id: "bb" }), "id: a text of 1 against a text of 2"],
    ["a source", receipt({ source: "/" }), "source: a text of 8 against a text of 1"],
    ...(["subject", "messageId", "contentType", "digest"] as const).map((name): [string, Receipt, string] => [
      `a ${name} of the envelope`,
      receipt({ envelope: { ...envelope, [name]: "other" } }),
      `envelope.${name}: a text of ${envelope[name].length} against a text of 5`,
    ]),
    [
      "a byte of the envelope",
      receipt({ envelope: { ...envelope, bytes: 101 } }),
      "envelope.bytes: 100 against 101",
    ],
  ];
  for (const [what, watched, because] of planted)
    it(`differ in ${what}`, () => {
      assert.deepEqual(compareReceipts(receipt(), watched), { outcome: "mismatch", because });
    });

  it("say nothing when one of them does not say what was sent", () => {
    const { envelope: _, ...bare } = receipt();
    assert.deepEqual(compareReceipts(bare, recorded), NO_EVIDENCE);
    assert.deepEqual(compareReceipts(recorded, bare), NO_EVIDENCE);
  });
});

describe("two batches", () => {
  const one: PublishResult = { receipt: receipt() };
  const two: PublishResult = { receipt: receipt({ id: "b", envelope: { ...envelope, messageId: "b" } }) };

  it("match result by result, refusals too", () => {
    assert.deepEqual(compareBatches([one, refusal, two], [one, refusal, two]), MATCH);
    assert.deepEqual(compareBatches([refusal], [refusal]), MATCH);
    assert.deepEqual(compareBatches([], []), MATCH);
  });

  it("differ in how many there are", () => {
    const because = "results: 2 against 1";
    assert.deepEqual(compareBatches([one, two], [one]), { outcome: "mismatch", because });
  });

  it("differ in their order", () => {
    const { outcome } = compareBatches([one, two], [two, one]);
    assert.equal(outcome, "mismatch");
  });

  it("differ where one side alone refused", () => {
    const because = "results[1]: one side alone refused (FAILED_PRECONDITION)";
    assert.deepEqual(compareBatches([one, refusal], [one, two]), { outcome: "mismatch", because });
    assert.deepEqual(compareBatches([one, two], [one, refusal]), { outcome: "mismatch", because });
  });

  it("say nothing of what only the side that sends can be refused", () => {
    const taken: PublishResult = { refusal: { code: "ALREADY_EXISTS", message: "m", field: "id" } };
    const away: PublishResult = { refusal: { code: "UNAVAILABLE", message: "m", field: "" } };
    for (const authority of [taken, away]) {
      assert.deepEqual(compareBatches([authority, two], [one, two]), MATCH);
      assert.deepEqual(compareBatches([authority], [one]), NO_EVIDENCE);
      assert.equal(compareBatches([one], [authority]).outcome, "mismatch");
    }
  });

  it("differ in why something was refused", () => {
    const other: PublishResult = { refusal: { code: "ALREADY_EXISTS", message: "m", field: "id" } };
    assert.equal(compareBatches([refusal], [other]).outcome, "mismatch");
  });

  it("say nothing when none of them says what was sent", () => {
    const bare: PublishResult = { receipt: { source: "/oms/dev", id: "a", outcome: "stored" } };
    assert.deepEqual(compareBatches([bare], [one]), NO_EVIDENCE);
    assert.deepEqual(compareBatches([bare, two], [one, two]), MATCH);
  });
});
