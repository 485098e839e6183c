import type { SQLTagStore } from "node:sqlite";
import { refuseFrozen } from "../freeze.ts";
import type { FreezeRequest, Thaw } from "../port.ts";
import { requireBranch } from "./lineage.ts";

export function freezeBranch(sql: SQLTagStore, { name, token, untilMs, nowMs }: FreezeRequest): void {
  const { branch, freeze } = requireBranch(sql, name, "name");
  refuseFrozen(freeze, { token, nowMs, field: "name" });
  sql.run`UPDATE branches SET frozen_by = ${token}, frozen_until_ms = ${untilMs} WHERE branch = ${branch}`;
}

export function thawBranch(sql: SQLTagStore, { name, token }: Thaw): void {
  sql.run`UPDATE branches SET frozen_by = NULL, frozen_until_ms = 0 WHERE name = ${name} AND frozen_by = ${token}`;
}
