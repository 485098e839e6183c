import { setTimeout as wait } from "node:timers/promises";
import type { Event } from "@oms/events/event.ts";
import { type Behaviour, Endpoints } from "../story/events/endpoints.ts";
import { Publishers } from "../story/events/publishers.ts";
import { Streams } from "../story/events/streams.ts";
import { Load } from "../story/load.ts";
import type { Story } from "../story/story.ts";

type Order = "none" | "key" | "all";
type Group = { readonly count: number; readonly behaviour: Behaviour; readonly order: Order };

const GROUPS: readonly Group[] = [
  { count: 59, behaviour: "good", order: "none" },
  { count: 10, behaviour: "flaky", order: "none" },
  { count: 10, behaviour: "slow", order: "none" },
  { count: 5, behaviour: "good", order: "all" },
  { count: 5, behaviour: "flaky", order: "all" },
  { count: 5, behaviour: "good", order: "key" },
  { count: 5, behaviour: "flaky", order: "key" },
  { count: 1, behaviour: "dead", order: "none" },
];
const DOMAIN = "ontology";
const SETTINGS = { WEBHOOK_RETRY_MS: "50", WEBHOOK_PROBE_MS: "500" };
const RATE = 8;
const PAUSE_MS = { short: 3000, long: 20_000 };
const ABREAST = 10;

export const story: Story = {
  title: "Every event reaches a hundred webhooks, whoever of gateway and NATS is killed meanwhile",
  summary:
    "A hundred endpoints, some flaky, slow, ordered or dead, while the gateway gets kill -9 and NATS is restarted: every acknowledged event reaches each with a valid signature, the ordered ones in order, and the dead one holds nobody up and has all once it is back.",
  own: ["nats"],
  run: async (context) => {
    const { system, progress, check, until, figures, http, signal, long } = context;
    const pauseMs = PAUSE_MS[long ? "long" : "short"];
    progress("starting NATS, the data-kernel and the event gateway, and putting a hundred webhooks");
    const { nats, "event-gateway": gateway } = await system.start(
      ["nats", "data-kernel", "event-gateway"],
      SETTINGS,
    );
    const endpoints = await Endpoints.listen();
    signal.addEventListener("abort", () => endpoints.close(), { once: true });
    const webhooks = GROUPS.flatMap(({ count, behaviour, order }) =>
      Array.from({ length: count }, (_, n) => ({ id: `${behaviour}-${order}-${n}`, behaviour, order })),
    );
    const put = async ({ id, behaviour, order }: (typeof webhooks)[number]) => {
      const body = { url: endpoints.add(id, behaviour), domain: DOMAIN, order };
      const { status, body: answer } = await http("PUT", `${gateway.url}/webhooks/${id}`, { body });
      check(status === 200, `${id} is put: ${status} ${JSON.stringify(answer)}`);
      endpoints.trust(id, (answer as { secret: string }).secret);
    };
    for (let n = 0; n < webhooks.length; n += ABREAST)
      await Promise.all(webhooks.slice(n, n + ABREAST).map(put));

    const publishers = new Publishers(gateway.url);
    const call = { name: "publish", weight: 1, make: publishers.untilTaken };
    const load = new Load({ calls: [call], authors: ["story@oms"], rate: RATE, random: context.random });
    const breaker = async () => {
      const { body } = await http("GET", `${gateway.url}/webhooks/dead-none-0`);
      return (body as { breaker?: string }).breaker;
    };
    const scenario = async () => {
      await until(() => endpoints.taken("good-none-0").length > 0, "the first event reaches an endpoint");
      await until(async () => (await breaker()) === "open", "the breaker of the dead endpoint opens");
      await wait(pauseMs, undefined, { signal });
      progress("the gateway: kill -9");
      gateway.kill("SIGKILL");
      await gateway.restart();
      await wait(pauseMs, undefined, { signal });
      progress("NATS: kill -9");
      nats.kill("SIGKILL");
      await nats.restart();
      await wait(pauseMs, undefined, { signal });
    };
    await load.during(scenario());
    check(load.failures.length === 0, `every event is acknowledged: ${load.failures.slice(0, 3).join("; ")}`);

    progress("waiting until every endpoint but the dead one has every event, in its order");
    const published = publishers.published.length;
    const [dead = "", ...others] = webhooks.map(({ id }) => id).reverse();
    const hasAll = (id: string) => endpoints.taken(id).length === published;
    await until(() => others.every(hasAll), "every endpoint that answers has every event");
    check(endpoints.taken(dead).length === 0, "the dead endpoint has taken nothing");
    progress("the dead endpoint comes back");
    endpoints.revive();
    await until(() => hasAll(dead), "the dead endpoint has every event once it is back");
    await until(async () => (await breaker()) === "closed", "its breaker closes");

    const messages = await new Streams(system.env["NATS_URL"] ?? "").messages(DOMAIN);
    for (const { id, order } of webhooks) {
      const found = outOfOrder(
        order,
        endpoints.taken(id),
        messages.map(({ identity }) => identity),
      );
      check(found === undefined, `${id} has its events in their order: ${found}`);
    }
    check(endpoints.forged === 0, `every signature is valid: ${endpoints.forged} are not`);
    endpoints.close();
    figures["events"] = published;
    figures["webhooks"] = webhooks.length;
    figures["attempts"] = endpoints.attempts;
  },
};

/** The first event that came to its endpoint behind one that is later in its stream, and of its key where that counts. */
function outOfOrder(order: Order, taken: readonly Event[], stream: readonly string[]): string | undefined {
  if (order === "none") return undefined;
  const positions = new Map(stream.map((identity, at) => [identity, at]));
  const last = new Map<string, number>();
  for (const { id, source, partitionkey = "" } of taken) {
    const key = order === "all" ? "" : partitionkey;
    const at = positions.get(`${source} ${id}`) ?? -1;
    if (at < (last.get(key) ?? 0)) return id;
    last.set(key, at);
  }
  return undefined;
}
