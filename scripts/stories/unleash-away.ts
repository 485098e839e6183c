import { setCeiling } from "../story/ceilings.ts";
import { Migration } from "../story/migration.ts";
import type { Story } from "../story/story.ts";

const CAPABILITY = "embedding";
const ROLLBACK = { stage: "shadow", generation: 1, reason: "told by a story", by: "story@oms" } as const;

export const story: Story = {
  title: "The flag server is away, and every stage stays what it was",
  summary:
    "Unleash is down when OMS starts, comes, is killed and returns: the last known stage holds, also over a restart of OMS, a rollback works meanwhile, flips are seen again, and no call fails.",
  own: ["unleash"],
  run: async (context) => {
    const { system, progress, check, figures, long } = context;
    const told = (text: string) =>
      progress(`${text} (${load.total} calls so far, ${load.failures.length} failed)`);
    const hold = () => load.run(long ? 1200 : 40);

    progress("starting the data-kernel, the embedding-service and OMS, without a flag server");
    const { oms } = await system.start(["data-kernel", "embedding-service", "oms"]);
    const migration = new Migration(context, 20);
    const { load } = migration;
    await migration.define();
    await migration.served("in-process");

    told("starting Unleash for the first time");
    const { unleash } = await load.during(system.start(["unleash"]));
    await load.during(system.pushFlags());
    await migration.move("shadow");
    await migration.move({ livePercent: 100 });

    told("Unleash is killed: live holds");
    unleash.kill("SIGKILL");
    await unleash.exited();
    await hold();
    await migration.served("live");

    told("OMS is killed and starts again without Unleash: live holds");
    oms.kill("SIGKILL");
    await oms.exited();
    await oms.restart();
    await migration.served("live");
    await hold();
    await migration.served("live");

    told("a rollback while Unleash is away: shadow");
    await setCeiling(system.env, CAPABILITY, ROLLBACK);
    await migration.served("shadow");

    told("Unleash returns and still says live: the rollback holds");
    await load.during(unleash.restart());
    await hold();
    await migration.served("shadow");

    told("the rollback is lifted, and flips are seen again");
    await setCeiling(system.env, CAPABILITY, undefined);
    await migration.served("live");
    await migration.move("in-process");

    progress("reading the report");
    check(load.failures.length === 0, `no call fails: ${load.failures.slice(0, 3).join("; ")}`);
    await oms.stop();
    const { totals } = await migration.report();
    figures["calls"] = load.total;
    figures["failed"] = load.failures.length;
    figures["counted"] = totals.calls;
  },
};
