import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";

/** What a message of COMMITS says. */
export type Seen = {
  readonly subject: string;
  readonly position: string;
  readonly event: { readonly id: string; readonly [attribute: string]: unknown };
};

/** A JetStream server of the test's own: it can be stopped, and started again with what it had. */
export class Nats {
  readonly #folder: string;
  #port = -1;
  #server: ChildProcess | undefined;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async start(): Promise<Nats> {
    const nats = new Nats(await mkdtemp(join(tmpdir(), "relay-nats-")));
    await nats.resume();
    return nats;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.#port}`;
  }

  async resume(): Promise<void> {
    const args = [
      "--addr",
      "127.0.0.1",
      "--port",
      `${this.#port}`,
      "--jetstream",
      "--store_dir",
      this.#folder,
    ];
    const server = spawn("nats-server", args, { stdio: ["ignore", "ignore", "pipe"] });
    this.#server = server;
    for await (const line of createInterface({ input: server.stderr })) {
      const port = /client connections on 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      if (port) this.#port = Number(port);
      if (line.includes("Server is ready")) return void server.stderr.resume();
    }
    assert.fail("nats-server did not start: npm run setup");
  }

  async pause(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    server.kill("SIGKILL");
    await once(server, "exit");
  }

  async stop(): Promise<void> {
    await this.pause();
    await rm(this.#folder, { recursive: true });
  }

  manage<R>(use: (manager: JetStreamManager) => Promise<R>): Promise<R> {
    return this.#connected(async (connection) => use(await jetstreamManager(connection)));
  }

  publishing<R>(use: (client: JetStreamClient) => Promise<R>): Promise<R> {
    return this.#connected((connection) => use(jetstream(connection)));
  }

  /** Everything on the stream, in order; nothing while there is no stream. */
  seen(): Promise<Seen[]> {
    return this.manage(async ({ streams }) => {
      const { state } = await streams.info("COMMITS").catch(() => ({ state: { last_seq: 0 } }));
      const seen: Seen[] = [];
      for (let seq = 1; seq <= state.last_seq; seq++) {
        const message = await streams.getMessage("COMMITS", { seq });
        if (!message) continue;
        const { subject, header } = message;
        seen.push({
          subject,
          position: header.get("Oms-Position"),
          event: message.data.length > 0 ? message.json() : { id: "" },
        });
      }
      return seen;
    });
  }

  async #connected<R>(use: (connection: NatsConnection) => Promise<R>): Promise<R> {
    const connection = await connect({ servers: `127.0.0.1:${this.#port}` });
    try {
      return await use(connection);
    } finally {
      await connection.close();
    }
  }
}
