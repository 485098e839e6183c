import { connectKernel } from "@oms/data-kernel/client.ts";
import { Redis } from "ioredis";
import { documents, repeated, wholeLog } from "../story/audit.ts";
import { Load } from "../story/load.ts";
import { Migration } from "../story/migration.ts";
import { PLACE, succeed } from "../story/oms-calls.ts";
import type { Story, System } from "../story/story.ts";

const OBJECTS = 40;
const RATE = 8;
/** Every so many writes the caller sends one again under its key, as if the answer had got lost. */
const SENT_AGAIN = 5;
/** The Redis database of vectors that instances of the embedding service share. */
const VECTOR_DATABASE = 5;

/** OMS hears of no commit there: its subscriber would store what the writes here store, under keys of its own. */
const NOWHERE = "nats://127.0.0.1:1";

type Indexed = { readonly id: string; readonly text: string; readonly textHash: string };
type Vector = { readonly textHash: string; readonly side: string };
type Found = { readonly hits: readonly { readonly id: string; readonly text: string }[] };

export const story: Story = {
  title: "Writes are watched, and the truth holds one copy of each",
  summary:
    "Idempotent writes run in shadow, some of them sent twice: every key is in the kernel once, both sides' diffs agree, and no cache, index or log has seen a shadow call.",
  run: async (context) => {
    const { system, progress, check, until, figures, long } = context;
    progress("starting the data-kernel, the embedding-service and OMS");
    await system.start(["data-kernel", "embedding-service"]);
    const { oms } = await system.start(["oms"], { NATS_URL: NOWHERE });
    const migration = new Migration(context, RATE);
    await migration.define();
    await context.setStage("embedding", "shadow");
    await migration.reached("shadow");

    const writes = long ? 60 * RATE : 20 * RATE;
    progress(`making ${writes} writes in shadow, every fifth of them twice`);
    const write = writer(system);
    const load = new Load({ calls: [write], authors: ["story@oms"], rate: RATE, random: context.random });
    await load.run(writes);
    check(load.failures.length === 0, `no write fails: ${load.failures.slice(0, 3).join("; ")}`);
    const sent = writes + Math.floor(writes / SENT_AGAIN);
    const { ledger } = migration;
    await until(
      async () => (await ledger.calls("embedding", "store"))["shadow"] === sent,
      `${sent} stores are counted`,
      120,
    );

    progress("auditing the kernel");
    const kernel = connectKernel({ address: system.addresses.kernel });
    const { OMS_ENV: env = "" } = system.env;
    const [ontology, index] = [`${env}/oms/main`, `${env}/embedding/main`];
    const keys = Array.from({ length: writes }, (_, i) => keyOf(i));
    const written = (await wholeLog(kernel, ontology)).map(({ commit }) => commit.key);
    check(repeated(written).length === 0, "no key is committed twice to the ontology");
    check(
      keys.every((key) => written.includes(key)),
      "every write is in the ontology",
    );
    check(
      written.length === writes + 1,
      `the ontology's log has ${written.length} commits for ${writes} writes and a type`,
    );
    const indexing = (await wholeLog(kernel, index)).map(({ commit }) => commit.key);
    const asked = new Set(keys.map((key, i) => `${key}/embedding.store/${objectOf(i)}`));
    check(repeated(indexing).length === 0, "no key is committed twice to the index");
    check(
      indexing.every((key) => asked.has(key)),
      "every commit to the index has the key of a write",
    );

    const indexed = await documents<Indexed>(kernel, index, "Indexed");
    const vectors = await documents<Vector>(kernel, index, "Vector");
    check(
      indexed.length === OBJECTS && repeated(indexed.map(({ id }) => id)).length === 0,
      "every object is indexed once",
    );
    check(repeated(vectors.map(({ textHash }) => textHash)).length === 0, "every text has one vector");
    check(
      vectors.every(({ side }) => side === "in-process"),
      "no vector was stored by the watched side",
    );
    check((await sharedVectors(system)) === 0, "no shadow call has filled the shared cache");
    const [one] = indexed;
    for (const url of [system.addresses.oms, system.addresses.embeddingHttp]) {
      const { hits } = (await succeed("POST", `${url}/search`, {
        author: "story@oms",
        body: { query: one?.text ?? "", k: OBJECTS },
      })) as Found;
      check(hits[0]?.text === one?.text && hits.length === OBJECTS, `${url} finds every object once`);
    }

    progress("writing in live, to see that the audit can see");
    await context.setStage("embedding", { livePercent: 100 });
    await migration.reached("live");
    await until(async () => {
      await write.make("story@oms");
      return (await documents<Vector>(kernel, index, "Vector")).some(({ side }) => side === "extracted");
    }, "a vector is stored by the service in live");
    await until(
      async () => (await sharedVectors(system)) > 0,
      "the service's own calls fill the shared cache",
    );
    kernel.close();

    progress("reading the report");
    await oms.stop();
    const report = await migration.report();
    const stores = report.pairs.flatMap(({ methods }) => methods.filter(({ method }) => method === "store"));
    const shadow = stores.flatMap(({ stages }) => stages).filter(({ stage }) => stage === "shadow");
    const sum = (of: (stage: (typeof shadow)[number]) => number) =>
      shadow.reduce((total, stage) => total + of(stage), 0);
    const alike = sum(({ compared }) => compared.match + compared.noise);
    // On a starved machine a watched call may come too late: that is counted, and says nothing of its diff.
    const silent = sum(({ watchedErrors }) => watchedErrors);
    const different = sum(({ compared }) => compared.mismatch) - silent;
    const lost = sum((stage) => Object.values(stage.lost).reduce((total, { calls }) => total + calls, 0));
    check(alike + silent + lost === sent, `${alike + silent + lost} of ${sent} stores are accounted for`);
    check(alike > 0 && different === 0, `${alike} diffs agree, ${different} do not`);
    figures["writes"] = writes;
    figures["sent twice"] = sent - writes;
    figures["commits to the ontology"] = written.length;
    figures["to the index"] = indexing.length;
    figures["diffs compared, all alike"] = alike;
  },
};

/** Writes objects, each write under a key and with a text of its own; every fifth is sent again at once. */
function writer({ addresses }: System) {
  let made = 0;
  return {
    name: "write",
    weight: 1,
    make: async (author: string) => {
      const i = made++;
      const send = () =>
        succeed("PUT", `${addresses.oms}/objects/${objectOf(i)}`, {
          author,
          key: keyOf(i),
          body: { type: PLACE.id, properties: { description: `a quiet harbour, told for the ${i}th time` } },
        });
      await send();
      if (i % SENT_AGAIN === SENT_AGAIN - 1) await send();
    },
  };
}

function keyOf(write: number): string {
  return `write-${write}`;
}

function objectOf(write: number): string {
  return `place-${write % OBJECTS}`;
}

/** Vectors of this story that instances of the embedding service share. */
async function sharedVectors({ env }: System): Promise<number> {
  const { REDIS_URL: url = "", KEY_PREFIX: prefix = "" } = env;
  const redis = new Redis(url, { db: VECTOR_DATABASE });
  try {
    return (await redis.keys(`${prefix}vector:*`)).length;
  } finally {
    redis.disconnect();
  }
}
