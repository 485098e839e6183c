import type { IncomingMessage } from "node:http";

/** All of a body, or no more than its beginning. */
export type Beginning = { readonly bytes: Buffer; readonly whole: boolean };

/**
 * Reads a body up to `limit` bytes and puts back what it read, so that whoever reads next finds it untouched.
 * Rejects when the body ends early.
 */
export function peek(message: IncomingMessage, limit: number): Promise<Beginning> {
  const chunks: Buffer[] = [];
  let length = 0;
  return new Promise((resolve, reject) => {
    const settle = (run: () => void) => {
      message.off("readable", read).off("error", fail).off("close", cut);
      run();
    };
    const fail = (error: Error) => settle(() => reject(error));
    const cut = () => fail(new Error("the body ended early"));
    const read = () => {
      for (let chunk: Buffer | null = take(message); chunk; chunk = take(message)) {
        chunks.push(chunk);
        length += chunk.length;
      }
      if (!message.complete && length <= limit) return;
      const bytes = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length);
      // In this very turn: a stream that was found empty ends in the next.
      if (length > 0) message.unshift(bytes);
      settle(() => resolve({ bytes, whole: message.complete && length <= limit }));
    };
    message.on("readable", read).once("error", fail).once("close", cut);
  });
}

function take(message: IncomingMessage): Buffer | null {
  return message.read() as Buffer | null;
}
