import { setTimeout as wait } from "node:timers/promises";
import type { Redis } from "ioredis";
import { Attached, type CapabilityStatus } from "./dispatch/attached.ts";
import type { Dispatcher } from "./dispatch/dispatcher.ts";
import { Ledger } from "./ledger/ledger.ts";
import { createWriter, type WriteBatch } from "./ledger/writer.ts";
import type { AnyCapability, AnyPort } from "./model/capability.ts";
import type { Fields, Host } from "./model/host.ts";
import type { Log } from "./model/log.ts";
import type { Stage } from "./model/stage.ts";
import { openRedis } from "./redis.ts";
import { Lane } from "./shadow/lane.ts";
import { DEFAULT_LIMITS, type Limits } from "./shadow/limits.ts";
import { Ceilings } from "./stage/ceilings.ts";
import { type Override, parseOverride } from "./stage/override.ts";
import { type FlagServer, UnleashFlags } from "./stage/unleash.ts";
import type { Strangler } from "./strangle.ts";

export type StranglerOptions = {
  /** Absent: no flag server, every flag counts as never seen. The flag of a capability is `<prefix>oms.<name>`. */
  readonly flags?: FlagServer & { readonly prefix: string };
  /** Absent: no ceilings, and what is counted stays in memory. */
  readonly redis?: { readonly url: string; readonly keyPrefix: string };
  /** By capability, as the environment spells it: "true" (live), "false" (in-process) or nothing. */
  readonly overrides: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
};

export type StranglerStatus = {
  readonly capabilities: readonly CapabilityStatus[];
  /** Whether the flag server and Redis answer now, or the last known state holds; `off` where there is none. */
  readonly flags: "fresh" | "last known" | "off";
  readonly ceilings: "fresh" | "last known" | "off";
  /** Watched calls under way, and the bytes kept for them. */
  readonly lane: { readonly calls: number; readonly bytes: number };
};

/** Counted, but not yet in the ledger, is at most what happens in this time. */
const FLUSH_MS = 250;
/** How long a stop waits for watched calls and for Redis. */
const STOP_MS = 3000;

type Sources = { readonly limits?: Limits; readonly chance?: () => number };

/** Cold until started: no I/O, no timers, nothing read from the environment, and every call in-process. */
export class ColdStrangler implements Strangler {
  readonly #host: Host;
  readonly #chance: () => number;
  readonly #lane: Lane;
  readonly #ledger = new Ledger();
  readonly #attached = new Map<string, Attached>();
  #overrides: ReadonlyMap<string, Override> = new Map();
  #prefix = "";
  #log: Log = { info: () => {}, warn: () => {} };
  #flags: UnleashFlags | undefined;
  #ceilings: Ceilings | undefined;
  #redis: Redis | undefined;
  #write: WriteBatch | undefined;
  #flushing: NodeJS.Timeout | undefined;
  #ledgerAway = false;

  constructor(host: Host, { limits = DEFAULT_LIMITS, chance = Math.random }: Sources = {}) {
    this.#host = host;
    this.#chance = chance;
    this.#lane = new Lane(limits, { now: () => performance.now(), chance });
  }

