import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { gramsOf, shareOf, TrigramIndex } from "./trigrams.ts";

describe("trigrams", () => {
  it("are the windows of three characters of each word, a shorter word whole", () => {
    assert.deepEqual(gramsOf("서울 특별시청 Seoul a"), [
      "서울",
      "특별시",
      "별시청",
      "seo",
      "eou",
      "oul",
      "a",
    ]);
  });

  it("are distinct and at most 64", () => {
    assert.deepEqual(gramsOf("aaaaaa aaa"), ["aaa"]);
    assert.equal(gramsOf(Array.from({ length: 100 }, (_, index) => `w${index}`).join(" ")).length, 64);
  });

  it("count whole characters beyond the basic plane", () => {
    assert.deepEqual(gramsOf("😀😁😂😃"), ["😀😁😂", "😁😂😃"]);
  });

  it("score by the share found, in any case and width", () => {
    assert.equal(shareOf(gramsOf("ＳＥＯＵＬ"), "the Seoul tower"), 1);
    assert.equal(shareOf(gramsOf("서울 부산"), "서울특별시"), 0.5);
  });
});

describe("the trigram index", () => {
  it("finds a Korean text by a word of two syllables and by a longer one", () => {
    const index = new TrigramIndex();
    index.add(1, "경복궁은 서울에 있는 조선의 궁궐이다");
    index.add(2, "해운대는 부산의 해수욕장이다");
    assert.deepEqual([...index.candidates(gramsOf("서울"))], [1]);
    assert.deepEqual([...index.candidates(gramsOf("해수욕장"))], [2]);
  });

  it("forgets a removed text", () => {
    const index = new TrigramIndex();
    index.add(1, "경복궁");
    index.remove(1);
    assert.equal(index.candidates(gramsOf("경복궁")).size, 0);
  });

  it("takes quotes, wild cards, operators and NUL as characters", () => {
    const index = new TrigramIndex();
    index.add(1, 'say "hi" OR 100% of a_b\\c\0d');
    index.add(2, "nothing of the kind");
    for (const query of ['"hi"', '"', "%", "_b", "a_b\\c", "OR*", "\\c\0", "\\"])
      assert.ok(!index.candidates(gramsOf(query)).has(2), query);
    assert.deepEqual([...index.candidates(gramsOf('"hi"'))], [1]);
    assert.deepEqual([...index.candidates(gramsOf("%"))], [1]);
  });

  it("proposes every text that has one of the query's grams", () => {
    const word = fc.stringMatching(/^[abAB가나\\"%_*]{1,6}$/u);
    const phrase = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(" "));
    fc.assert(
      fc.property(fc.array(phrase, { minLength: 1, maxLength: 8 }), phrase, (texts, query) => {
        const index = new TrigramIndex();
        for (const [row, text] of texts.entries()) index.add(row, text);
        const grams = gramsOf(query);
        const candidates = index.candidates(grams);
        for (const [row, text] of texts.entries())
          if (shareOf(grams, text) > 0) assert.ok(candidates.has(row), `${query} in ${text}`);
      }),
    );
  });
});
