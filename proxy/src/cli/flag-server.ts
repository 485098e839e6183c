import { z } from "zod";

const ANSWER_WITHIN_MS = 3000;

const Constraint = z.object({ contextName: z.string() });
const Variant = z.object({ name: z.string(), weight: z.number(), stickiness: z.string().exactOptional() });
const Strategy = z.object({
  name: z.string(),
  parameters: z.record(z.string(), z.unknown()).default({}),
  constraints: z.array(Constraint).default([]),
  variants: z.array(Variant).default([]),
});
const Answer = z.object({
  features: z.array(
    z.object({
      name: z.string(),
      enabled: z.boolean(),
      strategies: z.array(Strategy).default([]),
      variants: z.array(Variant).default([]),
    }),
  ),
});

/** A flag as clients are told it; constraints of segments are among its own. */
export type NamedDefinition = z.infer<typeof Answer>["features"][number];

/** Every flag a client with this token may see, by name. Rejects with a sentence a person can act on. */
export async function readFlags(url: string, token: string): Promise<ReadonlyMap<string, NamedDefinition>> {
  const response = await request(url, token);
  if (response.status === 401 || response.status === 403) {
    throw new Error(`the flag server at ${url} refuses UNLEASH_CLIENT_TOKEN`);
  }
  if (!response.ok) throw new Error(`the flag server at ${url} answers ${response.status}`);
  const { features } = Answer.parse(await response.json());
  return new Map(features.map((feature) => [feature.name, feature]));
}

async function request(url: string, token: string): Promise<Response> {
  try {
    return await fetch(new URL("api/client/features", url.endsWith("/") ? url : `${url}/`), {
      headers: { authorization: token },
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
  } catch (error) {
    throw new Error(`the flag server at ${url} does not answer`, { cause: error });
  }
}
