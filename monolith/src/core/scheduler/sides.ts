import type { Logger } from "@oms/chassis/log.ts";
import type { Kernel } from "@oms/data-kernel/client.ts";
import type { Embed } from "@oms/jobs/executors/reembed.ts";
import type { Scheduler } from "@oms/jobs/port.ts";
import { JobsView } from "@oms/jobs/view.ts";
import type { AdvancedScheduler } from "@oms/scheduler-in-process/advanced-scheduler.ts";
import type { RunnerSettings } from "@oms/scheduler-in-process/opening.ts";
import { unattended } from "../../unattended.ts";

export type Settings = RunnerSettings & {
  readonly kernel: Kernel;
  /** First part of every kernel branch. */
  readonly env: string;
  readonly build: string;
  /** `host:port` of the scheduler service's gRPC. */
  readonly serviceAddress: string;
  /** Makes an object findable: the door of embedding. */
  readonly embed: Embed;
  readonly log: Logger;
};

let settings: Settings | undefined;
let view: Promise<JobsView> | undefined;
let module: Promise<AdvancedScheduler> | undefined;
let buildOfStub = () => "unknown";

/** Says where the two sides find what they need; main does so once, before the first call. Does no I/O. */
export function configureScheduler(given: Settings): void {
  settings = given;
}

/** Loads the module into this process. From then on its timers run, until `stopInProcess`. */
export async function inProcess(): Promise<Scheduler> {
  module ??= openModule().catch((error: unknown) => {
    module = undefined;
    throw error;
  });
  return (await module).methods;
}

async function openModule(): Promise<AdvancedScheduler> {
  const { openAdvancedScheduler } = await import("@oms/scheduler-in-process/advanced-scheduler.ts");
  const jobs = await knownJobs();
  // The call that comes first may be a shadow call, or have little time left; the module is everyone's.
  return unattended("main", () => openAdvancedScheduler({ ...configured(), view: jobs }));
}

/** All jobs as this process knows them, whichever side owns them. */
export function knownJobs(): Promise<JobsView> {
  const { kernel, env, log } = configured();
  view ??= JobsView.open({ kernel, env, log }).catch((error: unknown) => {
    view = undefined;
    throw error;
  });
  return view;
}

/** Waits for what runs in this process, or gives it up after a while, and lets go of everything that was opened. */
export async function stopInProcess(): Promise<void> {
  // What could not be opened need not be stopped.
  await (await module?.catch(() => undefined))?.stop();
  (await view?.catch(() => undefined))?.close();
  module = undefined;
  view = undefined;
}

/** The service behind its stub; connects on the first call. */
export async function extracted(): Promise<Scheduler> {
  const { SchedulerStub } = await import("../../sdk/scheduler-stub.ts");
  const stub = new SchedulerStub({ address: configured().serviceAddress });
  buildOfStub = () => stub.build();
  return stub;
}

/** The builds that answer now; the service's is known once it has answered. */
export function builds(): { inProcess: string; extracted: string } {
  return { inProcess: configured().build, extracted: buildOfStub() };
}

function configured(): Settings {
  if (!settings) throw new Error("configureScheduler was not called before the first call");
  return settings;
}
