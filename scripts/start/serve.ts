import { setTimeout as wait } from "node:timers/promises";
import { describeExit } from "../process/child.ts";
import { refuseTakenPorts } from "../process/ports.ts";
import type { Spec } from "../process/spec.ts";
import { type Change, removeLogs, Supervisor } from "../process/supervisor.ts";
import { lastLines } from "../process/tail.ts";
import type { Settings } from "../settings.ts";
import { reachOf } from "../system/addresses.ts";
import { commonEnvironment } from "../system.ts";
import { backoff, deathsInARow } from "./restart.ts";
import type { View } from "./view.ts";

type Died = Extract<Change, { is: "died" }>;

/**
 * Runs the system until `stop` aborts, then stops it. A process that dies is shown with the end of its log and
 * started again after a pause. Throws, with nothing left running, when the system does not come up.
 */
export async function serve(
  settings: Settings,
  specs: readonly Spec[],
  on: { view: View; ready: () => void; stop: AbortSignal },
): Promise<void> {
  await refuseTakenPorts(specs, settings.host);
  removeLogs(settings.runDirectory);
  const revive = reviver(on.view, on.stop);
  const supervisor = new Supervisor({
    directory: settings.runDirectory,
    host: settings.host,
    env: commonEnvironment(process.env),
    reach: reachOf(settings),
    on: (change) => {
      on.view.change(change);
      if (change.is === "died") void revive(supervisor, specs, change);
    },
  });
  const stopped = new Promise<"stopped">((resolve) =>
    on.stop.addEventListener("abort", () => resolve("stopped")),
  );
  const started = supervisor.start(specs).then(() => "started" as const);
  const first = await Promise.race([started, stopped]);
  if (first === "started") {
    on.ready();
    await stopped;
  }
  await Promise.allSettled([supervisor.stop(), started]);
}

/** Starts a process that died again, after a pause, until it is ready. */
function reviver(view: View, stop: AbortSignal) {
  const deaths = new Map<string, { inARow: number; at: number }>();
  const count = (name: string): number => {
    const before = deaths.get(name) ?? { inARow: 0, at: 0 };
    const inARow = deathsInARow(before.inARow, performance.now() - before.at);
    deaths.set(name, { inARow, at: performance.now() });
    return inARow;
  };
  return async (supervisor: Supervisor, specs: readonly Spec[], died: Died): Promise<void> => {
    const spec = specs.find(({ name }) => name === died.name);
    if (!spec) return;
    view.say(`\n${died.name} ${describeExit(died.exit)}; its last lines:\n${lastLines(died.log, 10)}`);
    view.say(`all of it: npm start -- --logs ${died.name}`);
    let runs = false;
    while (!runs && !stop.aborted) {
      const pause = backoff(count(died.name));
      view.say(`starting ${died.name} again in ${pause / 1000} s`);
      runs = await again(supervisor, spec, { pause, view, stop });
    }
  };
}

async function again(
  supervisor: Supervisor,
  spec: Spec,
  how: { pause: number; view: View; stop: AbortSignal },
): Promise<boolean> {
  try {
    await wait(how.pause, undefined, { signal: how.stop });
    await supervisor.startOne(spec);
    return true;
  } catch (error) {
    if (!how.stop.aborted) how.view.say(error instanceof Error ? error.message : String(error));
    return false;
  }
}
