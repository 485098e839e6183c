import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  compareBatches,
  compareEmbed,
  compareSearches,
  compareSimilarities,
  compareStores,
} from "./compare.ts";
import type { Embedding, Hit, SearchReply } from "./port.ts";

const modelVersion = "m-1";
const known = (...vector: number[]): Embedding => ({ vector, poorlyCovered: false, truncated: false });
const unknown: Embedding = { vector: [1, 0], poorlyCovered: true, truncated: false };
const embed = (embedding: Embedding, version = modelVersion) => ({ modelVersion: version, embedding });
const hit = (id: string, score: number, text = id): Hit => ({ id, type: "T", text, score, match: "vector" });
const found = (...hits: Hit[]) => ({ modelVersion, hits, poorlyCovered: false });

describe("comparing embeddings", () => {
  it("matches vectors of one direction", () => {
    assert.equal(compareEmbed(embed(known(1, 0)), embed(known(1, 1e-6))).outcome, "match");
  });

  it("tells apart vectors whose cosine is under 0.9999", () => {
    assert.equal(compareEmbed(embed(known(1, 0)), embed(known(1, 0.02))).outcome, "mismatch");
  });

  it("tells apart versions, dimensions, truncation and numbers that are none", () => {
    assert.equal(compareEmbed(embed(known(1, 0)), embed(known(1, 0), "m-2")).outcome, "mismatch");
    assert.equal(compareEmbed(embed(known(1, 0)), embed(known(1, 0, 0))).outcome, "mismatch");
    assert.equal(compareEmbed(embed(known(1, 0)), embed(known(Number.NaN, 0))).outcome, "mismatch");
    const truncated = { ...known(1, 0), truncated: true };
    assert.equal(compareEmbed(embed(known(1, 0)), embed(truncated)).outcome, "mismatch");
  });

  it("keeps poorly covered texts out of evidence when both sides say so, and only then", () => {
    assert.deepEqual(compareEmbed(embed(unknown), embed(unknown)), {
      outcome: "skipped",
      because: "poorly covered",
    });
    assert.equal(compareEmbed(embed(unknown), embed(known(1, 0))).outcome, "mismatch");
  });

  it("names the text of a batch that differs", () => {
    const one = { modelVersion, embeddings: [known(1, 0), known(0, 1)] };
    const other = { modelVersion, embeddings: [known(1, 0), known(1, 0)] };
    const comparison = compareBatches(one, other);
    assert.ok(comparison.outcome === "mismatch" && comparison.because.startsWith("embeddings[1]: "));
  });

  it("takes a batch as evidence when one of its texts is well covered", () => {
    const mixed = { modelVersion, embeddings: [unknown, known(1, 0)] };
    const covered = { modelVersion, embeddings: [unknown] };
    assert.equal(compareBatches(mixed, mixed).outcome, "match");
    assert.equal(compareBatches(covered, covered).outcome, "skipped");
    assert.equal(compareBatches(mixed, covered).outcome, "mismatch");
  });
});

describe("comparing similarities", () => {
  const similar = (similarity: number) => ({ modelVersion, similarity, poorlyCovered: false });

  it("allows for the last digits alone", () => {
    assert.equal(compareSimilarities(similar(0.5), similar(0.50005)).outcome, "match");
    assert.equal(compareSimilarities(similar(0.5), similar(0.501)).outcome, "mismatch");
    assert.equal(compareSimilarities(similar(0.5), similar(Number.NaN)).outcome, "mismatch");
  });
});

describe("comparing searches", () => {
  const compare = (authority: SearchReply, watched: SearchReply, mode?: string) =>
    compareSearches(authority, watched, [mode === undefined ? {} : { mode }]).outcome;

  it("lets hits of equal score change places", () => {
    const one = found(hit("a", 0.9), hit("b", 0.5), hit("c", 0.5));
    assert.equal(compare(one, found(hit("a", 0.9), hit("c", 0.5), hit("b", 0.5))), "match");
  });

  it("tells apart another hit, another order, another text and another length", () => {
    const one = found(hit("a", 0.9), hit("b", 0.5));
    assert.equal(compare(one, found(hit("a", 0.9), hit("c", 0.4))), "mismatch");
    assert.equal(compare(one, found(hit("b", 0.9), hit("a", 0.5))), "mismatch");
    assert.equal(compare(one, found(hit("a", 0.9), hit("b", 0.5, "other"))), "mismatch");
    assert.equal(compare(one, found(hit("a", 0.9))), "mismatch");
  });

  it("lets neighbours of a fused ranking change places and what found them, but not strangers", () => {
    const ranks = (first: number, second: number) => 1 / (60 + first) + 1 / (60 + second);
    const byLetters = (id: string, score: number) => ({ ...hit(id, score), match: "trigram" as const });
    const one = found(hit("a", ranks(1, 2)), byLetters("b", ranks(3, 2)));
    const swapped = found(hit("a", ranks(1, 2)), hit("b", ranks(2, 2)));
    assert.equal(compare(one, swapped, "hybrid"), "match");
    assert.equal(compare(one, swapped), "mismatch");
    assert.equal(compare(one, found(hit("a", ranks(1, 2)), hit("c", ranks(5, 6))), "hybrid"), "mismatch");
    assert.equal(compare(one, found(hit("b", ranks(1, 1)), hit("a", ranks(9, 9))), "hybrid"), "mismatch");
  });
});

describe("comparing stores", () => {
  const stored = { modelVersion, outcome: "created" as const, textHash: "h", embedding: known(1, 0) };

  it("compares what happens to the index before the vector", () => {
    assert.equal(compareStores(stored, stored).outcome, "match");
    assert.equal(compareStores(stored, { ...stored, outcome: "updated" }).outcome, "mismatch");
    assert.equal(compareStores(stored, { ...stored, textHash: "i" }).outcome, "mismatch");
    assert.equal(compareStores(stored, { ...stored, embedding: known(0, 1) }).outcome, "mismatch");
    assert.equal(compareStores(stored, { ...stored, embedding: null }).outcome, "mismatch");
  });

  it("takes the deletion of an index entry as evidence", () => {
    const deleted = { ...stored, outcome: "deleted" as const, embedding: null };
    assert.equal(compareStores(deleted, deleted).outcome, "match");
  });
});
