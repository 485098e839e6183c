import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { refuseFrozen } from "../freeze.ts";
import type { FreezeRequest, Thaw } from "../port.ts";
import type { Connection } from "./connection.ts";
import { changeHead } from "./heads.ts";

export async function freezeBranch(
  connection: Connection,
  { name, token, untilMs, nowMs }: FreezeRequest,
): Promise<void> {
  await changeHead(connection, name, (head) => {
    refuseFrozen(head.freeze, { token, nowMs, field: "name" });
    const { freeze } = head;
    if (freeze?.token === token && freeze.untilMs === untilMs) return undefined;
    return { ...head, freeze: { token, untilMs } };
  });
}

export async function thawBranch(connection: Connection, { name, token }: Thaw): Promise<void> {
  try {
    await changeHead(connection, name, (head) =>
      head.freeze?.token === token ? { ...head, freeze: undefined } : undefined,
    );
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== "NOT_FOUND") throw error;
  }
}
