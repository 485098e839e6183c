import type { Channel } from "@grpc/grpc-js";
import { ClientError, createClientFactory, Status } from "nice-grpc";
import { HealthDefinition } from "nice-grpc-server-health";
import { newContext, runInContext } from "../context/context.ts";

/**
 * `unknown`: not asked yet. `away`: it takes no calls, or a call to it has just failed. `stuck`: it takes calls and may
 * never answer them.
 */
type Standing = "unknown" | "serving" | "away" | "stuck";

export type CreateCall = Parameters<Channel["createCall"]>;
export type Call = ReturnType<Channel["createCall"]>;
type Listener = Parameters<Call["start"]>[1];

/** How long a peer may think about whether it serves. */
const PATIENCE_MS = 1000;
/** grpc.health.v1.HealthCheckResponse.ServingStatus; the library does not export it. */
const SERVING = 1;
/** One that was only busy, with a large commit or on a starved machine, has answered by then. */
const CHECKS_UNTIL_LOST = 2;

/** One of the addresses of a service: its connection, what is known of it, and the calls it has not answered. */
export class Peer {
  readonly #channel: Channel;
  readonly #ask: () => Promise<{ status: number }>;
  readonly #running = new Set<Call>();
  #standing: Standing = "unknown";
  #stuckChecks = 0;
  #asking: Promise<void> | undefined;

  /** `service` is the name its health is asked by. */
  constructor(channel: Channel, service: string) {
    this.#channel = channel;
    const health = createClientFactory().create(HealthDefinition, channel);
    this.#ask = () => health.check({ service });
  }

  get standing(): Standing {
    return this.#standing;
  }

  /** It has been stuck for so long that the calls it has are not worth waiting for. */
  get isLost(): boolean {
    return this.#stuckChecks >= CHECKS_UNTIL_LOST;
  }

  createCall(...args: CreateCall): Call {
    const call = this.#channel.createCall(...args);
    const start = call.start.bind(call);
    call.start = (metadata, listener) => {
      this.#running.add(call);
      start(metadata, this.#observe(call, listener));
    };
    return call;
  }

  /** Asks whether it serves, and takes note; callers at the same time share the question. */
  check(): Promise<void> {
    this.#asking ??= this.#check().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** Ends the calls it has not answered, as UNAVAILABLE. */
  cut(): void {
    for (const call of this.#running) call.cancelWithStatus(Status.UNAVAILABLE, "it does not answer");
  }

  close(): void {
    this.#channel.close();
  }

  async #check(): Promise<void> {
    // Not in the context of the call that started the checks: its deadline would be theirs.
    const context = newContext({ deadline: Date.now() + PATIENCE_MS });
    try {
      const { status } = await runInContext(context, this.#ask);
      this.#standing = status === SERVING ? "serving" : "stuck";
    } catch (error) {
      const silent = error instanceof ClientError && error.code === Status.DEADLINE_EXCEEDED;
      this.#standing = silent ? "stuck" : "away";
    }
    this.#stuckChecks = this.#standing === "stuck" ? this.#stuckChecks + 1 : 0;
  }

  #observe(call: Call, listener: Listener): Listener {
    return {
      onReceiveMetadata: (metadata) => listener.onReceiveMetadata(metadata),
      onReceiveMessage: (message) => listener.onReceiveMessage(message),
      onReceiveStatus: (status) => {
        this.#running.delete(call);
        if (status.code === Status.UNAVAILABLE && this.#standing !== "away") {
          this.#standing = "away";
          void this.check();
        }
        listener.onReceiveStatus(status);
      },
    };
  }
}
