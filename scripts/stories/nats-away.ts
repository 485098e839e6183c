import { setTimeout as wait } from "node:timers/promises";
import { EventStory, SHORT_WINDOW, SUBSCRIBERS } from "../story/events/event-story.ts";
import { Publishers } from "../story/events/publishers.ts";
import type { Handle, Story } from "../story/story.ts";

const RATE = 16;
const AWAY_MS = { short: 2500, long: 20_000 };

type Outage = {
  readonly away: readonly Handle[];
  readonly by: "SIGKILL" | "SIGSTOP";
  /** What answers then say. */
  readonly outcome: "queued" | "committed";
};

export const story: Story = {
  title:
    "NATS goes away, and its gateway too: OMS answers everybody, and all that was published arrives once",
  summary:
    "Under steady publishing NATS gets kill -9 and SIGSTOP for longer than it knows events again, in stage in-process and live, and then the gateway as well: every answer of OMS is 200, and each event comes to each subscriber with one effect.",
  own: ["nats"],
  run: async (context) => {
    const { system, progress, check, figures, signal, long } = context;
    progress("starting NATS, the data-kernel, the event gateway, OMS and a process with subscribers");
    const processes = await system.start(["nats", "data-kernel", "event-gateway", "oms"], SHORT_WINDOW);
    const { nats, "event-gateway": gateway, oms } = processes;
    const publishers = new Publishers(oms.url);
    const events = new EventStory(context, { publishers, subscribers: SUBSCRIBERS });
    await events.begin();
    await events.consume({ env: SHORT_WINDOW });

    const outage = async ({ away, by, outcome }: Outage): Promise<void> => {
      progress(`${away.map(({ name }) => name).join(" and ")}: ${by}, and events are ${outcome}`);
      const before = publishers.count(outcome);
      for (const handle of away) handle.kill(by);
      await wait(AWAY_MS[long ? "long" : "short"], undefined, { signal });
      await events.answered(outcome, before);
      const stored = publishers.count("stored");
      if (by === "SIGSTOP") for (const handle of away) handle.kill("SIGCONT");
      else await Promise.all(away.map((handle) => handle.restart()));
      await events.answered("stored", stored);
    };
    const scenario = async (): Promise<void> => {
      await events.answered("stored");
      for (const by of ["SIGKILL", "SIGSTOP"] as const)
        await outage({ away: [nats], by, outcome: "committed" });
      progress("the flag: all events go by the gateway");
      await context.setStage("events", { livePercent: 100 });
      for (const by of ["SIGKILL", "SIGSTOP"] as const) await outage({ away: [nats], by, outcome: "queued" });
      await outage({ away: [gateway, nats], by: "SIGKILL", outcome: "committed" });
    };
    const load = events.load(publishers.once, RATE);
    await load.during(scenario());
    const { failures } = load;
    check(failures.length === 0, `every call is answered: ${failures.slice(0, 3).join("; ")}`);

    progress("waiting until every event has come to everybody, and auditing");
    const drainedMs = await events.drained();
    const { published, messages, effects } = await events.audit();
    events.close();
    figures["events published, all answered with 200"] = published.length;
    for (const outcome of ["stored", "queued", "committed"] as const)
      figures[outcome] = publishers.count(outcome);
    figures["slowest answer"] = `${(publishers.slowestMs / 1000).toFixed(1)} s`;
    figures["messages in streams"] = messages.length;
    figures["effects, each once"] = effects.length;
    figures["drained after"] = `${(drainedMs / 1000).toFixed(1)} s`;
  },
};
