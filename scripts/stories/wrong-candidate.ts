import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isWrongAbout, startWrongEmbeddings, WRONG_BUILD } from "../fixtures/wrong-embeddings.ts";
import { strangler } from "../story/cli.ts";
import type { LedgerCounts } from "../story/ledger-counts.ts";
import { Migration } from "../story/migration.ts";
import { succeed } from "../story/oms-calls.ts";
import type { Story, StoryContext } from "../story/story.ts";

const HOST = "127.0.0.1";
const TEXTS_OF_A_BATCH = 24;
const AT_ONCE = 8;

type Call = {
  readonly method: string;
  readonly args: readonly [{ text: string } | { texts: readonly string[] }];
};
type Again = { readonly because: string; readonly now?: { readonly outcome: string } };

export const story: Story = {
  title: "A build that is wrong about one text in a hundred is caught before any caller meets it",
  summary:
    "A candidate returns slightly turned vectors for 1 % of the texts: in shadow every one of them is counted, the verdict is different, and the kept mismatches show again on the candidate and not on the right build.",
  run: async (context) => {
    const { system, progress, check, figures, long } = context;
    const { embedding } = system.addresses;
    progress("starting the data-kernel, the embedding-service, a wrong candidate in front of it, and OMS");
    await system.start(["data-kernel", "embedding-service"]);
    const candidate = await startWrongEmbeddings(embedding, HOST);
    const folder = await mkdtemp(join(tmpdir(), "story-calls-"));
    try {
      const running = await system.start(["oms"], { EMBEDDING_URL: candidate.address });
      const migration = new Migration(context, 20);
      await context.setStage("embedding", "shadow");
      await migration.reached("shadow");

      const calls = recorded(long ? 1600 : 400, long ? 240 : 60);
      progress(`making ${calls.length} calls in shadow`);
      await makeAll(context, migration.ledger, calls);
      await running.oms.stop();

      progress("reading the report");
      const report = await migration.report();
      const pair = report.pairs.find(({ builds }) => builds.extracted === WRONG_BUILD);
      check(
        pair?.verdict === "different",
        `the verdict on the wrong build is different, not ${pair?.verdict}`,
      );
      for (const name of ["embed", "embedBatch"]) {
        const found = pair?.methods.find(({ method }) => method === name);
        const wrong = calls.filter((call) => call.method === name && isWrong(call)).length;
        const stages = found?.stages ?? [];
        const failed = stages.reduce((sum, { watchedErrors }) => sum + watchedErrors, 0);
        const missed =
          failed +
          stages.flatMap(({ lost }) => Object.values(lost)).reduce((sum, { calls }) => sum + calls, 0);
        const caught = (found?.mismatches ?? 0) - failed;
        check(
          caught > 0 && caught <= wrong && caught >= wrong - missed,
          `${caught} of ${wrong} wrong answers of ${name} are counted, ${missed} were not compared`,
        );
        check(found?.judgement.verdict !== "equivalent", `${name} never passes for equivalent`);
        figures[name] = `${found?.compared} compared, ${caught} of ${wrong} wrong answers caught`;
      }

      progress("making the kept mismatches again");
      const path = join(folder, "calls.ndjson");
      await writeFile(path, calls.map((call) => `${JSON.stringify(call)}\n`).join(""));
      const replay = async (address: string) => {
        const args = ["replay", "embedding", "--calls", path, "--json"];
        const { code, stdout, stderr } = await strangler(args, { ...system.env, EMBEDDING_URL: address });
        check(code === 0 || code === 1, `strangler replay has an answer: ${stderr}`);
        return { code, again: JSON.parse(stdout) as Again[] };
      };
      const wrong = await replay(candidate.address);
      const vectors = wrong.again.filter(({ because }) => because.includes("cosine"));
      const shown = vectors.filter(({ now }) => now?.outcome === "mismatch").length;
      check(
        wrong.code === 1 && shown === vectors.length,
        `${shown} of ${vectors.length} wrong vectors show again`,
      );
      const right = await replay(embedding);
      const same = right.again.filter(({ now }) => now?.outcome === "match").length;
      check(
        right.code === 0 && same === right.again.length,
        `${same} of ${right.again.length} match on the right build`,
      );
      figures["samples shown again on the wrong build"] = shown;
      figures["matching on the right build"] = same;
    } finally {
      await candidate.stop();
      await rm(folder, { recursive: true });
    }
  },
};

/** Makes the calls a few at a time, and goes on when those before are counted, so that no watched call waits too long. */
async function makeAll(
  { system, until }: StoryContext,
  ledger: LedgerCounts,
  calls: readonly Call[],
): Promise<void> {
  const counted = async () => {
    const all = await Promise.all(["embed", "embedBatch"].map((method) => ledger.calls("embedding", method)));
    return all.reduce((sum, { shadow = 0 }) => sum + shadow, 0);
  };
  const before = await counted();
  for (let made = 0; made < calls.length; made += AT_ONCE) {
    const some = calls.slice(made, made + AT_ONCE);
    const answers = some.map(({ args: [body] }) => {
      return succeed("POST", `${system.addresses.oms}/embedding`, { author: "story@oms", body });
    });
    await Promise.all(answers);
    await until(async () => (await counted()) - before >= made + some.length, "the calls are counted");
  }
}

/** Calls whose texts are all different, batches spread among single texts. */
function recorded(singles: number, batches: number): Call[] {
  const calls: Call[] = Array.from({ length: singles }, (_, i) => {
    return { method: "embed", args: [{ text: `the harbour of town number ${i}` }] };
  });
  for (let i = 0; i < batches; i += 1) {
    const texts = Array.from({ length: TEXTS_OF_A_BATCH }, (_, j) => `bridge ${j} over river number ${i}`);
    calls.splice(i * Math.ceil(singles / batches), 0, { method: "embedBatch", args: [{ texts }] });
  }
  return calls;
}

function isWrong({ args: [request] }: Call): boolean {
  return "text" in request ? isWrongAbout(request.text) : request.texts.some(isWrongAbout);
}
