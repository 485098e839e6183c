import { availableParallelism, cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import type { Bench } from "./bench/bench.ts";
import { runBench } from "./bench/rounds.ts";
import { table } from "./bench/table.ts";
import { seeded } from "./story/random.ts";

const BENCHES: Readonly<Record<string, () => Promise<{ bench: Bench }>>> = {
  embedding: () => import("./bench/embedding.ts"),
  events: () => import("./bench/events.ts"),
  http: () => import("./bench/http.ts"),
  kernel: () => import("./bench/kernel.ts"),
  "kernel-growth": () => import("./bench/kernel-growth.ts"),
  live: () => import("./bench/live.ts"),
  monolith: () => import("./bench/monolith.ts"),
  scheduler: () => import("./bench/scheduler.ts"),
  routing: () => import("./bench/routing.ts"),
  shadow: () => import("./bench/shadow.ts"),
};
const HELP = `npm run bench -- NAME [options]

  --rounds N  how often each side is measured
  --json      one JSON value at the end, everything else to standard error

Benches: ${Object.keys(BENCHES).join(", ")}
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean" },
  },
});

async function main(): Promise<number> {
  const load = BENCHES[positionals[0] ?? ""];
  if (values.help || !load || positionals.length !== 1) {
    (values.help ? process.stdout : process.stderr).write(HELP);
    return values.help ? 0 : 2;
  }
  const { bench } = await load();
  const rounds = Number(values.rounds ?? bench.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds must be a whole number from 1");
  const machine = `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? "unknown processor"}`;
  const before = { machine, node: process.version, load: loadavg().map((load) => Number(load.toFixed(1))) };
  const began = performance.now();
  const progress = (text: string): void => {
    console.error(`${Math.round((performance.now() - began) / 1000)} s`.padStart(6), text);
  };
  progress(bench.summary);
  const figures = await runBench(bench, { rounds, random: seeded, progress });
  if (values.json) console.log(JSON.stringify({ bench: positionals[0], ...before, rounds, figures }));
  else {
    console.log(
      `\n${machine}, Node ${process.version}, load before ${before.load.join(" ")}, ${rounds} rounds`,
    );
    console.log(`medians (least–most of the rounds); × is how many times better ${bench.sides[0]} is\n`);
    console.log(table(bench.sides, figures));
  }
  return 0;
}

try {
  process.exit(await main());
} catch (error) {
  console.error(error instanceof Error ? error.stack : String(error));
  process.exit(1);
}
