import assert from "node:assert/strict";
import { test } from "node:test";
import type { Capability } from "./model/capability.ts";
import type { Comparison } from "./model/comparison.ts";
import type { Host } from "./model/host.ts";
import { strangle } from "./strangle.ts";
import { createStrangler } from "./strangler.ts";

type Ontology = {
  readonly find: (id: string) => Promise<{ id: string }>;
  readonly identity: <V>(value: V) => Promise<V>;
};

const host: Host = {
  fields: () => ({}),
  key: () => undefined,
  shadow: () => false,
  enter: (_call, run) => run(),
  isAnswer: () => false,
  unavailable: (failure, what) => new Error(`${what}: ${failure}`),
};
const match = (): Comparison => ({ outcome: "match" });
const side: Ontology = { find: async (id) => ({ id }), identity: async (value) => value };
const ontology: Capability<Ontology> = {
  name: "ontology",
  inProcess: async () => side,
  extracted: async () => side,
  methods: { find: { effect: "read", compare: match }, identity: { effect: "read", compare: match } },
  builds: () => ({ inProcess: "1", extracted: "1" }),
};

test("a strangled capability has the interface it had, generic methods included", async () => {
  const door: Ontology = strangle(ontology, createStrangler(host));
  assert.deepEqual(Object.keys(door), ["find", "identity"]);
  const found: { id: string } = await door.find("x");
  assert.deepEqual(found, { id: "x" });
  const seven: number = await door.identity(7);
  assert.equal(seven, 7);
});

test("the in-process side is called as the object it is", async () => {
  class Counter {
    #count = 0;
    readonly next = async () => ++this.#count;
    async add(by: number) {
      this.#count += by;
      return this.#count;
    }
  }
  type Counting = Pick<Counter, "next" | "add">;
  const counter = new Counter();
  const door: Counting = strangle<Counting>(
    {
      name: "counter",
      inProcess: async () => counter,
      extracted: async () => counter,
      methods: { next: { effect: "once", compare: match }, add: { effect: "once", compare: match } },
      builds: () => ({ inProcess: "1", extracted: "1" }),
    },
    createStrangler(host),
  );
  await door.next();
  assert.equal(await door.add(2), 3);
});

test("a capability is strangled once", () => {
  const strangler = createStrangler(host);
  strangle(ontology, strangler);
  assert.throws(() => strangle(ontology, strangler), { message: '"ontology" is strangled twice' });
});

test("what is not an async method, or is forgotten, does not compile", () => {
  type Streams = { readonly watch: () => AsyncIterable<string> };
  const streams = { ...ontology, methods: {} } as unknown as Capability<Streams>;
  // @ts-expect-error: a stream cannot be strangled
  strangle<Streams>(streams, createStrangler(host));

  type Held = { readonly size: number };
  const held = { ...ontology, methods: {} } as unknown as Capability<Held>;
  // @ts-expect-error: a property cannot be strangled
  strangle<Held>(held, createStrangler(host));

  // @ts-expect-error: a method of the port is missing
  const methods: Capability<Ontology>["methods"] = { find: { effect: "read", compare: match } };
  assert.deepEqual(Object.keys(methods), ["find"]);
});