  attach(capability: AnyCapability): (method: string) => AnyPort[string] {
    if (this.#attached.has(capability.name)) throw new Error(`"${capability.name}" is strangled twice`);
    const attached = new Attached(capability, {
      host: this.#host,
      lane: this.#lane,
      ledger: this.#ledger,
      chance: this.#chance,
      log: { info: (...line) => this.#log.info(...line), warn: (...line) => this.#log.warn(...line) },
    });
    this.#attached.set(capability.name, attached);
    this.#place(capability.name);
    return (method) => attached.forward(method);
  }

  dispatcher(capability: string, method: string): Dispatcher {
    return this.#known(capability).dispatcher(method);
  }

  /**
   * The stage of calls about what these fields name, for whoever moves live state after its calls. No context is
   * asked, and exceptions by method do not count. How far to trust it, `status` says: the sources of stage and flags.
   */
  stageOf(capability: string, fields: Fields): Stage {
    return this.#known(capability).stageOf(fields);
  }

  /**
   * Resolves when flags and ceilings are known, or after two seconds with what is known from before; neither
   * server has to be there. Rejects on an override that cannot be read.
   */
  async start({ flags, redis, overrides, log }: StranglerOptions): Promise<void> {
    const parsed = Object.entries(overrides).map(
      ([name, text]) => [name, parseOverride(name, text)] as const,
    );
    this.#overrides = new Map(parsed);
    this.#log = log;
    this.#placeAll();
    await Promise.all([
      flags && this.#startFlags(flags),
      redis && this.#startRedis(redis.url, redis.keyPrefix),
    ]);
  }

  /** Waits for watched calls for a while, hands over what was counted, and leaves every connection. */
  async stop(): Promise<void> {
    clearInterval(this.#flushing);
    await Promise.race([this.idle().catch(() => {}), wait(STOP_MS, undefined, { ref: false })]);
    this.#flags?.stop();
    this.#ceilings?.stop();
    this.#redis?.disconnect();
    for (const attached of this.#attached.values()) attached.stop();
  }

  /** Resolves when no watched call is under way and everything counted is in the ledger; rejects while Redis is away. */
  async idle(): Promise<void> {
    await this.#lane.idle();
    while (this.#write && this.#ledger.pending) await this.#ledger.flush(this.#write);
  }

  /** As seen by the calling context: stages may depend on its author. */
  status(): StranglerStatus {
    const standing = (source: { fresh: boolean } | undefined) => {
      if (!source) return "off";
      return source.fresh ? "fresh" : "last known";
    };
    return {
      capabilities: [...this.#attached.values()].map((attached) => attached.status()),
      flags: standing(this.#flags),
      ceilings: standing(this.#ceilings),
      lane: this.#lane.load,
    };
  }

  #known(capability: string): Attached {
    const attached = this.#attached.get(capability);
    if (!attached) throw new Error(`"${capability}" is not strangled`);
    return attached;
  }

  async #startFlags({ prefix, ...server }: FlagServer & { readonly prefix: string }): Promise<void> {
    this.#prefix = prefix;
    this.#flags = new UnleashFlags(server, this.#log, () => this.#placeAll());
    await this.#flags.start();
  }

  async #startRedis(url: string, keyPrefix: string): Promise<void> {
    const redis = openRedis(url);
    this.#redis = redis;
    this.#write = createWriter(redis, keyPrefix);
    this.#flushing = setInterval(() => void this.#flush(), FLUSH_MS).unref();
    await redis.connect().catch(() => this.#log.warn({}, "Redis does not answer"));
    this.#ceilings = new Ceilings({
      redis,
      keyPrefix,
      capabilities: () => [...this.#attached.keys()],
      log: this.#log,
      changed: () => this.#placeAll(),
    });
    await this.#ceilings.start();
  }

  async #flush(): Promise<void> {
    if (!this.#write) return;
    try {
      await this.#ledger.flush(this.#write);
      this.#ledgerAway = false;
    } catch (error) {
      if (!this.#ledgerAway) this.#log.warn({ err: error }, "the ledger is away: counting goes on in memory");
      this.#ledgerAway = true;
    }
  }

  #placeAll(): void {
    for (const name of this.#attached.keys()) this.#place(name);
  }

  /** Tells a capability's door everything that is known about its stage. */
  #place(name: string): void {
    this.#attached.get(name)?.place({
      override: this.#overrides.get(name),
      ceiling: this.#ceilings?.ceiling(name),
      flag: this.#flags?.flag(`${this.#prefix}oms.${name}`),
      fresh: () => this.#flags?.fresh ?? false,
    });
  }
}

/** One per process, built when its modules load; main alone starts it. */
export function createStrangler(host: Host, sources?: Sources): ColdStrangler {
  return new ColdStrangler(host, sources);
}
