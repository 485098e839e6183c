import { setTimeout as pause } from "node:timers/promises";
import { Exchange } from "../store/terminus/exchange.ts";
import { followOnce, type Place, type Round } from "../store/terminus/standby.ts";
import { type Call, type Command, type Option, operandsOf } from "./command.ts";

/** A clone of much takes its time. */
const TIMEOUT_MS = 600_000;

export const standby: Command = {
  usage: "PRIMARY STANDBY [options]",
  says: `brings a standby TerminusDB up to its primary, once: clones the database when it is not there, else pulls every
branch. To be run again and again: what was committed since its last run is what losing the primary loses. To take
over, stop it and give the kernels the standby's TERMINUSDB_URL. Users and roles are the standby's own`,
  options: {
    organization: textOf("NAME", "of the database", "TERMINUSDB_ORGANIZATION", "admin"),
    database: textOf("NAME", "which database", "TERMINUSDB_DATABASE", "oms"),
    user: textOf("NAME", "on the primary", "TERMINUSDB_USER", "admin"),
    "standby-user": textOf("NAME", "on the standby", "TERMINUSDB_STANDBY_USER", "admin"),
  },
  async run(call) {
    const [from, to] = operandsOf(call, ["PRIMARY", "STANDBY"]);
    const { TERMINUSDB_PASSWORD: password = "" } = process.env;
    const primary = placeOf(from, call.text("user") ?? "", password);
    const there = process.env["TERMINUSDB_STANDBY_PASSWORD"] ?? password;
    const standby = placeOf(to, call.text("standby-user") ?? "", there);
    const patience = { random: Math.random, now: () => performance.now(), pause };
    try {
      const value = await followOnce({ primary, standby, database: databaseOf(call) }, patience);
      return { lines: linesOf(value), value, ok: true };
    } finally {
      for (const { exchange } of [primary, standby]) exchange.close();
    }
  },
};

function textOf(value: string, says: string, variable: string, preset: string): Option {
  return { type: "string", value, says, variable, preset };
}

function databaseOf(call: Call): string {
  return `${call.text("organization")}/${call.text("database")}`;
}

function placeOf(address: string, user: string, password: string): Place {
  const url = address.replace(/\/$/, "");
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  return { url, authorization, exchange: new Exchange({ url, user, password, timeoutMs: TIMEOUT_MS }) };
}

function linesOf({ cloned, ...round }: Round): string[] {
  const counts = Object.entries(round).map(([what, names]) => `${names.length} ${what}`);
  return [`${cloned ? "cloned; " : ""}branches: ${counts.join(", ")}`];
}
