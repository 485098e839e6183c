import type { IncomingMessage } from "node:http";

/** All of a body; or, when it is over the limit, what came so far, the rest of it waiting to be read. */
export type Held = { readonly bytes: Buffer; readonly whole: boolean };

/** Takes in a body of up to `limit` bytes. Rejects when it ends early. */
export function hold(message: IncomingMessage, limit: number): Promise<Held> {
  const chunks: Buffer[] = [];
  let length = 0;
  return new Promise((resolve, reject) => {
    const settle = (whole: boolean) => {
      message.off("data", take).off("end", end);
      resolve({ bytes: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length), whole });
    };
    const take = (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length <= limit) return;
      message.pause();
      settle(false);
    };
    const end = () => settle(true);
    message.on("data", take).once("end", end).once("error", reject);
  });
}
