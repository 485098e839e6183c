import { setTimeout as wait } from "node:timers/promises";
import type { Kernel } from "@oms/data-kernel/client.ts";
import { digestOf } from "@oms/events/envelope.ts";
import { type Event, identityOf } from "@oms/events/event.ts";
import type { Outcome, Receipt } from "@oms/events/port.ts";
import { domainOf } from "@oms/events/subject.ts";
import { http } from "../http.ts";
import type { Asked } from "./books.ts";

const AUTHOR = "story@oms";
export const SOURCE = "/story/publisher";
const PATIENCE_MS = 20_000;
const PAUSE_MS = 100;
/** Processes that are killed in turn answer within it, also where starting them takes long. */
const GIVE_UP_MS = 120_000;
const KEYS = 8;

/** Those who have events: they publish to whoever of `urls` answers, and commit to a branch of the kernel. */
export class Publishers {
  /** What was acknowledged. */
  readonly published: Asked[] = [];
  /** Acknowledgements by what they said. */
  readonly #outcomes = new Map<Outcome, number>();
  /** Answers that were none, by their status. */
  readonly refused: Record<number, number> = {};
  commits = 0;
  /** How long the slowest answer took, in milliseconds. */
  slowestMs = 0;
  readonly #urls: readonly string[];
  #made = 0;

  constructor(...urls: readonly string[]) {
    this.#urls = urls;
  }

  /** Publishes one event once; throws unless it is answered with 200. */
  readonly once = async (): Promise<void> => {
    const event = this.#next();
    this.#note(event, await this.#ask(event, this.#made));
  };

  /** Publishes one event again and again, until it is acknowledged. */
  readonly untilTaken = async (): Promise<void> => {
    const event = this.#next();
    let turn = this.#made;
    const receipt = await insist(() => {
      turn += 1;
      return this.#ask(event, turn);
    });
    this.#note(event, receipt);
  };

  /** Events that were acknowledged with `outcome`. */
  count(outcome: Outcome): number {
    return this.#outcomes.get(outcome) ?? 0;
  }

  /** Changes one of a few documents of a branch, until it is acknowledged. */
  committing(kernel: Kernel, branch: string): () => Promise<void> {
    return async () => {
      const n = this.commits;
      this.commits += 1;
      const key = `change-${n}`;
      const puts = [0, 1].map((which) => ({
        put: { id: `thing/${(n + which) % KEYS}`, type: "Thing", body: { n } },
      }));
      await insist(() => kernel.commit({ branch, key, message: "as asked", writes: puts }));
    };
  }

  #next(): Event {
    const n = this.#made;
    this.#made += 1;
    return {
      specversion: "1.0",
      id: `event-${n}`,
      source: SOURCE,
      type: "story.ontology.changed",
      partitionkey: `key-${n % KEYS}`,
      data: { n },
    };
  }

  async #ask(event: Event, turn: number): Promise<Receipt> {
    const url = this.#urls[turn % this.#urls.length];
    const headers = { "oms-author": AUTHOR, "content-type": "application/cloudevents+json" };
    const began = performance.now();
    const answer = await http("POST", `${url}/events`, { headers, body: event, timeoutMs: PATIENCE_MS });
    if (answer.status !== 200) {
      this.refused[answer.status] = (this.refused[answer.status] ?? 0) + 1;
      throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
    }
    this.slowestMs = Math.max(this.slowestMs, performance.now() - began);
    return answer.body as Receipt;
  }

  #note(event: Event, { outcome }: Receipt): void {
    this.#outcomes.set(outcome, this.count(outcome) + 1);
    this.published.push({
      identity: identityOf(event),
      domain: domainOf(event.type),
      key: event.partitionkey ?? "",
      digest: digestOf(event),
    });
  }
}

/** Asks again and again until there is an answer; throws what it was told last when there is none for long. */
async function insist<R>(ask: () => Promise<R>): Promise<R> {
  const began = performance.now();
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (performance.now() - began > GIVE_UP_MS) throw error;
    }
    await wait(PAUSE_MS);
  }
}
