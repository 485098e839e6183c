import type { SQLTagStore } from "node:sqlite";
import type { NamedState, State, StateWrite } from "../port.ts";

/** Above every character a name can go on with. */
const LAST = "\u{10ffff}";

export function readState(sql: SQLTagStore, name: string): State | undefined {
  const row = sql.get`SELECT value, version FROM states WHERE name = ${name}`;
  return row && { value: String(row["value"]), version: Number(row["version"]) };
}

export function writeState(sql: SQLTagStore, { name, value, version }: StateWrite): boolean {
  if ((readState(sql, name)?.version ?? 0) !== version) return false;
  sql.run`DELETE FROM states WHERE name = ${name}`;
  if (value !== undefined) sql.run`INSERT INTO states (name, value) VALUES (${name}, ${value})`;
  return true;
}

export function listStates(sql: SQLTagStore, prefix: string): NamedState[] {
  const rows = sql.all`
    SELECT name, value, version FROM states
    WHERE name >= ${prefix} AND name < ${prefix + LAST} ORDER BY name`;
  return rows.map((row) => ({
    name: String(row["name"]),
    value: String(row["value"]),
    version: Number(row["version"]),
  }));
}
