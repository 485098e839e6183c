import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import type { Readiness } from "./spec.ts";

const POLL_MS = 100;
const ASK_MS = 2_000;

/**
 * Asks until the process answers as it should; `false` when `signal` aborts first. A step is ready when it
 * ends, which its child tells: asked here, it never is.
 */
export async function untilReady(readiness: Readiness, host: string, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (await answers(readiness, host)) return true;
    await wait(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
  return false;
}

async function answers(readiness: Readiness, host: string): Promise<boolean> {
  if ("exit" in readiness) return false;
  try {
    return "http" in readiness ? await answersHttp(readiness) : await answersTcp(readiness, host);
  } catch {
    return false;
  }
}

async function answersHttp(ask: {
  http: string;
  headers?: Readonly<Record<string, string>>;
}): Promise<boolean> {
  const response = await fetch(ask.http, { headers: ask.headers ?? {}, signal: AbortSignal.timeout(ASK_MS) });
  await response.body?.cancel();
  return response.ok;
}

function answersTcp(ask: { tcp: number; send: string; expect: string }, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: ask.tcp });
    const settle = (ready: boolean): void => {
      socket.destroy();
      resolve(ready);
    };
    let heard = "";
    socket.setTimeout(ASK_MS, () => settle(false));
    socket.on("connect", () => socket.write(ask.send));
    socket.on("data", (chunk) => {
      heard += chunk.toString("latin1");
      if (heard.includes(ask.expect)) settle(true);
    });
    socket.on("error", () => settle(false));
    socket.on("close", () => settle(false));
  });
}
