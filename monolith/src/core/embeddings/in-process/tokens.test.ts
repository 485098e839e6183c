import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { MODEL_DIR } from "../../../testing/model.ts";
import { openTokenizer, readable, type Tokenise } from "./tokens.ts";

describe("tokens of the default model", () => {
  let tokenise: Tokenise;
  before(async () => {
    ({ tokenise } = await openTokenizer(MODEL_DIR));
  });

  it("cover an English text well", () => {
    const { ids, poorlyCovered, truncated } = tokenise("The palace stands in the middle of the city.");
    assert.ok(ids.length > 5);
    assert.deepEqual([poorlyCovered, truncated], [false, false]);
  });

  it("cover Korean poorly, and white space, which has no piece at all", () => {
    assert.equal(tokenise("경복궁은 서울에 있다").poorlyCovered, true);
    assert.equal(tokenise(" \t\n ").poorlyCovered, true);
  });

  it("cover a text poorly only above a quarter of unknown pieces", () => {
    assert.equal(tokenise("the city of 서울").poorlyCovered, false);
    assert.equal(tokenise("서울 city").poorlyCovered, true);
  });

  it("end where the model stops reading, and say so", () => {
    const long = tokenise("city ".repeat(500));
    assert.equal(long.ids.length, 128);
    assert.equal(long.truncated, true);
    assert.equal(tokenise("city ".repeat(100)).truncated, false);
  });
});

describe("the readable head of a text", () => {
  it("never ends within a character", () => {
    assert.equal(readable("ab😀", 3), "ab");
    assert.equal(readable("ab😀", 4), "ab😀");
  });

  it("is shorter for characters that unfold", () => {
    assert.ok(readable("\u{fdfa}".repeat(1000), 1024).normalize("NFKC").length <= 2048);
  });
});
