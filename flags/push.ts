import type { AdminApi } from "./admin-api.ts";
import { type Change, changesTo, type ServerState } from "./change.ts";
import type { Definitions } from "./flag.ts";

/** What the server holds of what the definitions name. */
export async function readServer(
  api: AdminApi,
  definitions: Definitions,
  prefix: string,
): Promise<ServerState> {
  const fields = await api.contextFields();
  const flags: ServerState["flags"] = new Map(
    (
      await Promise.all(
        definitions.flags.map(async ({ name }) => [prefix + name, await api.flag(prefix + name)] as const),
      )
    ).flatMap(([name, found]) => (found ? [[name, found] as const] : [])),
  );
  return { contextFields: new Map(fields.map(({ name, stickiness }) => [name, stickiness ?? false])), flags };
}

/** Makes the server's structure what the data says; returns what it did. Pushing again does nothing. */
export async function push(api: AdminApi, definitions: Definitions, prefix: string): Promise<Change[]> {
  const changes = changesTo(definitions, await readServer(api, definitions, prefix), prefix);
  for (const change of changes) await apply(api, change);
  return changes;
}

async function apply(api: AdminApi, change: Change): Promise<void> {
  switch (change.kind) {
    case "create context field":
      return api.createContextField(change.field);
    case "update context field":
      return api.updateContextField(change.field);
    case "create flag":
      return api.createFlag(change.flag, change.description);
    case "describe flag":
      return api.describeFlag(change.flag, change.description);
    case "add strategy":
      return api.addStrategy(change.flag, change.strategy);
    case "repair strategy":
      return api.updateStrategy(change.flag, change.strategy);
    case "person needed":
      return;
  }
}
