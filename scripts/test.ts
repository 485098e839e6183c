import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync } from "node:fs";
import { delimiter, dirname } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "./root.ts";
import { readSettings } from "./settings.ts";
import { setUp } from "./setup/set-up.ts";
import { stopSignal } from "./stop-signal.ts";

/** What CI runs: set-up, the static checks, every test, every story. One that fails does not keep the next from running. */
const { values } = parseArgs({ options: { long: { type: "boolean", default: false } } });
const NODE = ["--disable-warning=ExperimentalWarning"];
// Tests start servers and load models: more at a time than this starves them on a small machine.
const CONCURRENCY = "--test-concurrency=2";
// A test that hangs is a failure, not a wait, and so is a file that left something open.
const NO_HANG = ["--test-timeout=300000", "--import", "./scripts/left-open.ts"];

async function main(): Promise<number> {
  const stop = stopSignal();
  const servers = await setUp(readSettings(process.env, ROOT), (line) => console.log(line));
  // Tests start servers of their own, by name.
  const path = [process.env["PATH"], dirname(servers.redis), dirname(servers.nats)].join(delimiter);
  const failed: string[] = [];
  const part = async (name: string, args: readonly string[]): Promise<void> => {
    if (stop.aborted) return;
    console.log(`\n── ${name}\n`);
    if (!(await passes(args, path, stop))) failed.push(name);
  };
  await part("check", ["scripts/check.ts"]);
  await part("tests", ["--test", CONCURRENCY, ...NO_HANG, "--test-reporter=spec", ...testFiles()]);
  await part("stories", ["scripts/story.ts", "--all", ...(values.long ? ["--long"] : [])]);
  if (stop.aborted) failed.push("interrupted");
  if (failed.length > 0) console.error(`failed: ${failed.join(", ")}`);
  return failed.length === 0 ? 0 : 1;
}

function testFiles(): string[] {
  return globSync("{events,extracted,flags,jobs,monolith,proxy,scripts}/**/*.test.ts", {
    cwd: ROOT,
    exclude: (path) => path.includes("node_modules"),
  }).toSorted((a, b) => a.localeCompare(b));
}

async function passes(args: readonly string[], path: string, stop: AbortSignal): Promise<boolean> {
  const child = spawn(process.execPath, [...NODE, ...args], {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, PATH: path, ...(values.long && { LONG: "1" }) },
  });
  const end = (): void => void child.kill("SIGTERM");
  stop.addEventListener("abort", end);
  const [code] = await once(child, "exit");
  stop.removeEventListener("abort", end);
  return code === 0;
}

try {
  process.exit(await main());
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
