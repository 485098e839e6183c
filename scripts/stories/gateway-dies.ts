import { setTimeout as wait } from "node:timers/promises";
import { freePorts } from "../process/ports.ts";
import { EventStory, SHORT_WINDOW, SUBSCRIBERS } from "../story/events/event-story.ts";
import { Publishers } from "../story/events/publishers.ts";
import { FaultProxy } from "../story/fault-proxy.ts";
import type { Story } from "../story/story.ts";

const RATE = 16;
const KILLS = { short: 2, long: 30 };
/** Enough that they are not drained all at once. */
const QUEUED = 30;
const SLOW_MS = 200;
/** Longer than OMS waits for it. */
const STALL_MS = 4000;
const HOST = "127.0.0.1";

type Queue = { readonly events: number; readonly parked: readonly unknown[] };

export const story: Story = {
  title: "The event gateway is killed, cut off, stopped and full, and nothing that it acknowledged is lost",
  summary:
    "Twin gateways get events straight and through OMS: kill -9 in the middle of publishing and of draining, a NATS that cannot be reached, a queue that is full, SIGSTOP: whatever was acknowledged comes to each subscriber, with one effect.",
  run: async (context) => {
    const { system, progress, check, until, figures, signal, long } = context;
    progress("starting the data-kernel, two event gateways, OMS and a process with subscribers");
    await context.setStage("events", { livePercent: 100 });
    const nats = new URL(system.addresses.nats);
    const proxy = await FaultProxy.open(nats.host);
    nats.host = proxy.address;
    const [port = 0] = await freePorts(HOST, 1);
    await system.start(["data-kernel"], SHORT_WINDOW);
    const [{ "event-gateway": gateway }, { "event-gateway-2": twin }, { oms }] = await Promise.all([
      system.start(["event-gateway"], { ...SHORT_WINDOW, NATS_URL: nats.href }),
      system.start(["event-gateway-2"], { ...SHORT_WINDOW, GRPC_PORT: `${port}` }),
      system.start(["oms"], {
        ...SHORT_WINDOW,
        EVENT_GATEWAY_URL: `${system.addresses.eventGateway},${HOST}:${port}`,
      }),
    ]);
    const publishers = new Publishers(gateway.url, twin.url, oms.url);
    const events = new EventStory(context, { publishers, subscribers: SUBSCRIBERS });
    await events.begin();
    await events.consume({ env: SHORT_WINDOW });

    const queue = async (): Promise<Queue> =>
      (await context.http("GET", `${gateway.url}/queue`)).body as Queue;
    const killed = async (env: Record<string, string> = {}): Promise<void> => {
      gateway.kill("SIGKILL");
      await gateway.exited();
      await gateway.restart(env);
    };
    const drained = () => until(async () => (await queue()).events === 0, "the gateway's disk is empty");

    const dieWhilePublishing = async (): Promise<void> => {
      progress("kill -9 while it publishes");
      for (let n = 0; n < KILLS[long ? "long" : "short"]; n += 1) {
        await events.answered("stored");
        await killed();
      }
    };
    const dieWhileDraining = async (): Promise<void> => {
      progress(
        "cut off from NATS: what it is given waits on its disk; kill -9 meanwhile, and while it drains",
      );
      proxy.set("cut");
      await until(async () => (await queue()).events >= QUEUED, "events wait on the gateway's disk");
      await killed();
      let most = (await queue()).events;
      check(most >= QUEUED, `what it acknowledged is there when it is back: ${most} of ${QUEUED} events`);
      proxy.set({ slow: SLOW_MS });
      await until(async () => {
        const { events } = await queue();
        most = Math.max(most, events);
        return events > 0 && events < most;
      }, "it is draining");
      await killed();
      proxy.set("none");
      await drained();
    };
    const refuseWhenFull = async (): Promise<void> => {
      progress("cut off with a disk that takes little: it refuses, and OMS is answered all the same");
      await killed({ QUEUE_MAX_BYTES: "2000" });
      proxy.set("cut");
      await until(() => (publishers.refused[429] ?? 0) > 0, "a gateway that is full says so");
      await events.answered("stored");
      proxy.set("none");
      await drained();
    };
    const stall = async (): Promise<void> => {
      progress("SIGSTOP: OMS goes by the other gateway, or by itself");
      gateway.kill("SIGSTOP");
      await wait(STALL_MS, undefined, { signal });
      await events.answered("stored");
      gateway.kill("SIGCONT");
      await events.answered("stored");
    };
    const load = events.load(publishers.untilTaken, RATE);
    await load.during(dieWhilePublishing().then(dieWhileDraining).then(refuseWhenFull).then(stall));
    check(load.failures.length === 0, `somebody takes each event: ${load.failures.slice(0, 3).join("; ")}`);

    progress("waiting until every event has come to everybody, and auditing");
    const drainedMs = await events.drained();
    const { published, messages, effects } = await events.audit();
    check((await queue()).parked.length === 0, "nothing was refused after it was acknowledged");
    events.close();
    await proxy.close();
    figures["events acknowledged"] = published.length;
    for (const outcome of ["stored", "queued", "committed"] as const)
      figures[outcome] = publishers.count(outcome);
    figures["refused by a full disk"] = publishers.refused[429] ?? 0;
    figures["messages in streams"] = messages.length;
    figures["effects, each once"] = effects.length;
    figures["drained after"] = `${(drainedMs / 1000).toFixed(1)} s`;
  },
};
