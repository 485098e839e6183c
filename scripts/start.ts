import { parseArgs } from "node:util";
import { claim } from "./process/claim.ts";
import type { Spec } from "./process/spec.ts";
import { readState } from "./process/state.ts";
import { ROOT } from "./root.ts";
import { readSettings, type Settings } from "./settings.ts";
import { setUp } from "./setup/set-up.ts";
import { guide } from "./start/guide.ts";
import { followLog } from "./start/logs.ts";
import { serve } from "./start/serve.ts";
import { openView } from "./start/view.ts";
import { stopSignal } from "./stop-signal.ts";
import { addressesOf } from "./system/addresses.ts";
import { systemOf } from "./system.ts";

const HELP = `npm start [-- options]

Sets up what is missing, then runs the whole system until Ctrl-C.

  --logs NAME   follow the log of one process of the running system
  --json        print one line of JSON when the system is ready, everything else to standard error
  --help        this text

Ports move by OMS_PORT, KERNEL_PORT, KERNEL_HTTP_PORT, KERNEL_2_PORT, KERNEL_2_HTTP_PORT, EMBEDDING_PORT,
EMBEDDING_HTTP_PORT, REDIS_PORT, NATS_PORT and UNLEASH_PORT, all together by PORT_OFFSET. REDIS_URL, NATS_URL,
UNLEASH_URL, KERNEL_URL (host:port,host:port) and EMBEDDING_URL name something that runs elsewhere. RUN_DIR (default
.run) holds state, logs and data.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { logs: { type: "string" }, json: { type: "boolean" }, help: { type: "boolean" } },
  });
  if (values.help) return void process.stdout.write(HELP);
  const settings = readSettings(process.env, ROOT);
  if (values.logs !== undefined) return followLog(settings.runDirectory, values.logs);
  await run(settings, values.json ?? false);
}

async function run(settings: Settings, json: boolean): Promise<void> {
  const began = performance.now();
  const stop = stopSignal();
  const out = json ? process.stderr : process.stdout;
  const report = (line: string) => void out.write(`${line}\n`);
  const held = await claim(settings.runDirectory, report);
  const servers = await setUp(settings, report);
  const specs = systemOf(settings, servers);
  const view = openView(out, specs);
  const ready = () => {
    const seconds = (performance.now() - began) / 1000;
    view.settle();
    if (json) process.stdout.write(`${JSON.stringify(summary(settings, specs, seconds))}\n`);
    else view.say(guide(settings, seconds));
  };
  try {
    await serve(settings, specs, { view, ready, stop });
  } finally {
    view.settle();
    await held.release();
  }
}

function summary(settings: Settings, specs: readonly Spec[], seconds: number): object {
  const running = readState(settings.runDirectory)?.processes ?? [];
  const processes = specs.flatMap(({ name, ports }) => {
    const pid = running.find((each) => each.name === name)?.pid;
    return ports.length === 0 ? [] : [{ name, pid, ports: ports.map(({ port }) => port) }];
  });
  return { ready: true, seconds: Number(seconds.toFixed(1)), urls: addressesOf(settings), processes };
}

try {
  await main();
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
