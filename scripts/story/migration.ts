import type { Target } from "@oms/flags/admin.ts";
import type { Report } from "@oms/proxy/report/report.ts";
import { strangler } from "./cli.ts";
import { LedgerCounts } from "./ledger-counts.ts";
import { Load } from "./load.ts";
import { mixedCalls, PLACE, succeed } from "./oms-calls.ts";
import type { StoryContext } from "./story.ts";

const AUTHORS = Array.from({ length: 8 }, (_, i) => `author-${i}@story`);
const PROBE = { capability: "embedding", method: "similarity" } as const;

/** The embedding migration of one story: OMS under a steady load of mixed calls, and what was counted of it. */
export class Migration {
  readonly load: Load;
  readonly ledger: LedgerCounts;
  /** Calls made to learn the stage. */
  asked = 0;
  readonly #context: StoryContext;

  /** `rate` is in calls per second. OMS runs when the first call is made. */
  constructor(context: StoryContext, rate: number) {
    const { system, random } = context;
    this.#context = context;
    this.load = new Load({ calls: mixedCalls(system.addresses.oms, random), authors: AUTHORS, rate, random });
    this.ledger = new LedgerCounts(system.env);
  }

  /** Defines the type of the load's objects. */
  async define(): Promise<void> {
    const { id, ...body } = PLACE;
    await succeed("PUT", `${this.#context.system.addresses.oms}/object-types/${id}`, {
      author: "story@oms",
      body,
    });
  }

  /** Moves the flag and goes on with the load until OMS serves everybody in that stage. */
  async move(target: Target): Promise<void> {
    const stage = typeof target === "string" ? target : "live";
    await this.load.during(this.#context.setStage("embedding", target));
    await this.served(stage);
  }

  /** Goes on with the load until OMS serves in `stage`. */
  async served(stage: string): Promise<void> {
    await this.load.during(this.reached(stage));
  }

  /** Resolves when OMS serves in `stage`, of which it is asked by calls of a method that the load does not make. */
  async reached(stage: string): Promise<void> {
    await this.#context.until(async () => (await this.#stage()) === stage, `OMS serves in stage ${stage}`);
  }

  /** Closes the ledger and reads the report; ends the story as failed when its counts do not add up. */
  async report(): Promise<Report> {
    await this.ledger.quit();
    const { code, stdout, stderr } = await strangler(
      ["report", "embedding", "--json"],
      this.#context.system.env,
    );
    this.#context.check(code === 0, `the report's counts agree with each other: ${stderr}`);
    return JSON.parse(stdout) as Report;
  }

  /** The stage of one call made now. */
  async #stage(): Promise<string | undefined> {
    const { until, system } = this.#context;
    const before = await this.ledger.calls(PROBE.capability, PROBE.method);
    this.asked += 1;
    const body = { a: "a quiet harbour", b: "an old library" };
    await succeed("POST", `${system.addresses.oms}/similarity`, { author: "story@oms", body });
    const counted = () => this.ledger.newStages(before, { ...PROBE, calls: 1 });
    const [stage] = await until(counted, "the call of a probe is counted");
    return stage;
  }
}

/** Calls of one stage that were not compared, by reason, all methods and builds together. */
export function lostIn(report: Report, stage: string): Map<string, number> {
  const lost = new Map<string, number>();
  for (const found of stagesOf(report).filter((each) => each.stage === stage)) {
    for (const [reason, { calls }] of Object.entries(found.lost))
      lost.set(reason, (lost.get(reason) ?? 0) + calls);
  }
  return lost;
}

export function stagesOf(report: Report) {
  return report.pairs.flatMap(({ methods }) => methods.flatMap(({ stages }) => stages));
}

/**
 * Fails the story where the report has other counts than calls were made. An object is stored once more where its
 * subscriber hears of a commit when a later one has been indexed already, or after a restart.
 */
export function checkCounts(check: StoryContext["check"], report: Report, made: CallCounts): void {
  for (const [method, count] of Object.entries(made)) {
    const counted = callsOf(report, method);
    const agrees = method === "store" ? counted >= count : counted === count;
    check(agrees, `${count} calls of ${method} were made, the report has ${counted}`);
  }
}

/** By method. */
export type CallCounts = Readonly<Record<string, number>>;

/** Calls of one method, all stages and builds together. */
function callsOf(report: Report, method: string): number {
  const methods = report.pairs.flatMap((pair) => pair.methods.filter((found) => found.method === method));
  return methods.flatMap(({ stages }) => stages).reduce((sum, { calls }) => sum + calls, 0);
}
