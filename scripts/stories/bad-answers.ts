import { FaultProxy } from "../story/fault-proxy.ts";
import { checkCounts, Migration } from "../story/migration.ts";
import type { Story } from "../story/story.ts";

const SLOW_MS = 3000;

export const story: Story = {
  title:
    "The embedding service answers garbage, slowly, not at all, then Redis is gone, and no caller sees it",
  summary:
    "In in-process, shadow and live, the service's answers are garbled, held back for three seconds and swallowed, and Redis is killed: no call fails, and what was counted while Redis was away is in the report.",
  own: ["redis"],
  run: async (context) => {
    const { system, progress, check, figures, long } = context;
    progress(
      "starting Redis, the data-kernel, the embedding-service with a fault proxy in front of it, and OMS",
    );
    const { redis } = await system.start(["redis", "data-kernel", "embedding-service"]);
    const proxy = await FaultProxy.open(system.addresses.embedding);
    const { oms } = await system.start(["oms"], { EMBEDDING_URL: proxy.address });
    const migration = new Migration(context, 20);
    const { load } = migration;
    await migration.define();
    const day = async (what: string) => {
      progress(`${what} (${load.total} calls so far, ${load.failures.length} failed)`);
      await load.run(long ? 600 : 40);
    };

    for (const stage of ["in-process", "shadow", "live"] as const) {
      await migration.move(stage === "live" ? { livePercent: 100 } : stage);
      proxy.set("garbage");
      await day(`${stage}: the service answers garbage`);
      proxy.set({ slow: SLOW_MS });
      await day(`${stage}: the service answers slowly`);
      proxy.set("hole");
      await day(`${stage}: the service takes calls and says nothing`);
      proxy.set("none");
      redis.kill("SIGKILL");
      await redis.exited();
      await day(`${stage}: Redis is gone`);
      await load.during(redis.restart());
      await migration.served(stage);
      check(load.failures.length === 0, `no call fails: ${load.failures.slice(0, 3).join("; ")}`);
    }

    progress("reading the report");
    await oms.stop();
    await proxy.close();
    const report = await migration.report();
    checkCounts(check, report, { ...load.made, similarity: migration.asked });
    figures["calls"] = load.total + migration.asked;
    figures["failed"] = load.failures.length;
    figures["compared"] = report.totals.compared;
    figures["not compared"] = report.totals.lost;
  },
};
