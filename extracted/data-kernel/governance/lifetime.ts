import { z } from "zod";
import type { Branch, Store } from "../store/port.ts";

const schema = z.object({
  /** Of the branch it was said of: one made later under the same name is another. */
  createdMs: z.number(),
  maxAgeMs: z.number().optional(),
  fromMs: z.number(),
});

/** What was said of one branch's age: how old it may become, and since when that counts, in Unix milliseconds. */
export type Lifetime = { readonly maxAgeMs?: number | undefined; readonly fromMs: number };

const PREFIX = "governance/lifetime/";

/** Keeps a lifetime for a branch that is there; the last one said counts. */
export async function keepLifetime(
  store: Pick<Store, "readState" | "writeState">,
  { name, createdMs }: Pick<Branch, "name" | "createdMs">,
  lifetime: Lifetime,
): Promise<void> {
  const value = JSON.stringify({ createdMs, ...lifetime });
  for (;;) {
    const version = (await store.readState(PREFIX + name))?.version ?? 0;
    if (await store.writeState({ name: PREFIX + name, value, version })) return;
  }
}

/** The lifetimes of `branches`, by name. */
export async function readLifetimes(
  store: Pick<Store, "listStates">,
  branches: readonly Branch[],
): Promise<ReadonlyMap<string, Lifetime>> {
  const said = new Map(
    (await store.listStates(PREFIX)).map(({ name, value }) => [name.slice(PREFIX.length), value]),
  );
  return new Map(
    branches.flatMap(({ name, createdMs }): [string, Lifetime][] => {
      const value = said.get(name);
      const lifetime = value === undefined ? undefined : schema.parse(JSON.parse(value));
      return lifetime?.createdMs === createdMs ? [[name, lifetime]] : [];
    }),
  );
}
