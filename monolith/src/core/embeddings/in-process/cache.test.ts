import assert from "node:assert/strict";
import { it } from "node:test";
import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { cached } from "./cache.ts";

/** A text's vector is its length; remembers what it was asked to compute. */
function counting() {
  const asked: string[] = [];
  const embed = cached(async (texts) => {
    asked.push(...texts);
    return texts.map(({ length }) => ({
      vector: Float32Array.of(length),
      poorlyCovered: false,
      truncated: false,
    }));
  });
  const lengths = async (...texts: string[]) => (await embed(texts)).map(({ vector }) => vector[0]);
  return { asked, lengths };
}

it("a text is computed once, also within one batch, and answers keep their places", async () => {
  const { asked, lengths } = counting();
  assert.deepEqual(await lengths("a", "bb", "a"), [1, 2, 1]);
  assert.deepEqual(await lengths("ccc", "bb"), [3, 2]);
  assert.deepEqual(asked, ["a", "bb", "ccc"]);
});

it("a shadow call neither reads nor writes what is remembered", async () => {
  const { asked, lengths } = counting();
  const inShadow = (text: string) => runInContext(newContext({ shadow: true }), () => lengths(text));
  await lengths("a");
  await inShadow("a");
  await inShadow("bb");
  await lengths("bb");
  assert.deepEqual(asked, ["a", "a", "bb", "bb"]);
});
