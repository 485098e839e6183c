import { EventStory, SHORT_WINDOW, SUBSCRIBERS } from "../story/events/event-story.ts";
import { Publishers } from "../story/events/publishers.ts";
import { NatsServers } from "../story/nats-servers.ts";
import type { Story } from "../story/story.ts";

const RATE = 16;
const ROUNDS = { short: 1, long: 5 };

export const story: Story = {
  title: "Three NATS servers lose the one that leads a stream, and events go on",
  summary:
    "Each stream is on three servers: its leader gets kill -9, then the leader of COMMITS is stopped: OMS answers everybody with 200, another server leads, nothing acknowledged is lost, and commits keep their order.",
  own: ["nats"],
  run: async (context) => {
    const { system, progress, check, until, figures, long } = context;
    progress(
      "starting three NATS servers, the data-kernel, the event gateway, OMS and a process with subscribers",
    );
    await context.setStage("events", { livePercent: 100 });
    const cluster = await NatsServers.start(context);
    const env = { ...SHORT_WINDOW, ...cluster.env };
    const { oms } = await system.start(["data-kernel", "event-gateway", "oms"], env);
    const publishers = new Publishers(oms.url);
    const events = new EventStory(context, {
      publishers,
      subscribers: SUBSCRIBERS,
      natsUrl: cluster.url,
    });
    await events.begin();
    await events.consume({ env });

    /** One server at a time is away: two of three keep on. */
    const lose = async (stream: string, signal: "SIGKILL" | "SIGTERM"): Promise<void> => {
      const leader = await cluster.leaderOf(stream);
      progress(`${leader.name}, which leads ${stream}: ${signal}`);
      leader.kill(signal);
      await leader.exited();
      await until(
        async () => (await cluster.leaderOf(stream)).name !== leader.name,
        `another server leads ${stream}`,
      );
      await events.answered("stored");
      await leader.restart();
      for (const each of ["ONTOLOGY", "COMMITS"]) await cluster.inStep(each);
    };
    let lost = 0;
    const scenario = async (): Promise<void> => {
      await events.answered("stored");
      for (let round = 0; round < ROUNDS[long ? "long" : "short"]; round += 1) {
        await lose("ONTOLOGY", "SIGKILL");
        await lose("COMMITS", "SIGTERM");
        lost += 2;
      }
    };
    const load = events.load(publishers.once, RATE);
    await load.during(scenario());
    check(load.failures.length === 0, `every call is answered: ${load.failures.slice(0, 3).join("; ")}`);

    progress("waiting until every event has come to everybody, and auditing");
    const drainedMs = await events.drained();
    const { published, committed, effects } = await events.audit();
    events.close();
    figures["leaders lost"] = lost;
    figures["events published, all answered with 200"] = published.length;
    for (const outcome of ["stored", "queued", "committed"] as const)
      figures[outcome] = publishers.count(outcome);
    figures["events of commits, in order"] = committed.length;
    figures["effects, each once"] = effects.length;
    figures["slowest answer"] = `${(publishers.slowestMs / 1000).toFixed(1)} s`;
    figures["drained after"] = `${(drainedMs / 1000).toFixed(1)} s`;
  },
};
