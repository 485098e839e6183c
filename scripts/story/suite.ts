import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Claim, claim, endLeftovers } from "../process/claim.ts";
import { freePorts } from "../process/ports.ts";
import { removeLogs, Supervisor } from "../process/supervisor.ts";
import { ROOT } from "../root.ts";
import { PORTS, readSettings, type Settings } from "../settings.ts";
import type { Servers } from "../setup/servers.ts";
import { setUp } from "../setup/set-up.ts";
import { addressesOf, reachOf } from "../system/addresses.ts";
import { commonEnvironment, systemOf } from "../system.ts";
import { natsUser, writeNatsAccounts } from "./nats-accounts.ts";
import type { SharedServer } from "./story.ts";

const HOST = "127.0.0.1";

/** The servers that stories share, and what sets one story apart from another on them. */
export class Suite {
  readonly #settings: Settings;
  readonly #servers: Servers;
  readonly #supervisor: Supervisor;
  readonly #claim: Claim;
  // A flag keeps its numbers from run to run, so a run has flags of its own.
  readonly #run = Date.now().toString(36);

  private constructor(settings: Settings, servers: Servers, held: Claim) {
    this.#settings = settings;
    this.#servers = servers;
    this.#claim = held;
    this.#supervisor = new Supervisor({
      directory: settings.runDirectory,
      host: settings.host,
      env: commonEnvironment(process.env),
      reach: reachOf(settings),
      on: () => undefined,
    });
  }

  /** Sets up what is missing and claims the directory of the suite; nothing runs yet. */
  static async open(report: (line: string) => void): Promise<Suite> {
    const outer = readSettings(process.env, ROOT);
    const directory = join(outer.runDirectory, "story");
    const settings = readSettings({ ...process.env, ...(await portsFor()), HOST, RUN_DIR: directory }, ROOT);
    const held = await claim(directory, report);
    for (const story of foldersIn(storiesIn(settings))) {
      await endLeftovers(join(storiesIn(settings), story), report);
    }
    removeLogs(directory);
    return new Suite(settings, await setUp(settings, report), held);
  }

  /** Starts the servers that `stories` share. Redis and NATS begin empty; Unleash keeps its database, which is slow to make. */
  async start(stories: readonly string[], shared: readonly SharedServer[]): Promise<void> {
    const directory = this.#settings.runDirectory;
    for (const folder of ["data/redis", "data/nats"])
      rmSync(join(directory, folder), { recursive: true, force: true });
    const natsConfig = join(directory, "nats.conf");
    writeNatsAccounts(natsConfig, stories);
    const specs = systemOf(this.#settings, { ...this.#servers, natsConfig });
    await this.#supervisor.start(specs.filter(({ name }) => shared.some((each) => each === name)));
  }

  /** Settings of one story: its own directory, ports, environment and prefixes, and the shared servers but `own`. */
  async settingsFor(story: string, own: readonly SharedServer[]): Promise<Settings> {
    const directory = join(storiesIn(this.#settings), story);
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    const env = {
      HOST,
      RUN_DIR: directory,
      SERVICES_DIR: this.#settings.servicesDirectory,
      EMBEDDING_MODEL_DIR: this.#settings.modelDirectory,
      OMS_ENV: story,
      FLAG_PREFIX: `${story}-${this.#run}.`,
      KEY_PREFIX: `${story}:`,
      ...(await portsFor()),
      ...this.#shared(story, own),
    };
    return readSettings(env, ROOT);
  }

  get servers(): Servers {
    return this.#servers;
  }

  async close(): Promise<void> {
    await this.#supervisor.stop();
    await this.#claim.release();
  }

  #shared(story: string, own: readonly SharedServer[]): Record<string, string> {
    const at = addressesOf(this.#settings);
    const nats = new URL(at.nats);
    nats.username = nats.password = natsUser(story);
    const { clientToken, adminToken } = this.#settings;
    return {
      ...(!own.includes("redis") && { REDIS_URL: at.redis }),
      ...(!own.includes("nats") && { NATS_URL: nats.href }),
      ...(!own.includes("unleash") && {
        UNLEASH_URL: at.unleash,
        UNLEASH_CLIENT_TOKEN: clientToken,
        ...(adminToken !== undefined && { UNLEASH_ADMIN_TOKEN: adminToken }),
      }),
    };
  }
}

function storiesIn(settings: Settings): string {
  return join(settings.runDirectory, "stories");
}

function foldersIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

async function portsFor(): Promise<Record<string, string>> {
  const names = Object.keys(PORTS);
  const ports = await freePorts(HOST, names.length);
  return Object.fromEntries(names.map((name, i) => [name, `${ports[i]}`]));
}
