import { setTimeout as delay } from "node:timers/promises";
import type { Call, CreateCall, Peer } from "./peer.ts";

const CHECK_EVERY_MS = 500;
const LOOK_EVERY_MS = 25;
/**
 * For so long after the last of them was lost one is expected back: it is being started, or goes on, and its connection
 * is made again a second late. As long as a call may take.
 */
const CHANGEOVER_MS = 5000;

/**
 * The addresses of one service as one channel: calls go round those that serve. grpc-js has no client-side health
 * checks, and a stopped process keeps its connection, so from the first call on every peer is asked twice a second
 * whether it serves. One that stays stuck loses the calls it has, as UNAVAILABLE, to be made again elsewhere. While none
 * is known to serve any is called, first those that take calls: the answer is worth more than our guess.
 */
export class Peers {
  readonly #peers: readonly Peer[];
  #timer: NodeJS.Timeout | undefined;
  #known: Promise<void> | undefined;
  #servedMs = Number.NEGATIVE_INFINITY;
  #turn = 0;

  constructor(peers: readonly Peer[]) {
    this.#peers = peers;
  }

  get size(): number {
    return this.#peers.length;
  }

  /**
   * Resolves when there is a peer to call; when none takes calls, once that has lasted, or when `gone` says that the
   * caller has not waited for it.
   */
  async somebody(gone: () => boolean): Promise<void> {
    this.#known ??= this.#begin();
    await this.#known;
    while (this.#areAway && performance.now() < this.#servedMs + CHANGEOVER_MS && !gone())
      await delay(LOOK_EVERY_MS);
  }

  createCall(...args: CreateCall): Call {
    const candidates =
      this.#standing("serving") ?? this.#standing("unknown") ?? this.#standing("stuck") ?? this.#peers;
    this.#turn += 1;
    const peer = candidates[this.#turn % candidates.length];
    if (!peer) throw new TypeError("a service has at least one address");
    return peer.createCall(...args);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#servedMs = Number.NEGATIVE_INFINITY;
    for (const peer of this.#peers) peer.close();
  }

  get #areAway(): boolean {
    return this.#peers.every(({ standing }) => standing === "away");
  }

  /** Resolves when one peer is known to serve, or all are known not to. */
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
      this.#servedMs = performance.now();
      for (const lost of this.#peers.filter(({ isLost }) => isLost)) lost.cut();
    });
  }

  #standing(standing: Peer["standing"]): readonly Peer[] | undefined {
    const found = this.#peers.filter((peer) => peer.standing === standing);
    return found.length > 0 ? found : undefined;
  }
}
