import type { Bench, Contest, Step } from "./bench.ts";
import { startNginx } from "./http/nginx.ts";
import { poster } from "./http/post.ts";
import { openWrk, type Rate } from "./http/wrk.ts";
import { closedLoop, openLoop } from "./load.ts";
import { startMeasured } from "./measured-process.ts";
import { findPeer } from "./peers.ts";
import { quantile } from "./summary.ts";

const [OURS, BARE, NGINX] = ["strangler", "http-proxy-middleware", "nginx, mirror"] as const;
const HUNG = "p99 with a hung watched side, to a healthy one";
const CLIENTS = 32;
const RATE_SECONDS = 2;
const PER_SECOND = 200;
const LATENCY_SECONDS = 4;
/** A call that takes longer counts as having taken this. */
const PATIENCE_MS = 2000;
const WARM_UP_SECONDS = 1;

/**
 * Every router is a process of its own before the same service, which costs next to nothing. Ours is in stage live
 * and watches the module; nginx mirrors every request to the service again; http-proxy-middleware watches nothing.
 */
export const bench: Bench = {
  summary: "REST routing in stage live, beside http-proxy-middleware alone and nginx with a mirror",
  sides: [OURS, BARE, NGINX],
  rounds: 7,
  figures: {
    "32 clients": { unit: "calls/s", better: "more", aim: { ratio: 0.9 } },
    "32 clients, watched or mirrored": { unit: "calls/s", better: "more" },
    "200 calls/s, p50": { unit: "ms", better: "less" },
    "200 calls/s, p99": { unit: "ms", better: "less" },
    [HUNG]: { unit: "×", better: "less", aim: { most: 1.05 } },
  },
  open,
};

/** Where a router is: as it is meant to be, and with a watched side that hangs, where it has one. */
type Router = { readonly healthy: string; readonly hung?: string };

async function open(progress: (text: string) => void): Promise<Contest> {
  await using opening = new AsyncDisposableStack();
  const nginx = await findPeer("nginx", progress);
  const wrk = await findPeer("wrk", progress);
  const start = async (file: string, env: Readonly<Record<string, string>> = {}): Promise<string> => {
    const { url, stop } = await startMeasured([`scripts/bench/http/${file}.ts`], env);
    opening.defer(stop);
    return url;
  };
  const service = await start("service");
  const at = { SERVICE_URL: service };
  const routers: Readonly<Record<string, Router>> = {
    [OURS]: { healthy: await start("routed", at), hung: await start("routed", { ...at, WATCHED: "hung" }) },
    [BARE]: { healthy: await start("bare", at) },
    [NGINX]: await startNginx(nginx, service, opening),
  };
  const of = (side: string): Router => routers[side] ?? { healthy: "" };
  for (const { healthy, hung } of [of(OURS), of(BARE)]) {
    for (const url of [healthy, hung ?? healthy]) {
      await closedLoop(CLIENTS, WARM_UP_SECONDS, poster(url, PATIENCE_MS));
    }
  }
  const rate = await openWrk(wrk, { clients: CLIENTS, seconds: RATE_SECONDS }, opening);
  const opened = opening.move();
  return { steps: [rateStep(of, rate), latencyStep(of), hungStep(of)], close: () => opened.disposeAsync() };
}

type RouterOf = (side: string) => Router;

function rateStep(of: RouterOf, rate: Rate): Step {
  return {
    name: `${CLIENTS} clients`,
    async run(side) {
      const answers = await rate(of(side).healthy);
      return {
        ...(side !== NGINX && { "32 clients": answers }),
        ...(side !== BARE && { "32 clients, watched or mirrored": answers }),
      };
    },
  };
}

function latencyStep(of: RouterOf): Step {
  return {
    name: `${PER_SECOND} calls a second`,
    async run(side, random) {
      const arrivals = { perSecond: PER_SECOND, seconds: LATENCY_SECONDS, random };
      const { latencies } = await openLoop(arrivals, poster(of(side).healthy, PATIENCE_MS));
      return { "200 calls/s, p50": quantile(latencies, 0.5), "200 calls/s, p99": quantile(latencies, 0.99) };
    },
  };
}

/** Calls take turns between a router whose watched side answers and one whose watched side does not. */
function hungStep(of: RouterOf): Step {
  return {
    name: "a hung watched side",
    async run(side, random) {
      const { healthy, hung } = of(side);
      if (hung === undefined) return {};
      const turns = [timed(poster(healthy, PATIENCE_MS)), timed(poster(hung, PATIENCE_MS))] as const;
      const arrivals = { perSecond: 2 * PER_SECOND, seconds: LATENCY_SECONDS, random };
      await openLoop(arrivals, (number) => turns[number % 2 === 0 ? 0 : 1].call());
      const [answering, hanging] = turns.map(({ latencies }) => quantile(latencies, 0.99));
      return { [HUNG]: (hanging ?? 0) / (answering ?? 1) };
    },
  };
}

function timed(call: () => Promise<void>) {
  const latencies: number[] = [];
  return {
    latencies,
    async call() {
      const sent = performance.now();
      await call();
      latencies.push(performance.now() - sent);
    },
  };
}
