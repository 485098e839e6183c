import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import type { Event } from "@oms/events/event.ts";

/** How an endpoint answers: always well; with 500 now and then; after a while; or, until `revive`, with 503. */
export type Behaviour = "good" | "flaky" | "slow" | "dead";

type Endpoint = {
  readonly behaviour: Behaviour;
  secret: string;
  attempts: number;
  /** What it answered well to, in the order in which that came first. */
  readonly taken: Map<string, Event>;
};

const FLAKY_EVERY = 5;
const SLOW_MS = 150;

/** Receivers of webhooks, one on each path of one server. */
export class Endpoints {
  /** Attempts whose signature is not that of the secret. */
  forged = 0;
  attempts = 0;
  #isRevived: boolean = false;
  readonly #byPath = new Map<string, Endpoint>();
  readonly #server = createServer((request, response) => void this.#take(request, response));

  static async listen(): Promise<Endpoints> {
    const endpoints = new Endpoints();
    endpoints.#server.listen(0, "127.0.0.1");
    await once(endpoints.#server, "listening");
    return endpoints;
  }

  /** Resolves to the URL of a new one. */
  add(id: string, behaviour: Behaviour): string {
    this.#byPath.set(`/${id}`, { behaviour, secret: "", attempts: 0, taken: new Map() });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${id}`;
  }

  trust(id: string, secret: string): void {
    this.#at(`/${id}`).secret = secret;
  }

  taken(id: string): readonly Event[] {
    return [...this.#at(`/${id}`).taken.values()];
  }

  /** The dead answer well from now on. */
  revive(): void {
    this.#isRevived = true;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #at(path: string): Endpoint {
    const endpoint = this.#byPath.get(path);
    if (!endpoint) throw new Error(`there is no endpoint at ${path}`);
    return endpoint;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const endpoint = this.#at(request.url ?? "");
    const body = await text(request);
    this.attempts += 1;
    endpoint.attempts += 1;
    if (!isSigned(request, body, endpoint.secret)) this.forged += 1;
    const status = await this.#statusOf(endpoint);
    const event = JSON.parse(body) as Event;
    if (status === 200 && !endpoint.taken.has(event.id)) endpoint.taken.set(event.id, event);
    response.writeHead(status).end();
  }

  async #statusOf({ behaviour, attempts }: Endpoint): Promise<number> {
    if (behaviour === "dead") return this.#isRevived ? 200 : 503;
    if (behaviour === "flaky") return attempts % FLAKY_EVERY === 0 ? 500 : 200;
    if (behaviour === "slow") await wait(SLOW_MS);
    return 200;
  }
}

/** As whoever has no library would verify it. */
function isSigned({ headers }: IncomingMessage, body: string, secret: string): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  const expected = `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
  return `${headers["webhook-signature"]}`.split(" ").includes(expected);
}
