import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../../root.ts";
import { readSettings } from "../../settings.ts";
import { setUp } from "../../setup/set-up.ts";
import { http } from "../../story/http.ts";
import { type MeasuredProcess, startMeasured } from "../measured-process.ts";

export const LIVE = "live";
export const IN_PROCESS = "in-process";

const PATIENCE_MS = 60_000;

/** An OMS of its own, asked over its REST; any answer but 200 throws. */
export type Side = Pick<MeasuredProcess, "eventLoopP99"> & {
  readonly embed: (text: string) => Promise<void>;
  readonly read: () => Promise<void>;
};

export type Sides = {
  readonly of: (name: string) => Side;
  readonly close: () => Promise<void>;
};

/** Two OMS on one kernel and one embedding service, each held in its stage by its environment. */
export async function openSides(progress: (text: string) => void): Promise<Sides> {
  await using opening = new AsyncDisposableStack();
  const settings = readSettings(process.env, ROOT);
  await setUp(settings, progress);
  const data = await mkdtemp(join(tmpdir(), "bench-"));
  opening.defer(() => rm(data, { recursive: true }));
  const start = async (main: string, env: Readonly<Record<string, string>>): Promise<MeasuredProcess> => {
    const started = await startMeasured([main], env);
    opening.defer(started.stop);
    return started;
  };
  const kernel = await start("extracted/data-kernel/main.ts", { DATA_DIR: data });
  // Nothing of what may run on this machine already: no Redis, no flags.
  const alone = { KERNEL_URL: kernel.address, REDIS_URL: "", UNLEASH_URL: "", DATA_DIR: data };
  const env = { ...alone, EMBEDDING_MODEL_DIR: settings.modelDirectory };
  const service = await start("extracted/embedding-service/main.ts", env);
  const at = { ...env, EMBEDDING_URL: service.address, EMBEDDING_REST_URL: service.url };
  const sides: Readonly<Record<string, Side>> = {
    [LIVE]: await sideOf(await start("monolith/src/main.ts", { ...at, USE_EMBEDDING_MS: "true" })),
    [IN_PROCESS]: await sideOf(await start("monolith/src/main.ts", { ...at, USE_EMBEDDING_MS: "false" })),
  };
  const opened = opening.move();
  return {
    of(name) {
      const side = sides[name];
      if (!side) throw new Error(`there is no side ${name}`);
      return side;
    },
    close: () => opened.disposeAsync(),
  };
}

/** Its first call loads the module, where there is one to load. */
async function sideOf({ url, eventLoopP99 }: MeasuredProcess): Promise<Side> {
  const ask = async (method: string, path: string, body?: object): Promise<void> => {
    const request = { timeoutMs: PATIENCE_MS, ...(body && { body }) };
    const answer = await http(method, `${url}${path}`, request);
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status}`);
  };
  const embed = (text: string) => ask("POST", "/embedding", { text });
  await embed("warm up");
  return { eventLoopP99, embed, read: () => ask("GET", "/object-types") };
}
