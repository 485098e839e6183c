import { parseArgs } from "node:util";
import { stopSignal } from "./stop-signal.ts";
import { loadStory, storyNames } from "./story/discover.ts";
import { lastLine, type Result } from "./story/result.ts";
import type { SharedServer } from "./story/story.ts";
import { Suite } from "./story/suite.ts";
import { tell } from "./story/tell.ts";

const HELP = `npm run story -- NAME [options]

  --list    name every story
  --all     run every story, one after the other
  --long    the long form
  --json    one JSON value at the end, everything else to standard error
  --seed N  repeat the random numbers of an earlier run
`;
const SERVERS: readonly SharedServer[] = ["redis", "nats", "unleash"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    list: { type: "boolean", default: false },
    all: { type: "boolean", default: false },
    long: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    seed: { type: "string", default: `${Date.now() % 1_000_000}` },
    help: { type: "boolean", default: false },
  },
});

async function main(): Promise<number> {
  const all = await storyNames();
  if (values.help) return print(HELP, 0);
  if (values.list) return list(all);
  const names = values.all ? all : positionals;
  const unknown = names.find((name) => !all.includes(name));
  if (names.length === 0) return print(`${HELP}\nStories: ${all.join(", ")}\n`, 2);
  if (unknown !== undefined)
    return print(`there is no story "${unknown}"; there are: ${all.join(", ")}\n`, 2);
  const results = await run(names);
  const failed = results.filter(({ ok }) => !ok).length;
  if (values.json) console.log(JSON.stringify(values.all ? results : results[0]));
  else if (values.all) console.log(`\n${results.length - failed} passed, ${failed} failed`);
  return failed === 0 && results.length === names.length ? 0 : 1;
}

async function run(names: readonly string[]): Promise<Result[]> {
  const signal = stopSignal();
  const say = values.json ? console.error : console.log;
  const stories = await Promise.all(names.map(async (name) => ({ name, story: await loadStory(name) })));
  const shared = SERVERS.filter((server) => stories.some(({ story }) => !story.own?.includes(server)));
  const suite = await Suite.open(say);
  const results: Result[] = [];
  try {
    await suite.start(names, shared);
    for (const { name, story } of stories) {
      if (signal.aborted) break;
      say(`\n${name}: ${story.title}`);
      const began = performance.now();
      const progress = (text: string): void => {
        say(`${Math.round((performance.now() - began) / 1000)} s`.padStart(6), text);
      };
      const result = await tell(suite, name, story, {
        long: values.long,
        seed: Number(values.seed),
        signal,
        progress,
      });
      results.push(result);
      say(lastLine(result));
    }
  } finally {
    await suite.close();
  }
  return results;
}

async function list(names: readonly string[]): Promise<number> {
  for (const name of names) console.log(`${name.padEnd(20)} ${(await loadStory(name)).summary}`);
  return 0;
}

function print(text: string, code: number): number {
  (code === 0 ? process.stdout : process.stderr).write(text);
  return code;
}

try {
  process.exit(await main());
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
