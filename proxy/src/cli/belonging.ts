import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Owned } from "../model/handover.ts";
import type { Side } from "../model/side.ts";
import { authorityOf } from "../plan/plan.ts";
import type { Ceiling } from "../stage/ceiling.ts";
import { Door } from "../stage/door.ts";
import type { Flag } from "../stage/flag.ts";
import { parseOverride } from "../stage/override.ts";
import { UnleashFlags } from "../stage/unleash.ts";
import { readFlags } from "./flag-server.ts";

export type Asked = {
  readonly capability: string;
  /** Its flag's name on the server. */
  readonly flag: string;
  readonly server: { readonly url: string; readonly token: string; readonly environment: string };
  readonly ceiling: Ceiling | undefined;
  /** As the environment spells it. */
  readonly override: string | undefined;
};

export type Belonging = { readonly sideOf: (piece: Owned) => Side; readonly close: () => Promise<void> };

const REFRESH_MS = 1000;

/**
 * Where pieces belong: with the authority of their stage, by override, ceiling and flag, each read as OMS reads it. A
 * flag that is moved meanwhile is followed. Rejects when the server does not have the flag: a misspelt name is not to
 * move everything.
 */
export async function openBelonging(asked: Asked): Promise<Belonging> {
  const { ceiling } = asked;
  const override = parseOverride(asked.capability, asked.override);
  const door = new Door();
  const place = (flag: Flag | undefined) => door.set({ override, ceiling, flag, fresh: () => true });
  const sideOf = ({ fields }: Owned) => authorityOf(door.stageFor(fields));
  place(undefined);
  return { sideOf, close: override ? async () => {} : await follow(asked, place) };
}

/** Tells `place` of every snapshot of the flag; resolves, once there is one, with how to stop. */
async function follow({ server, flag }: Asked, place: (flag: Flag | undefined) => void) {
  const known = await readFlags(server.url, server.token);
  if (!known.has(flag)) throw new Error(`the flag server at ${server.url} has no flag ${flag}`);
  const backupDir = await mkdtemp(join(tmpdir(), "strangler-flags-"));
  const { promise: placed, resolve } = Promise.withResolvers<void>();
  const options = { ...server, appName: "strangler", refreshMs: REFRESH_MS, backupDir };
  const flags = new UnleashFlags(options, { info: () => {}, warn: () => {} }, () => {
    place(flags.flag(flag));
    resolve();
  });
  await flags.start();
  await placed;
  return async () => {
    flags.stop();
    await rm(backupDir, { recursive: true, force: true, maxRetries: 5 });
  };
}
