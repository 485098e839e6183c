import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { connectKernel, type Kernel } from "@oms/data-kernel/client.ts";
import type { Outcome } from "@oms/events/port.ts";
import type { SubscriberSide } from "@oms/events/subscriber.ts";
import { subscriber } from "@oms/events/subscriber.ts";
import { ensureSubscriber } from "@oms/events/subscribers.ts";
import { freePorts } from "../../process/ports.ts";
import { Load } from "../load.ts";
import type { Handle, StoryContext } from "../story.ts";
import { auditEvents } from "./audit.ts";
import type { Books, Finding, Subscribed } from "./books.ts";
import { type Publishers, SOURCE } from "./publishers.ts";
import { AUDIT, readBooks, type Traces } from "./read-books.ts";
import { Streams } from "./streams.ts";

const HOST = "127.0.0.1";
const LOOK_MS = 500;
const MOST_TOLD = 5;
const SOME = 5;
/** What time mends: nobody has acknowledged that it is over. */
const PENDING: ReadonlySet<Finding["rule"]> = new Set(["lost", "unseen", "without effect"]);

/** JetStream itself has forgotten what it was given before an outage that lasts longer. */
export const SHORT_WINDOW = { EVENT_DUPLICATE_WINDOW_MS: "1000" };
/** Of what publishers publish, and of what the relay does. */
export const SUBSCRIBERS: readonly Subscribed[] = [
  { name: "story-ontology", domain: "ontology", ordered: false },
  { name: "story-commits", domain: "commits", ordered: true },
];

export type ConsumerOptions = { readonly env?: Readonly<Record<string, string>>; readonly name?: string };

export type EventStoryOptions = {
  readonly publishers: Publishers;
  /** Of the story's own, whose handlers are in processes that `consume` starts. */
  readonly subscribers: readonly Subscribed[];
  /** Absent: the system's own. */
  readonly natsUrl?: string;
  /** Whether OMS runs, and audits what is published; true when absent. */
  readonly withAudit?: boolean;
};

/** The events of a story: who asks for them, where they leave their traces, and the audit of it all. */
export class EventStory {
  readonly kernel: Kernel;
  readonly streams: Streams;
  readonly traces: Traces;
  readonly env: string;
  readonly #own: readonly Subscribed[];
  readonly #all: readonly Subscribed[];
  readonly #context: StoryContext;
  readonly #publishers: Publishers;

  constructor(
    context: StoryContext,
    { publishers, subscribers, natsUrl, withAudit = true }: EventStoryOptions,
  ) {
    const { system } = context;
    const { OMS_ENV: env = "", NATS_URL: nats = "" } = system.env;
    this.#context = context;
    this.#publishers = publishers;
    this.env = env;
    this.kernel = connectKernel({ address: system.addresses.kernel });
    this.streams = new Streams(natsUrl ?? nats);
    this.#own = subscribers;
    this.#all = withAudit ? [...subscribers, AUDIT] : subscribers;
    this.traces = {
      branch: `${env}/story/main`,
      effects: `${env}/story/effects`,
      file: join(system.directory, "events.lines"),
      audit: `${env}/audit/events`,
    };
  }

  /** Makes the branches and the subscribers. */
  async begin(side: SubscriberSide = "in-process"): Promise<void> {
    for (const name of [this.traces.branch, this.traces.effects]) await this.kernel.createBranch({ name });
    for (const each of this.#own)
      await ensureSubscriber(
        this.kernel,
        this.env,
        subscriber.parse({ ...each, side, ackWaitMs: 2000, maxDeliver: 1000 }),
      );
  }

  /** Starts a process that all subscribers have their handlers in; resolves once each of them is bound. */
  async consume({ env = {}, name = "consumer" }: ConsumerOptions = {}): Promise<Handle> {
    const { system, until } = this.#context;
    const [port = 0] = await freePorts(HOST, 1);
    const own = {
      ...system.env,
      HOST,
      PORT: `${port}`,
      SUBSCRIBERS: this.#own.map(({ name }) => name).join(),
      SOURCES: [SOURCE, `/branches/${this.traces.branch}`].join(),
      EFFECTS: this.traces.effects,
      LINES: this.traces.file,
      ...env,
    };
    const [handle] = await system.startOwn([
      {
        name,
        command: [
          process.execPath,
          "--disable-warning=ExperimentalWarning",
          "scripts/story/events/consumer.ts",
        ],
        env: own,
        ports: [{ setting: "PORT", port }],
        needs: [],
        readiness: { http: `http://${HOST}:${port}` },
        patience: 60,
      },
    ]);
    if (!handle) throw new Error("no consumer was started");
    for (const { name, domain } of this.#own)
      await until(() => this.streams.hasConsumer(domain, `${this.env}-${name}`), `${name} is bound`);
    return handle;
  }

  /** So many calls a second: events by `publish`, and a third as many commits. */
  load(publish: () => Promise<void>, rate: number): Load {
    const { random } = this.#context;
    const commit = this.#publishers.committing(this.kernel, this.traces.branch);
    const calls = [
      { name: "publish", weight: 3, make: publish },
      { name: "commit", weight: 1, make: commit },
    ];
    return new Load({ calls, authors: ["story@oms"], rate, random });
  }

  /** Resolves when some more events were acknowledged with `outcome` than the `since` that were. */
  async answered(outcome: Outcome, since = this.#publishers.count(outcome)): Promise<void> {
    const { until } = this.#context;
    await until(() => this.#publishers.count(outcome) >= since + SOME, `events are ${outcome}`);
  }

  books(): Promise<Books> {
    const { published } = this.#publishers;
    const { kernel, streams } = this;
    return readBooks({ kernel, streams }, this.traces, { published, subscribers: this.#all });
  }

  async findings(): Promise<Finding[]> {
    return auditEvents(await this.books());
  }

  /** Resolves when every event has come to where it is due; how long that took, in milliseconds. */
  async drained(): Promise<number> {
    const began = performance.now();
    const { until, signal } = this.#context;
    await until(async () => {
      await wait(LOOK_MS, undefined, { signal });
      const pending = (await this.findings()).filter(({ rule }) => PENDING.has(rule));
      if (pending.length > 0) throw new Error(`${pending.length} have not: ${told(pending)}`);
      return true;
    }, "every event comes to its stream and to each subscriber, and has its effect");
    return performance.now() - began;
  }

  /** Fails the story for whatever does not agree; resolves to how much there was to audit. */
  async audit(): Promise<Books> {
    const books = await this.books();
    const findings = auditEvents(books);
    const { check } = this.#context;
    check(
      findings.length === 0,
      `what was published, kept, seen and done agrees; ${findings.length} do not: ${told(findings)}`,
    );
    check(books.published.length > 0 && books.effects.length > 0, "there was something to audit");
    check(existsSync(this.traces.file), "subscribers left lines");
    return books;
  }

  close(): void {
    this.kernel.close();
  }
}

function told(findings: readonly Finding[]): string {
  const some = findings.slice(0, MOST_TOLD);
  return some.map(({ rule, identity, text }) => `${rule}: ${identity} ${text}`).join("; ");
}
