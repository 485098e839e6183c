import type { Write } from "@oms/data-kernel/client.ts";

export const BRANCH = "bench/store/main";
export const TYPE = "City";

/** A document as an ontology has them: some 300 bytes. */
export function bodyOf(n: number) {
  return {
    type: TYPE,
    name: `City number ${n}`,
    country: "Norway",
    population: n * 17,
    about:
      "A rainy harbour town between seven hills, with a fish market, a fortress and a funicular railway.",
    tags: ["harbour", "hills", "rain"],
    location: { latitude: 60.39 + n / 1e6, longitude: 5.32 },
  };
}

export const idOf = (n: number) => `Object/city-${String(n).padStart(7, "0")}`;

export function put(n: number): Write {
  return { put: { id: idOf(n), type: TYPE, body: bodyOf(n) } };
}

/** What the sync hooks hold every such document to. */
export const SCHEMA: Write = {
  put: {
    id: `Schema/${TYPE}`,
    type: "Schema",
    body: {
      type: TYPE,
      schema: {
        type: "object",
        required: ["name", "country"],
        properties: {
          name: { type: "string" },
          country: { type: "string" },
          population: { type: "integer" },
        },
      },
      references: [],
    },
  },
};
