import { http } from "./http.ts";
import type { LoadCall } from "./load.ts";

const THINGS = ["harbour", "library", "mountain railway", "violin maker", "tidal power plant", "opera house"];
const TRAITS = ["quiet", "famous", "abandoned", "newly built", "very old", "remote"];
const KOREAN = ["서울의 오래된 도서관", "부산 항구", "한라산 국립공원", "세종대왕 기념관"];

/** A caller that leaves does not show whether it would have been answered; slow is for benchmarks to judge. */
const PATIENCE_MS = 120_000;

/** Type that every object of the load has. */
export const PLACE = { id: "Place", title: "Place", properties: [{ name: "description", type: "string" }] };

/** What OMS's callers do all day, by the embedding method each call ends in; `similarity` is left to probes. */
export function mixedCalls(oms: string, random: () => number): LoadCall[] {
  const pick = (from: readonly string[]) => from[Math.floor(random() * from.length)] ?? "";
  const text = () => `a ${pick(TRAITS)} ${pick(THINGS)} number ${Math.floor(random() * 50)}`;
  const post = (path: string, body: () => object) => async (author: string) => {
    await succeed("POST", `${oms}${path}`, { author, body: body() });
  };
  return [
    { name: "embed", weight: 4, make: post("/embedding", () => ({ text: text() })) },
    { name: "embedBatch", weight: 1, make: post("/embedding", () => ({ texts: [text(), text(), text()] })) },
    { name: "search", weight: 3, make: post("/search", () => ({ query: text(), k: 5 })) },
    {
      name: "store",
      weight: 2,
      make: async (author) => {
        const description = random() < 0.2 ? pick(KOREAN) : text();
        const body = { type: PLACE.id, properties: { description } };
        await succeed("PUT", `${oms}/objects/place-${Math.floor(random() * 40)}`, { author, body });
      },
    },
  ];
}

/** One call that must be answered with a 2xx; throws with the answer otherwise. `key` is the idempotency key. */
export async function succeed(
  method: string,
  url: string,
  { author, body, key }: { author: string; body: object; key?: string },
): Promise<unknown> {
  const headers = { "oms-author": author, ...(key !== undefined && { "idempotency-key": key }) };
  const answer = await http(method, url, { headers, body, timeoutMs: PATIENCE_MS });
  if (answer.status >= 300) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}
