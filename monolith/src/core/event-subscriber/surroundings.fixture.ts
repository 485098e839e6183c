import assert from "node:assert/strict";
import { createLogger } from "@oms/chassis/log.ts";
import { createMetrics } from "@oms/chassis/metrics.ts";
import type { Doc, Kernel } from "@oms/data-kernel/client.ts";
import { startTestKernel, type TestKernel } from "@oms/data-kernel/kernel.fixture.ts";
import { Broker } from "@oms/events/broker/broker.ts";
import { type DeadLetter, DeadLetters } from "@oms/events/broker/dead-letters.ts";
import { envelopeOf } from "@oms/events/envelope.ts";
import { type Event, identityOf } from "@oms/events/event.ts";
import { SubscribersHandover } from "@oms/events/handover.ts";
import { Nats } from "@oms/events/nats.fixture.ts";
import type { Subscriber, SubscriberSide } from "@oms/events/subscriber.ts";
import { subscriberDocuments } from "@oms/events/subscribers.ts";
import { type ObjectType, objectTypeDocument } from "../../ontology/object-type.ts";
import { startEventGateway } from "../../testing/event-gateway.ts";
import { until } from "../../testing/until.ts";
import { unattended } from "../../unattended.ts";
import { auditBranch } from "./handlers/audit.ts";
import { EventSubscribers, type EventSubscribersParts } from "./index.ts";

const ENV = "test";
const BRANCH = `${ENV}/oms/main`;
const STREAMS = { replicas: 1, duplicateWindowMs: 120_000 };

/** What OMS's subscribers live in: a NATS, a kernel whose relay writes COMMITS there, and a gateway between the two. */
export class Surroundings {
  readonly nats: Nats;
  readonly kernel: Kernel;
  readonly kernelProcess: TestKernel;
  readonly deadLetters: DeadLetters;
  readonly #handover: SubscribersHandover;
  readonly #broker: Broker;
  readonly #gatewayAddress: string;
  readonly #stack: AsyncDisposableStack;

  private constructor(nats: Nats, kernel: TestKernel, gatewayAddress: string, stack: AsyncDisposableStack) {
    this.nats = nats;
    this.kernelProcess = kernel;
    this.kernel = kernel.kernel;
    this.#gatewayAddress = gatewayAddress;
    this.#handover = new SubscribersHandover(kernel.kernel, ENV);
    this.#broker = stack.adopt(Broker.open({ urls: nats.url, name: "tests", streams: STREAMS }), (broker) =>
      broker.close(),
    );
    this.deadLetters = new DeadLetters(this.#broker, ENV);
    this.#stack = stack;
  }

  static async start(): Promise<Surroundings> {
    await using starting = new AsyncDisposableStack();
    const nats = starting.adopt(await Nats.start(), (each) => each.stop());
    const relay = { NATS_URL: nats.url, OMS_ENV: ENV, LOG_LEVEL: "info" };
    const kernel = starting.adopt(await startTestKernel(relay), (each) => each.stop());
    const gateway = starting.adopt(
      await startEventGateway(kernel.address, nats.url, { OMS_ENV: ENV }),
      async (each) => void (await each.stop()),
    );
    await unattended("main", () => kernel.kernel.createBranch({ name: BRANCH }));
    return new Surroundings(nats, kernel, gateway.address, starting.move());
  }

  stop(): Promise<void> {
    return this.#stack.disposeAsync();
  }

  /** Those of one more instance of OMS; they stop with everything else, if not before. */
  instance(parts: Partial<Pick<EventSubscribersParts, "index" | "memory">> = {}) {
    const { registry } = createMetrics("oms");
    const subscribers = new EventSubscribers({
      env: ENV,
      natsUrl: this.nats.url,
      gatewayAddress: this.#gatewayAddress,
      streams: STREAMS,
      kernel: this.kernel,
      index: async () => {},
      memory: { forget: () => {}, told: () => {} },
      log: createLogger("oms", "silent"),
      registry,
      pollMs: 50,
      ...parts,
    });
    subscribers.begin();
    this.#stack.defer(() => subscribers.stop());
    return {
      stop: () => subscribers.stop(),
      /** The side that a subscriber is bound to here. */
      async side(subscriber: string): Promise<string | undefined> {
        const { values } = (await registry.getSingleMetric("oms_events_bound")?.get()) ?? { values: [] };
        const bound = values.find(({ labels, value }) => labels["subscriber"] === subscriber && value === 1);
        return bound?.labels["side"]?.toString();
      },
    };
  }

  move(subscriber: string, to: SubscriberSide): Promise<void> {
    return this.#handover.move(subscriber, to);
  }

  /** Its identity. */
  async publish(event: Pick<Event, "id"> & Partial<Event>): Promise<string> {
    const whole = { specversion: "1.0", source: "/tests", type: "oms.ontology.released", ...event } as const;
    await this.#broker.publish(envelopeOf(ENV, whole));
    return identityOf(whole);
  }

  /** The same, again and again while NATS is away. */
  async publishUntilTaken(event: Pick<Event, "id">): Promise<string> {
    let identity: string | undefined;
    await until(async () => {
      identity = await this.publish(event).catch(() => undefined);
      return identity !== undefined;
    });
    return identity ?? "";
  }

  async change(subscriber: string, to: Partial<Subscriber>): Promise<void> {
    await unattended("main", async () => {
      const documents = subscriberDocuments(this.kernel, ENV);
      const known = await documents.get(subscriber);
      if (known) await documents.put(subscriber, { ...known.body, ...to });
    });
  }

  /** Commits an object of the ontology past OMS. */
  async putObject(id: string): Promise<void> {
    const write = { put: { id: `Object/${id}`, type: "Object/Place", body: { id, type: "Place" } } };
    await unattended("main", () =>
      this.kernel.commit({ branch: BRANCH, message: "past OMS", writes: [write] }),
    );
  }

  /** Commits a type of objects past OMS. */
  async putType(id: string, title = "a type"): Promise<Doc<ObjectType>> {
    const body: ObjectType = { id, title, properties: [] };
    const write = { put: { id: objectTypeDocument(id), type: "ObjectType", body } };
    const { changes } = await unattended("main", () =>
      this.kernel.commit({ branch: BRANCH, message: "past OMS", writes: [write] }),
    );
    return changes[0]?.document as Doc<ObjectType>;
  }

  /** The newest of a subscriber, once there is one. */
  async deadLetterOf(subscriber: string): Promise<DeadLetter> {
    let newest: DeadLetter | undefined;
    await until(async () => {
      [newest] = (await this.deadLetters.list({ subscriber, pageSize: 1 })).deadLetters;
      return newest !== undefined;
    });
    return newest ?? assert.fail();
  }

  /** Identities of events as they are in the audit, one for each commit. */
  async audited(): Promise<readonly string[]> {
    const branch = auditBranch(ENV);
    const { commits } = await unattended("main", async () => {
      const isThere = (await this.kernel.listBranches()).some(({ name }) => name === branch);
      return isThere ? this.kernel.changes({ branch, limit: 1000 }) : { commits: [] };
    });
    return commits.flatMap(({ changes }) =>
      changes.map(({ document }) => identityOf(document.body as Event)),
    );
  }
}
