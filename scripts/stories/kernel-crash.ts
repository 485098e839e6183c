import { setTimeout as wait } from "node:timers/promises";
import { connectKernel, type Kernel } from "@oms/data-kernel/client.ts";
import { Committers } from "../story/committers.ts";
import type { Handle, Story } from "../story/story.ts";
import { auditWhole, isWhole } from "../story/whole-commit.ts";

const CLIENTS = 3;
const KILLS = { short: 8, long: 200 };
const EVERY_MS = 1000;

export const story: Story = {
  title: "Kernels are killed all the time, and no acknowledged commit is lost",
  summary:
    "Client processes commit while one of two kernels gets kill -9 every second: no acknowledged commit is lost, none is there twice, and no reader ever sees half of one.",
  run: async (context) => {
    const { system, progress, check, figures, long, random, signal } = context;
    progress("starting both data-kernels");
    const { "data-kernel": one, "data-kernel-2": two } = await system.start(["data-kernel", "data-kernel-2"]);
    const branch = `${system.env["OMS_ENV"]}/story/main`;
    const kernel = connectKernel({ address: system.addresses.kernel });
    await kernel.createBranch({ name: branch });

    const kills = KILLS[long ? "long" : "short"];
    progress(`killing one of them every second, ${kills} times, under ${CLIENTS} clients`);
    const committers = new Committers(CLIENTS, { ...system.env, BRANCH: branch }, signal);
    const over = new AbortController();
    const watched = watch(kernel, branch, over.signal);
    const back = new Map<Handle, Promise<void>>();
    for (let n = 0; n < kills; n += 1) {
      const victim = random() < 0.5 ? one : two;
      await Promise.all([back.get(victim), wait(EVERY_MS, undefined, { signal })]);
      victim.kill("SIGKILL");
      const restarted = victim.exited().then(() => victim.restart());
      restarted.catch(() => undefined);
      back.set(victim, restarted);
    }
    await Promise.all(back.values());
    await committers.stop();
    over.abort();
    const { reads, halves } = await watched;
    check(halves === 0, `no reader sees half a commit: ${halves} of ${reads} reads did`);

    progress("auditing");
    const { acknowledged } = committers;
    const { lost, doubled, halved } = await auditWhole(kernel, branch, acknowledged);
    kernel.close();
    check(acknowledged.size >= kills, `${acknowledged.size} commits were acknowledged in ${kills} kills`);
    check(lost.length === 0, `no acknowledged commit is lost: ${lost.slice(0, 5).join()}`);
    check(doubled.length === 0, `no commit is there twice: ${doubled.slice(0, 5).join()}`);
    check(halved.length === 0, `every commit is there whole: ${halved.slice(0, 5).join()}`);
    figures["kills"] = kills;
    figures["commits acknowledged"] = acknowledged.size;
    figures["lost, doubled or halved"] = lost.length + doubled.length + halved.length;
    figures["reads of all that change together"] = reads;
  },
};

/** Reads, until `over`, what all commits change together. A read that no kernel answers tells nothing. */
async function watch(kernel: Kernel, branch: string, over: AbortSignal) {
  const seen = { reads: 0, halves: 0 };
  while (!over.aborted) {
    const whole = await isWhole(kernel, branch).catch(() => undefined);
    if (whole !== undefined) seen.reads += 1;
    if (whole === false) seen.halves += 1;
    await wait(20);
  }
  return seen;
}
