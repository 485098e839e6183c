#!/usr/bin/env node
// The one door to every command. Plain JavaScript for the Node that is there (18 or later): it puts the
// dependencies in place, then runs the command on the Node 24 that npm installed.
import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { onAbandoned } from "./ancestry.mjs";
import { installDependencies, nodeBinary } from "./setup/dependencies.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** @type {Record<string, string[]>} */
const COMMANDS = {
  start: ["scripts/start.ts"],
  test: ["scripts/test.ts"],
  "test:kernel": ["scripts/test-kernel.ts"],
  story: ["scripts/story.ts"],
  bench: ["scripts/bench.ts"],
  setup: ["scripts/setup.ts"],
  check: ["scripts/check.ts"],
  flags: ["scripts/attached.ts", "flags/cli.ts"],
  kernel: ["scripts/attached.ts", "extracted/data-kernel/cli.ts"],
  strangler: ["scripts/attached.ts", "proxy/src/cli.ts"],
};

const [name = "", ...args] = process.argv.slice(2);
const command = COMMANDS[name];
if (!command) {
  console.error(`usage: node scripts/run.mjs ${Object.keys(COMMANDS).join(" | ")} [arguments]`);
  process.exit(2);
}

try {
  await installDependencies(ROOT, (line) => console.error(line));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
run([...command, ...args]);

/** @param {string[]} argv */
function run(argv) {
  const child = spawn(nodeBinary(ROOT), argv, {
    cwd: ROOT,
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: {
      ...process.env,
      PATH: [join(ROOT, "node_modules", ".bin"), process.env.PATH].join(delimiter),
      ONNXRUNTIME_NODE_INSTALL: "skip",
      // Without it onnxruntime reports to its maker.
      ORT_DISABLE_TELEMETRY: "1",
    },
  });
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.on(signal, () => child.kill(signal));
  }
  // The command sees its channel close, and stops.
  if (process.env.npm_lifecycle_event) onAbandoned(() => process.exit(1));
  child.on("error", (error) => {
    console.error(`cannot run Node 24: ${error.message}`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}
