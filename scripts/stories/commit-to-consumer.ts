import { randomBytes } from "node:crypto";
import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import type { SubscriberSide } from "@oms/events/subscriber.ts";
import { strangler } from "../story/cli.ts";
import { EventStory } from "../story/events/event-story.ts";
import { Publishers } from "../story/events/publishers.ts";
import { commitOf, eventOf, type Step, traceSeen } from "../story/events/traces.ts";
import { PLACE, succeed } from "../story/oms-calls.ts";
import type { Story, StoryContext } from "../story/story.ts";

const AUTHOR = "story@oms";
const CONSUMER = { name: "story-commits", domain: "commits", ordered: true };
/** OMS's own three of the audit, its search, its look at commits, and the story's consumer. */
const STREAMS = 6;

export const story: Story = {
  title: "A write comes to its consumers in one trace, whoever carries it",
  summary:
    "A write by REST, its commit, the relay's event, NATS, a consumer and what the consumer did are of one trace, and so are what OMS publishes and audits and what it indexes; once by the event gateway and once in process, with subscribers handed over by strangler.",
  run: async (context) => {
    const { system, progress, figures } = context;
    progress("starting the data-kernel, the event gateway, OMS and a consumer");
    const { oms, "event-gateway": gateway } = await system.start(["data-kernel", "event-gateway", "oms"]);
    const publishers = new Publishers(oms.url);
    const events = new EventStory(context, { publishers, subscribers: [CONSUMER], withAudit: false });
    await events.begin();
    await events.consume({ env: { SOURCES: `/branches/${branchOf(events)}` } });
    const { id, ...type } = PLACE;
    await succeed("PUT", `${oms.url}/object-types/${id}`, { author: AUTHOR, body: type });
    const { NATS_URL: nats = "" } = system.env;
    const place = { context, events, nats, oms: oms.url, gateway: gateway.url };
    for (const side of ["extracted", "in-process"] as const) {
      await bring(place, side);
      for (const path of [write, publish, index]) await inOneTrace(place, side, path);
    }
    events.close();
    figures["sides"] = 2;
    figures["paths, each in one trace"] = 6;
  },
};

type Place = {
  readonly context: StoryContext;
  readonly events: EventStory;
  readonly nats: string;
  readonly oms: string;
  readonly gateway: string;
};

/** The flag moves publishing, the command moves subscribers; resolves when both are where they belong. */
async function bring(place: Place, side: SubscriberSide): Promise<void> {
  const { context, events, nats, gateway } = place;
  const { system, progress, check, until, setStage } = context;
  const isExtracted = side === "extracted";
  progress(
    `${isExtracted ? "by the event gateway" : "in process"}: the flag, then strangler handover events`,
  );
  await setStage("events", isExtracted ? { livePercent: 100 } : "in-process");
  const moved = await strangler(["handover", "events"], system.env);
  check(moved.code === 0, `the subscribers change hands: ${moved.stdout}${moved.stderr}`);
  const streams = isExtracted ? STREAMS : 0;
  await until(
    async () => (await figure(gateway, "event_subscribe_streams")) === streams,
    `${streams} have their events from the gateway`,
  );
  let probes = 0;
  const asked = (method: string) =>
    figure(gateway, "rpc_server_call_duration_seconds_count", `EventGatewayService/${method}"`);
  const goes = (method: string, probe: (id: string) => Promise<unknown>) =>
    until(
      async () => {
        const before = await asked(method);
        await probe(`probe-${side}-${++probes}`);
        return (await asked(method)) > before === isExtracted;
      },
      `${method} goes ${isExtracted ? "by the gateway" : "past the gateway"}`,
    );
  await goes("PublishCommits", async (id) => {
    await put(place, id);
    await until(() => eventOf(nats, branchOf(events), `Object/${id}`), `${id} is told`);
  });
  await goes("Publish", (id) => publishOne(place, id));
}

/** What was done in a trace, and the traces in which it came about. */
type Path = (place: Place, name: string, traceparent: string) => Promise<readonly Step[]>;

