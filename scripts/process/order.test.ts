import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { inOrder } from "./order.ts";

const node = (name: string, ...needs: string[]) => ({ name, needs });
const names = (nodes: readonly { name: string }[]) => nodes.map(({ name }) => name);

test("what is needed comes first, the rest stays as given", () => {
  const given = [node("oms", "kernel", "redis"), node("kernel"), node("unleash"), node("redis")];
  assert.deepEqual(names(inOrder(given)), ["kernel", "redis", "oms", "unleash"]);
});

test("a need outside the list is someone else's", () => {
  assert.deepEqual(names(inOrder([node("oms", "redis")])), ["oms"]);
});

test("a circle is refused by its names", () => {
  assert.throws(() => inOrder([node("a", "b"), node("b", "c"), node("c", "a")]), /a → b → c → a/);
});

test("a name given twice is refused", () => {
  assert.throws(() => inOrder([node("a"), node("a")]), /given twice/);
});

test("any list without a circle is ordered whole, every need before its user", () => {
  // Node i needs only earlier nodes, then the list is shuffled: no circle is possible.
  const acyclic = fc
    .array(fc.array(fc.nat()), { maxLength: 12 })
    .map((needs) => needs.map((each, i) => node(`${i}`, ...(i === 0 ? [] : each.map((n) => `${n % i}`)))));
  const shuffled = acyclic.chain((nodes) => fc.shuffledSubarray(nodes, { minLength: nodes.length }));
  fc.assert(
    fc.property(shuffled, (nodes) => {
      const ordered = names(inOrder(nodes));
      assert.deepEqual(ordered.toSorted(), names(nodes).toSorted());
      for (const { name, needs } of nodes) {
        for (const need of needs) assert.ok(ordered.indexOf(need) < ordered.indexOf(name));
      }
    }),
  );
});
