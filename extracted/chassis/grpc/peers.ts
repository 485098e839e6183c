import type { Call, CreateCall, Peer } from "./peer.ts";

const CHECK_EVERY_MS = 500;

/**
 * The addresses of one service as one channel: calls go round those that serve. grpc-js has no client-side health
 * checks, and a stopped process keeps its connection, so from the first call on every peer is asked twice a second
 * whether it serves. One that stays stuck loses the calls it has, as UNAVAILABLE, to be made again elsewhere. While none
 * is known to serve any is called: the answer is worth more than our guess.
 */
export class Peers {
  readonly #peers: readonly Peer[];
  #timer: NodeJS.Timeout | undefined;
  #known: Promise<void> | undefined;
  #turn = 0;

  constructor(peers: readonly Peer[]) {
    this.#peers = peers;
  }

  get size(): number {
    return this.#peers.length;
  }

  /** Resolves when one peer is known to serve, or all are known not to. */
  known(): Promise<void> {
    this.#known ??= this.#begin();
    return this.#known;
  }

  createCall(...args: CreateCall): Call {
    const candidates = this.#standing("serving") ?? this.#standing("unknown") ?? this.#peers;
    this.#turn += 1;
    const peer = candidates[this.#turn % candidates.length];
    if (!peer) throw new TypeError("a service has at least one address");
    return peer.createCall(...args);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const peer of this.#peers) peer.close();
  }

  async #begin(): Promise<void> {
    this.#timer = setInterval(() => this.#check(), CHECK_EVERY_MS).unref();
    const checks = this.#check();
    const serving = checks.map(async (check, n) => {
      await check;
      if (this.#peers[n]?.standing !== "serving") throw new Error("it does not serve");
    });
    await Promise.any(serving).catch(() => undefined);
  }

  #check(): Promise<void>[] {
    return this.#peers.map(async (peer) => {
      await peer.check();
      if (!this.#standing("serving")) return;
      for (const lost of this.#peers.filter(({ isLost }) => isLost)) lost.cut();
    });
  }

  #standing(standing: Peer["standing"]): readonly Peer[] | undefined {
    const found = this.#peers.filter((peer) => peer.standing === standing);
    return found.length > 0 ? found : undefined;
  }
}
