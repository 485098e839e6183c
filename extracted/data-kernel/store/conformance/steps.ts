import fc from "fast-check";
import type { Write } from "../port.ts";

export const IDS = ["a", "b", "\uffee", "🌱"];
export const TYPES = ["Note", "Tag"];

/** What a test does to a store; numbers pick from what exists when the step runs. */
export type Step =
  | { kind: "commit"; branch: number; key: number; fingerprint: string; writes: Write[]; asserts: Assert[] }
  | { kind: "branch"; origin: number; commit: number }
  | { kind: "read"; branch: number; commit: number }
  | { kind: "reset"; branch: number; commit: number }
  | { kind: "delete"; branch: number };
export type Assert = { kind: "absent" | "revision" | "head"; id: string; commit: number; honest: boolean };

const write: fc.Arbitrary<Write> = fc.oneof(
  fc.record({
    put: fc.record({
      id: fc.constantFrom(...IDS),
      type: fc.constantFrom(...TYPES),
      body: fc.nat(99).map((n) => `{"n":${n}}`),
    }),
  }),
  fc.record({ delete: fc.constantFrom(...IDS) }),
);
const writes = fc.uniqueArray(write, {
  minLength: 1,
  selector: (each) => ("put" in each ? each.put.id : each.delete),
});
const asserts: fc.Arbitrary<Assert[]> = fc.array(
  fc.record({
    kind: fc.constantFrom("absent" as const, "revision" as const, "head" as const),
    id: fc.constantFrom(...IDS),
    commit: fc.nat(),
    honest: fc.boolean(),
  }),
  { maxLength: 2 },
);
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("commit" as const),
      branch: fc.nat(),
      key: fc.nat(30),
      fingerprint: fc.constantFrom("same", "same", "same", "other"),
      writes,
      asserts,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("branch" as const), origin: fc.nat(), commit: fc.nat() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("read" as const), branch: fc.nat(), commit: fc.nat() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("reset" as const), branch: fc.nat(), commit: fc.nat() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("delete" as const), branch: fc.nat() }) },
);
