import { startTestKernel, type TestKernel } from "@oms/data-kernel/kernel.fixture.ts";
import { Nats } from "@oms/events/nats.fixture.ts";
import type { DeadLetter, Webhook, WebhookDelivery } from "@oms/protos/oms/events/v1/events.ts";
import { startService, untilReady } from "../service.fixture.ts";
import { Receiver } from "./receiver.fixture.ts";

export type Service = Awaited<ReturnType<typeof startService>>;

export const SETTINGS = {
  WEBHOOK_SIGNING_KEY: "what-secrets-of-tests-are-made-of",
  WEBHOOK_ALLOW: "127.0.0.1",
  WEBHOOK_RETRY_MS: "10",
  WEBHOOK_PROBE_MS: "300",
};

/** NATS, a kernel, a gateway and a receiver; each webhook of a test has a domain of its own, of its id. */
export class WebhookSystem {
  readonly nats: Nats;
  readonly kernel: TestKernel;
  readonly receiver: Receiver;
  readonly gateway: Service;

  private constructor(nats: Nats, kernel: TestKernel, receiver: Receiver, gateway: Service) {
    this.nats = nats;
    this.kernel = kernel;
    this.receiver = receiver;
    this.gateway = gateway;
  }

  /** `before` runs with the servers and before the gateway. */
  static async start(
    env: Readonly<Record<string, string>> = {},
    before: (servers: Readonly<Record<string, string>>) => Promise<void> = async () => {},
  ): Promise<WebhookSystem> {
    const [nats, kernel, receiver] = await Promise.all([Nats.start(), startTestKernel(), Receiver.start()]);
    const servers = { NATS_URL: nats.url, KERNEL_URL: kernel.address };
    await before(servers);
    const gateway = await startService({ ...servers, ...SETTINGS, ...env });
    await untilReady(gateway.url);
    return new WebhookSystem(nats, kernel, receiver, gateway);
  }

  async stop(): Promise<void> {
    await this.gateway.stop();
    await Promise.all([this.nats.stop(), this.kernel.stop(), this.receiver.stop()]);
  }

  /** One more gateway before the same NATS and kernel. */
  twin(env: Readonly<Record<string, string>> = {}): Promise<Service> {
    const own = { NATS_URL: this.nats.url, KERNEL_URL: this.kernel.address };
    return startService({ ...own, ...SETTINGS, ...env });
  }

  /** Resolves to the secret of a new endpoint at `/<id>`, of the domain `<id>` where no other is named. */
  async put(id: string, more: Partial<Webhook> = {}): Promise<string> {
    const { client } = this.gateway;
    const { domain = id } = more;
    await client.putStream({ stream: { domain, maxAgeMs: 3_600_000, maxBytes: 0 } });
    const webhook = { id, url: this.receiver.url(`/${id}`), domain, ...more };
    return (await client.putWebhook({ webhook })).secret;
  }

  async publish(domain: string, ids: readonly string[], more: object = {}): Promise<void> {
    for (const id of ids) {
      const event = { specversion: "1.0", id, source: "/tests", type: `oms.${domain}.done`, ...more };
      await this.gateway.client.publish({ event: JSON.stringify(event) });
    }
  }

  async letters(id: string): Promise<readonly DeadLetter[]> {
    return (await this.gateway.client.listDeadLetters({ subscriber: `webhook-${id}` })).deadLetters;
  }

  async log(id: string): Promise<readonly WebhookDelivery[]> {
    return (await this.gateway.client.listDeliveries({ id })).deliveries;
  }

  async status(id: string) {
    return (await this.gateway.client.getWebhook({ id })).status;
  }
}
