import { setTimeout as delay } from "node:timers/promises";
import type { Delivery, Settlement } from "@oms/events/delivery.ts";
import pLimit from "p-limit";
import { attempt, type Sending, type Tried } from "./attempt.ts";
import { Attempts } from "./attempts.ts";
import { Breaker } from "./breaker.ts";
import type { DeliveryLog } from "./delivery-log.ts";
import type { WebhookMetrics } from "./metrics.ts";
import type { BreakerState, DeliveryOutcome } from "./port.ts";
import { retryDelayMs } from "./retry.ts";
import { type Verdict, verdictOn } from "./verdict.ts";

export type DispatcherOptions = Sending & {
  readonly log: DeliveryLog;
  readonly metrics: WebhookMetrics;
  /** Until the first retry, in milliseconds. */
  readonly retryMs: number;
  /** Between the attempts that an open breaker lets through, in milliseconds. */
  readonly probeMs: number;
  /** Called once: the endpoint is to be paused. Nothing is sent to it any more. */
  readonly gaveUp: (because: string) => void;
};

/** Attempts at a time. */
export const ABREAST = 16;
/** Failing for so long, without one success, an endpoint is given up. */
const HOPELESS_MS = 3 * 24 * 3600 * 1000;
const GIVEN_BACK: Settlement = { as: "again", delayMs: 0, reason: "its gateway stopped" };

/** Brings one endpoint one event after the other, or several at a time, each until it is settled. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #breaker: Breaker;
  readonly #attempts: Attempts;
  readonly #abreast = pLimit(ABREAST);
  readonly #over = new AbortController();
  #failingSinceMs: number | undefined;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    const { id } = options.webhook;
    this.#breaker = new Breaker(id, options.probeMs);
    this.#attempts = new Attempts(options.log, id);
  }

  get breaker(): BreakerState {
    return this.#breaker.state;
  }

  close(): void {
    this.#breaker.close();
  }

  /** Where nothing waits for the event it is given back for a while before the next attempt, else kept. Never rejects. */
  async deliver(delivery: Delivery, signal: AbortSignal): Promise<Settlement> {
    const { maxAttempts, order } = this.#options.webhook;
    const trying = AbortSignal.any([signal, this.#over.signal]);
    for (let failures = await this.#attempts.of(delivery); ; ) {
      const run = await this.#breaker.run(() => this.#send(delivery, trying), trying);
      if (!run || trying.aborted) break;
      const { tried, wasProbe } = run;
      const verdict = verdictOn(tried, wasProbe);
      const counts = verdict.as === "failed" && verdict.counts;
      const isDead = counts && failures + 1 >= maxAttempts;
      this.#record(delivery, tried, failures + 1, outcomeOf(verdict, isDead));
      this.#judge(verdict);
      if (counts) failures += 1;
      if (verdict.as === "delivered" || isDead) {
        this.#attempts.forget(delivery);
        return isDead ? { as: "dead", reason: tried.error, attempts: failures } : { as: "done" };
      }
      // The breaker says when an endpoint that is away is tried again.
      if (!counts) continue;
      this.#attempts.set(delivery, failures);
      const delayMs = this.#delayMs(failures, tried);
      if (order === "none") return { as: "again", delayMs, reason: tried.error };
      await delay(delayMs, undefined, { signal: trying }).catch(() => undefined);
    }
    await aborted(signal);
    return GIVEN_BACK;
  }

  #send({ event }: Delivery, signal: AbortSignal): Promise<Tried> {
    return this.#abreast(() => attempt(this.#options, event, signal));
  }

  #delayMs(failures: number, { retryAfterMs = 0 }: Tried): number {
    return Math.max(retryAfterMs, retryDelayMs(failures, this.#options.retryMs, Math.random()));
  }

  #judge(verdict: Verdict): void {
    if (verdict.as === "delivered") this.#failingSinceMs = undefined;
    else if (verdict.as === "gone") this.#giveUp(verdict.because);
    else {
      this.#failingSinceMs ??= performance.now();
      if (performance.now() - this.#failingSinceMs > HOPELESS_MS)
        this.#giveUp("nothing was delivered to it for three days");
    }
  }

  #giveUp(because: string): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    this.#options.gaveUp(because);
  }

  #record({ event, sequence }: Delivery, tried: Tried, attempt: number, outcome: DeliveryOutcome): void {
    const { log, metrics, webhook } = this.#options;
    const { atMs, durationMs, status, error } = tried;
    metrics.tried(webhook.id, outcome, durationMs / 1000);
    log.record(webhook.id, {
      eventId: event.id,
      eventSource: event.source,
      sequence,
      attempt,
      atMs,
      durationMs,
      status,
      error,
      outcome,
    });
  }
}

function outcomeOf({ as }: Verdict, isDead: boolean): DeliveryOutcome {
  if (as === "delivered") return "delivered";
  return isDead ? "dead" : "retried";
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
