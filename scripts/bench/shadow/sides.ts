import { setImmediate as nextTurn, setTimeout as wait } from "node:timers/promises";
import { openChannel } from "@oms/chassis/grpc-channel.ts";
import { EmbeddingServiceDefinition } from "@oms/protos/oms/embedding/v1/embedding.ts";
import { startMeasured } from "../measured-process.ts";
import type { Embed } from "./watched.ts";

export type Health = "healthy" | "slow" | "hung";
export type EmbedOf = (health: Health) => Embed;

const SLOW_MS = 1000;
const PEER = ["scripts/bench/shadow/peer.ts"];

/** A process with a gRPC server, called as OMS calls its services. */
export async function openPeer(opening: AsyncDisposableStack): Promise<EmbedOf> {
  const { address, stop } = await startMeasured(PEER, {});
  opening.defer(stop);
  const { client, close } = openChannel(EmbeddingServiceDefinition, { address, breaker: false });
  opening.defer(close);
  return (text) => async () => {
    const { embedding } = await client.embed({ text, modelVersion: "peer" });
    return embedding?.vector ?? [];
  };
}

const VECTOR = Array.from({ length: 16 }, (_, index) => index);

/** The same without a network; like a call over one, it lets the event loop turn. */
export const functionOf: EmbedOf = (health) => async () => {
  if (health === "slow") await wait(SLOW_MS);
  else if (health === "hung") await new Promise(() => {});
  else await nextTurn();
  return VECTOR;
};
