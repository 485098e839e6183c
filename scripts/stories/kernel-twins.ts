import { connectKernel } from "@oms/data-kernel/client.ts";
import { Load } from "../story/load.ts";
import type { Handle, Story } from "../story/story.ts";
import { TwinCalls } from "../story/twin-calls.ts";

const RATE = 40;
/** Calls under way at most: a kernel that has just been started, on a machine that is busy, gets its share of them done in time. */
const MOST = 20;
const HELD_CALLS = 60;

export const story: Story = {
  title: "One of two kernels is killed, drained and stopped, and no caller notices",
  summary:
    "Under a steady load through OMS and straight to the kernels, each kernel gets kill -9, SIGTERM and SIGSTOP: no call fails, no stream is short, every acknowledged commit is there exactly once.",
  run: async (context) => {
    const { system, progress, check, until, figures, long } = context;
    progress("starting both data-kernels at once, on a new file, and OMS");
    const { "data-kernel": one, "data-kernel-2": two } = await system.start([
      "data-kernel",
      "data-kernel-2",
      "oms",
    ]);
    const { kernelHttp, kernel2Http, oms, kernel: address } = system.addresses;
    const { OMS_ENV: env = "" } = system.env;
    const kernel = connectKernel({ address });
    const calls = new TwinCalls(kernel, `${env}/story/main`);
    await calls.begin();
    const load = new Load({
      calls: calls.of(oms),
      authors: ["story@oms"],
      rate: RATE,
      most: MOST,
      random: context.random,
    });

    /** Goes on with the load until the kernel there has answered commits since this was called. */
    const takesPart = async (url: string): Promise<void> => {
      const before = await commitsAnswered(url);
      await load.during(until(async () => (await commitsAnswered(url)) > before, `${url} answers commits`));
    };
    const noneFailed = (when: string): void =>
      check(
        load.failures.length === 0,
        `no call fails while ${when}: ${load.failures.slice(0, 3).join("; ")}`,
      );

    let ended = 0;
    const outage = async (kernel: Handle, url: string): Promise<void> => {
      progress(`${kernel.name}: kill -9 (${load.total} calls so far)`);
      kernel.kill("SIGKILL");
      await load.during(kernel.exited());
      await load.run(HELD_CALLS);
      await load.during(kernel.restart());
      await takesPart(url);
      noneFailed(`${kernel.name} is killed and is back`);

      progress(`${kernel.name}: SIGTERM`);
      await load.during(kernel.stop());
      check((await kernel.exited()).code === 0, `${kernel.name} drains and ends with code 0`);
      await load.during(kernel.restart());
      await takesPart(url);
      noneFailed(`${kernel.name} drains and is back`);

      progress(`${kernel.name}: SIGSTOP`);
      kernel.kill("SIGSTOP");
      await load.run(HELD_CALLS);
      noneFailed(`${kernel.name} is stopped`);
      if (kernel.runs()) kernel.kill("SIGCONT");
      else {
        ended += 1;
        await load.during(kernel.restart());
      }
      await takesPart(url);
      noneFailed(`${kernel.name} goes on`);
    };

    await takesPart(kernelHttp);
    await takesPart(kernel2Http);
    for (let round = 0; round < (long ? 10 : 1); round += 1) {
      await outage(one, kernelHttp);
      await outage(two, kernel2Http);
    }

    progress("auditing");
    const wrong = await calls.audit(`${env}/oms/main`);
    check(
      wrong.length === 0,
      `every acknowledged commit is there exactly once: ${wrong.slice(0, 5).join("; ")}`,
    );
    kernel.close();
    figures["calls"] = load.total;
    figures["failed"] = load.failures.length;
    figures["stopped with the store locked, and ended by the other"] = ended;
    figures["commits audited"] = calls.acknowledged.size + calls.written.length;
  },
};

/** How many commits the kernel there has answered since it was started. */
async function commitsAnswered(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const counts = text.matchAll(/^rpc_server_call_duration_seconds_count\{.*\/Commit".*"OK".*\} (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}
