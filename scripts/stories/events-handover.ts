import { EventStory, SHORT_WINDOW, SUBSCRIBERS } from "../story/events/event-story.ts";
import { Publishers } from "../story/events/publishers.ts";
import { Unrest } from "../story/events/unrest.ts";
import type { Story, StoryContext } from "../story/story.ts";

const RATE = 16;
const SECONDS = { short: 20, long: 60 };
const ONE_BY_ONE = { name: "story-in-order", domain: "ontology", ordered: true };

export const story: Story = {
  title: "Events change hands all the time while everything is killed, and each has its effect once",
  summary:
    "Steady publishing and commits, three subscribers, a flag that flips and subscribers that follow it every few seconds, kill -9 of NATS, the gateway, OMS and the subscribers: an auditor finds nothing lost, doubled or out of order; what is then taken, doubled and moved by hand it finds.",
  own: ["nats"],
  run: async (context) => {
    const { system, progress, check, until, figures, long } = context;
    const seconds = SECONDS[long ? "long" : "short"];
    progress("starting NATS, the data-kernel, the event gateway, OMS and a process with subscribers");
    const {
      nats,
      "event-gateway": gateway,
      oms,
    } = await system.start(["nats", "data-kernel", "event-gateway", "oms"], SHORT_WINDOW);
    const publishers = new Publishers(oms.url);
    const subscribers = [...SUBSCRIBERS, ONE_BY_ONE];
    const events = new EventStory(context, { publishers, subscribers });
    await events.begin();
    const consumer = await events.consume({ env: SHORT_WINDOW });

    progress(`flipping, handing over and killing for ${seconds} s`);
    const unrest = new Unrest(context);
    const load = events.load(publishers.untilTaken, RATE);
    await load.during(unrest.last(seconds, [nats, gateway, oms, consumer]));
    check(load.failures.length === 0, `somebody takes each event: ${load.failures.slice(0, 3).join("; ")}`);

    progress(`quiet, after ${unrest.flips} flips and ${unrest.kills} kills: all go to the gateway's side`);
    await context.setStage("events", { livePercent: 100 });
    await until(() => unrest.handOver(), "every subscriber is the gateway's");
    const drainedMs = await events.drained();
    const { published, committed, messages, lines, effects } = await events.audit();
    figures["flips"] = unrest.flips;
    figures["handovers"] = unrest.handovers;
    figures["kills"] = unrest.kills;
    figures["events acknowledged"] = published.length;
    for (const outcome of ["stored", "queued", "committed"] as const)
      figures[outcome] = publishers.count(outcome);
    figures["events of commits, in order"] = committed.length;
    figures["messages stored twice"] = messages.length - published.length - committed.length;
    figures["deliveries"] = lines.length;
    figures["effects, each once"] = effects.length;
    figures["drained after"] = `${(drainedMs / 1000).toFixed(1)} s`;

    progress("what is taken out, moved and doubled by hand, and done without care, is found");
    await planted(context, events);
    await consumer.stop();
    await events.consume({ name: "careless", env: { ...SHORT_WINDOW, EFFECT_KEYS: "fresh" } });
    await publishers.untilTaken();
    await found(context, events, "had its effect twice");
    events.close();
  },
};

async function planted(context: StoryContext, events: EventStory): Promise<void> {
  const [first] = (await events.books()).committed;
  if (!first) throw new Error("nothing was committed");
  const text = await events.streams.takeOut(first.domain, first.identity);
  await found(context, events, "is in no stream");
  const subject = `${events.env}.commits.story.main`;
  await events.streams.append(subject, text);
  await found(context, events, "comes in the stream before");
  await events.streams.append(subject, text);
  await found(context, events, "is twice in the stream");
}

async function found({ until }: StoryContext, events: EventStory, what: string): Promise<void> {
  const isFound = async () => (await events.findings()).some(({ text }) => text.includes(what));
  await until(isFound, `the auditor finds what ${what}`);
}
