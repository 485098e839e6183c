import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import type { Event } from "@oms/events/event.ts";
import { Webhook } from "standardwebhooks";

export type Received = {
  readonly path: string;
  readonly event: Event;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
};

/** A status, or one that answers by itself, or not at all. */
export type Answering = (
  received: Received,
  response: ServerResponse,
) => number | undefined | Promise<number | undefined>;

/** Endpoints of a test: what each path was sent, and how it answers; 200 when nothing is said. */
export class Receiver {
  readonly #server = createServer((request, response) => void this.#take(request, response));
  readonly #answers = new Map<string, Answering>();
  readonly #received: Received[] = [];

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    receiver.#server.listen(0, "127.0.0.1");
    await once(receiver.#server, "listening");
    return receiver;
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  answer(path: string, answer: Answering): void {
    this.#answers.set(path, answer);
  }

  at(path: string): readonly Received[] {
    return this.#received.filter((each) => each.path === path);
  }

  ids(path: string): string[] {
    return this.at(path).map(({ event }) => event.id);
  }

  /** Looks until a path was sent so many; the test's own timeout bounds it. */
  async until(path: string, count: number): Promise<readonly Received[]> {
    while (this.at(path).length < count) await delay(10);
    return this.at(path);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const path = request.url ?? "";
    const headers = request.headers as Record<string, string>;
    const received = { path, headers, body, event: JSON.parse(body) as Event };
    this.#received.push(received);
    const status = await (this.#answers.get(path) ?? (() => 200))(received, response);
    if (status !== undefined) response.writeHead(status).end();
  }
}

export function isSigned({ body, headers }: Received, secret: string): boolean {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

/** Every id once, in the order in which it came first. */
export function firsts(ids: readonly string[]): string[] {
  return [...new Set(ids)];
}

/** Looks until it is; the test's own timeout bounds it. */
export async function until<R>(look: () => Promise<R> | R): Promise<Exclude<R, undefined | false>> {
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found as Exclude<R, undefined | false>;
    await delay(20);
  }
}

export function required<R>(value: R | undefined): R {
  return value ?? assert.fail("it is not there");
}
