import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isPointer, mask } from "./mask.ts";

const TABLE: readonly [what: string, body: string, pointers: string[], masked: string | undefined][] = [
  ["a text", '{"name":"Ann","age":7}', ["/name"], '{"name":"[redacted]","age":7}'],
  ["a number", '{"age":12345678901234567890}', ["/age"], '{"age":0}'],
  ["a truth", '{"ill":true}', ["/ill"], '{"ill":false}'],
  ["a whole object", '{"home":{"street":"x"},"b":1}', ["/home"], '{"home":{},"b":1}'],
  ["a list", '{"phones":["1","2"]}', ["/phones"], '{"phones":[]}'],
  ["one element", '{"phones":["1","2"]}', ["/phones/1"], '{"phones":["1","[redacted]"]}'],
  ["every element's member", '{"p":[{"n":"1"},{"m":2}]}', ["/p/*/n"], '{"p":[{"n":"[redacted]"},{"m":2}]}'],
  ["a name with a slash and a tilde", '{"a/b~":"x"}', ["/a~1b~0"], '{"a/b~":"[redacted]"}'],
  ["everything", '{"a":"x"}', [""], "{}"],
  ["a name that occurs twice", '{"a":"x","a":"y"}', ["/a"], '{"a":"[redacted]"}'],
  [
    "a member named like a prototype's",
    '{"__proto__":"x","a":1}',
    ["/__proto__"],
    '{"__proto__":"[redacted]","a":1}',
  ],
  ["nothing that is not there", '{"a":"x"}', ["/b", "/a/c", "/a/length"], undefined],
  ["no list's length", '{"l":["x"]}', ["/l/length"], undefined],
  ["nothing inherited", '{"a":"x"}', ["/toString", "/constructor"], undefined],
  ["nothing inside a number", '{"n":1}', ["/n/rawJSON"], undefined],
  ["nothing again", '{"a":"[redacted]","n":0,"z":null,"o":{},"l":[],"b":false}', ["/*"], undefined],
];

for (const [what, body, pointers, masked] of TABLE) {
  test(`a mask takes ${what}`, () => assert.equal(mask(body, pointers), masked));
}

test("a mask leaves every other number digit for digit, and texts their characters", () => {
  const body = '{"x":"s","big":12345678901234567890,"e":1e400,"z":-0,"f":1.10,"t":"größe\\ud800","n":[1E5]}';
  const masked =
    '{"x":"[redacted]","big":12345678901234567890,"e":1e400,"z":-0,"f":1.10,"t":"größe\\ud800","n":[1E5]}';
  assert.equal(mask(body, ["/x"]), masked);
});

test("a mask is complete and changes nothing the second time", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const masked = mask(JSON.stringify(value), ["/*"]) ?? JSON.stringify(value);
      assert.equal(mask(masked, ["/*"]), undefined);
      const names = (text: string) => new Set(Object.keys(JSON.parse(text)));
      assert.deepEqual(names(masked), names(JSON.stringify(value)));
    }),
  );
});

test("a pointer begins with a slash, and a tilde in it is escaped", () => {
  assert.deepEqual(["", "/", "/a/0", "/a~1b", "a", "/a~", "/a~2"].map(isPointer), [
    true,
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});
