import { UnleashFlags } from "@oms/proxy/stage/unleash.ts";
import type { LedgerCounts } from "./ledger-counts.ts";
import { succeed } from "./oms-calls.ts";
import type { StoryContext } from "./story.ts";

const CALLS_EACH = 3;
const METHOD = { capability: "embedding", method: "similarity" } as const;
const POOL = Array.from({ length: 4000 }, (_, i) => `pool-${i}@story`);
/**
 * How far the pool's share may be from the flag's own, which a hash draws anew for every run: over six standard
 * deviations, so that no run meets one that is farther.
 */
const TOLERANCE = 0.05;

/** Asks OMS in whose hands authors are, and compares with what a second reader of the same flag says. */
export class Probe {
  made = 0;
  readonly #context: StoryContext;
  readonly #ledger: LedgerCounts;
  readonly #flags: UnleashFlags;
  readonly #flag: string;

  constructor(context: StoryContext, ledger: LedgerCounts, backupDir: string) {
    const {
      UNLEASH_URL: url = "",
      UNLEASH_CLIENT_TOKEN: token = "",
      FLAG_PREFIX: prefix = "",
    } = context.system.env;
    this.#context = context;
    this.#ledger = ledger;
    this.#flag = `${prefix}oms.${METHOD.capability}`;
    const server = {
      url,
      token,
      appName: "story",
      environment: "development",
      refreshMs: 200,
      prefix,
      backupDir,
    };
    this.#flags = new UnleashFlags(server, { info: () => {}, warn: () => {} }, () => {});
  }

  start(): Promise<void> {
    return this.#flags.start();
  }

  stop(): void {
    this.#flags.stop();
  }

  /**
   * Resolves, when the flag's new setting has reached both readers, to the stage of each author: OMS's own, of
   * which the story fails when it is not the other reader's in time.
   */
  async settled(
    authors: readonly string[],
    isSeen: (shares: Shares) => boolean,
  ): Promise<Map<string, string>> {
    const { until } = this.#context;
    await until(() => isSeen(this.#shares()), "the flag's new setting is seen by a second reader");
    const stages = Map.groupBy(authors, (author) => this.#stageOf(author));
    for (const [stage, group] of stages) {
      await until(
        async () => (await this.#stages(group)).join() === stage,
        `OMS serves ${group.join()} in ${stage}`,
      );
    }
    return new Map([...stages].flatMap(([stage, group]) => group.map((author) => [author, stage] as const)));
  }

  /** The stages in which OMS counted calls of these authors. */
  async #stages(authors: readonly string[]): Promise<string[]> {
    const before = await this.#ledger.calls(METHOD.capability, METHOD.method);
    const calls = authors.flatMap((author) => Array.from({ length: CALLS_EACH }, () => this.#call(author)));
    await Promise.all(calls);
    const probe = { ...METHOD, calls: calls.length };
    return this.#context.until(
      () => this.#ledger.newStages(before, probe),
      "the calls of a probe are counted",
    );
  }

  async #call(author: string): Promise<void> {
    this.made += 1;
    const body = { a: "a quiet harbour", b: "an old library" };
    await succeed("POST", `${this.#context.system.addresses.oms}/similarity`, { author, body });
  }

  #stageOf(author: string): string {
    return this.#flags.flag(this.#flag)?.stageFor({ author }) ?? "in-process";
  }

  #shares(): Shares {
    const stages = POOL.map((author) => this.#stageOf(author));
    return (stage, share) =>
      Math.abs(stages.filter((found) => found === stage).length / POOL.length - share) <= TOLERANCE;
  }
}

/** Whether about this share of all authors is in a stage. */
type Shares = (stage: string, share: number) => boolean;
