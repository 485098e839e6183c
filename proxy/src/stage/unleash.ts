import type { EventEmitter } from "node:events";
import { mkdir } from "node:fs/promises";
import { setImmediate as nextTurn, setTimeout as wait } from "node:timers/promises";
import { Unleash, UnleashEvents } from "unleash-client";
import type { Log } from "../model/log.ts";
import { type Flag, readFlag } from "./flag.ts";

export type FlagServer = {
  /** Base of the Unleash server, without `/api`. */
  readonly url: string;
  readonly token: string;
  readonly appName: string;
  readonly environment: string;
  readonly refreshMs: number;
  /** Where the last known flags survive a restart; made when missing. */
  readonly backupDir: string;
};

/** How long a start waits for the server before it goes on with what is known from before. */
const START_MS = 2000;
/** The client stops asking for good when its token is refused; it is started anew after this time. */
const REFUSED_MS = 30_000;

/** The flags of an Unleash server, kept through its absences and over restarts. */
export class UnleashFlags {
  readonly #server: FlagServer;
  readonly #log: Log;
  readonly #changed: () => void;
  #client: Unleash | undefined;
  #flags: ReadonlyMap<string, Flag> = new Map();
  #heardAt = Number.NEGATIVE_INFINITY;
  #silent: boolean = false;
  #restart: NodeJS.Timeout | undefined;

  /** `changed` is called after every new snapshot. */
  constructor(server: FlagServer, log: Log, changed: () => void) {
    this.#server = server;
    this.#log = log;
    this.#changed = changed;
  }

  /** Resolves with the server's flags, or the last known ones when it does not answer; never because of it rejects. */
  async start(): Promise<void> {
    await mkdir(this.#server.backupDir, { recursive: true });
    await Promise.race([this.#connect(), wait(START_MS, undefined, { ref: false })]);
  }

  /** Undefined for a flag that was never seen. */
  flag(name: string): Flag | undefined {
    return this.#flags.get(name);
  }

  /** False while the server does not answer: what `flag` says is the last that was known. */
  get fresh(): boolean {
    return Date.now() - this.#heardAt < 3 * this.#server.refreshMs + START_MS;
  }

  stop(): void {
    clearTimeout(this.#restart);
    if (this.#client) destroy(this.#client);
    this.#client = undefined;
  }

  async #connect(): Promise<void> {
    const { url, token, appName, environment, refreshMs, backupDir } = this.#server;
    const client = new Unleash({
      url: new URL("api/", url.endsWith("/") ? url : `${url}/`).href,
      customHeaders: { Authorization: token },
      appName,
      environment,
      refreshInterval: refreshMs,
      backupPath: backupDir,
      disableAutoStart: true,
      skipInstanceCountWarning: true,
    });
    this.#client = client;
    client.on(UnleashEvents.Ready, () => this.#read(client));
    client.on(UnleashEvents.Changed, () => this.#heard(client));
    client.on(UnleashEvents.Unchanged, () => this.#heard());
    client.on(UnleashEvents.Error, (error: Error) => this.#failed(client, error));
    await client.start();
    // The client says `ready` one turn after it is.
    await nextTurn();
  }

  #heard(changed?: Unleash): void {
    this.#heardAt = Date.now();
    if (this.#silent) this.#log.info({}, "flags can be read again");
    this.#silent = false;
    if (changed) this.#read(changed);
  }

  #failed(client: Unleash, error: Error): void {
    if (!this.#silent)
      this.#log.warn({ error: error.message }, "flags cannot be read: the last known ones hold");
    this.#silent = true;
    if (!/responded 40[13]/.test(error.message)) return;
    clearTimeout(this.#restart);
    this.#restart = setTimeout(() => {
      destroy(client);
      void this.#connect();
    }, REFUSED_MS);
    this.#restart.unref();
  }

  #read(client: Unleash): void {
    const definitions = client.getFeatureToggleDefinitions(true);
    this.#flags = new Map(
      definitions.map((definition) => [
        definition.name,
        readFlag(definition, (fields) => {
          const context = { userId: String(fields["author"]), properties: fields };
          const variant = client.getVariant(definition.name, context);
          return variant.enabled ? variant.name : undefined;
        }),
      ]),
    );
    this.#changed();
  }
}

/** A poll under way at the end fails later, and the client's repository would throw what nobody listens to. */
function destroy(client: Unleash): void {
  client.destroy();
  (Reflect.get(client, "repository") as EventEmitter).on("error", () => {});
}