async function inOneTrace(place: Place, side: SubscriberSide, path: Path): Promise<void> {
  const { check, progress } = place.context;
  const trace = randomBytes(16).toString("hex");
  const steps = await path(place, `${path.name}-${side}`, `00-${trace}-00f067aa0ba902b7-01`);
  for (const { name, traceId } of steps)
    check(traceId === trace, `${side}: ${name} is in the caller's trace`);
  progress(`${path.name}: ${steps.map(({ name }) => name).join(", ")}: one trace`);
}

/** REST, the commit, its event, the consumer and its effect. */
async function write(place: Place, id: string, traceparent: string): Promise<Step[]> {
  const { context, events, nats } = place;
  const { until } = context;
  const { kernel, traces } = events;
  const branch = branchOf(events);
  await put(place, id, traceparent);
  const commit = await commitOf(kernel, branch, ({ change }) => change.document.id === `Object/${id}`);
  const { identity, traceId } = await until(() => eventOf(nats, branch, `Object/${id}`), `${id} is told`);
  const seen = await until(() => traceSeen(traces.file, identity), "the consumer has it");
  const effect = await until(
    () =>
      commitOf(
        kernel,
        traces.effects,
        ({ change }) => (change.document.body as { identity?: string }).identity === identity,
      ),
    "it has its effect",
  );
  return [
    { name: "the commit", traceId: commit.traceId },
    { name: "the event", traceId },
    { name: "the consumer", traceId: seen },
    { name: "its effect", traceId: effect.traceId },
  ];
}

/** REST, the branch, the event that OMS publishes of it, and its audit by OMS. */
async function publish({ context, events, oms }: Place, name: string, traceparent: string): Promise<Step[]> {
  const { check, until, http } = context;
  const headers = { "oms-author": AUTHOR, traceparent };
  const { status } = await http("POST", `${oms}/branches`, { headers, body: { name } });
  check(status === 201, `a branch is created with ${status}`);
  const audit = await until(
    () =>
      commitOf(events.kernel, events.traces.audit, ({ change }) => {
        const { type, subject } = change.document.body as { type: string; subject?: string };
        return type === "oms.branches.branch.created" && subject === name;
      }),
    "the event of the branch is audited",
  );
  return [{ name: "the audit of the published event", traceId: audit.traceId }];
}

/** An object that is committed past OMS, and its index by OMS. */
async function index({ context, events }: Place, id: string, traceparent: string): Promise<Step[]> {
  const { kernel, env } = events;
  const body = { id, type: PLACE.id, properties: { description: "a harbour that nobody told OMS of" } };
  const write = { put: { id: `Object/${id}`, type: `Object/${PLACE.id}`, body } };
  const request = { branch: branchOf(events), message: "past OMS", writes: [write] };
  await runInContext(newContext({ author: AUTHOR, traceparent }), () => kernel.commit(request));
  const indexed = await context.until(
    () =>
      commitOf(
        kernel,
        `${env}/embedding/main`,
        ({ commit, change }) => commit.author === "search@oms" && change.document.id === `Indexed/main/${id}`,
      ),
    "it is indexed by the subscriber",
  );
  return [{ name: "the index", traceId: indexed.traceId }];
}

async function put({ context, oms }: Place, id: string, traceparent?: string): Promise<void> {
  const headers = { "oms-author": AUTHOR, ...(traceparent !== undefined && { traceparent }) };
  const body = { type: PLACE.id, properties: { description: `a quiet harbour, ${id}` } };
  const { status } = await context.http("PUT", `${oms}/objects/${id}`, { headers, body });
  context.check(status < 300, `a write is answered with ${status}`);
}

async function publishOne({ context, oms }: Place, id: string): Promise<void> {
  const headers = { "oms-author": AUTHOR, "content-type": "application/cloudevents+json" };
  const body = { specversion: "1.0", source: "/story", type: "oms.ontology.probed", id };
  const { status } = await context.http("POST", `${oms}/events`, { headers, body });
  context.check(status === 200, `an event is answered with ${status}`);
}

const branchOf = ({ env }: EventStory) => `${env}/oms/main`;

/** The sum of a figure's values, of those whose labels have `of` in them. */
async function figure(url: string, name: string, of = ""): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line.startsWith(`${name}{`) && line.includes(of));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}
