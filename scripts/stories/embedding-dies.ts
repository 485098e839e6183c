import { checkCounts, lostIn, Migration, stagesOf } from "../story/migration.ts";
import type { Handle, Story } from "../story/story.ts";

const CAPABILITY = "embedding";

export const story: Story = {
  title: "The embedding service is killed, hung and restarted, and no caller notices",
  summary:
    "Under load, in shadow and in live, the service gets kill -9, SIGSTOP and a restart: no call fails, the breaker opens and closes, and the report says what was not compared and why.",
  run: async (context) => {
    const { system, progress, check, until, figures, long } = context;
    progress("starting the data-kernel, the embedding-service and OMS");
    const handles = await system.start(["data-kernel", "embedding-service", "oms"]);
    const service = handles["embedding-service"];
    const migration = new Migration(context, 24);
    const { load, ledger } = migration;
    await migration.define();

    const breakers = async () => {
      const all = await ledger.breakers(CAPABILITY);
      return { opened: sum(all.map(({ opened }) => opened)), closed: sum(all.map(({ closed }) => closed)) };
    };
    const recovered = async () => {
      await load.during(
        until(async () => {
          const { opened, closed } = await breakers();
          return opened === closed;
        }, "every breaker that opened closes"),
      );
      check(load.failures.length === 0, `no call fails: ${load.failures.slice(0, 3).join("; ")}`);
    };
    const outage = async (name: string, begin: () => void, end: () => Promise<void>) => {
      progress(`${name} (${load.total} calls so far, ${load.failures.length} failed)`);
      const { opened } = await breakers();
      begin();
      await load.during(until(async () => (await breakers()).opened > opened, "a breaker opens"));
      await load.run(long ? 600 : 24);
      await load.during(end());
      await recovered();
    };

    for (const stage of ["shadow", "live"] as const) {
      progress(`moving to ${stage}`);
      await migration.move(stage === "live" ? { livePercent: 100 } : stage);
      await outage(`${stage}: kill -9`, () => service.kill("SIGKILL"), service.restart);
      await outage(`${stage}: SIGSTOP`, () => service.kill("SIGSTOP"), resume(service));
      progress(`${stage}: restart`);
      await load.during(service.restart());
      await load.run(long ? 600 : 24);
      await recovered();
    }

    progress("reading the report");
    const { opened, closed } = await breakers();
    await handles.oms.stop();
    const report = await migration.report();
    for (const stage of ["shadow", "live"]) {
      const refused = lostIn(report, stage).get("breaker open") ?? 0;
      check(refused > 0, `the report says which calls in ${stage} were not compared as the breaker was open`);
      figures[`not compared in ${stage} as the breaker was open`] = refused;
    }
    checkCounts(check, report, load.made);
    const fallbacks = stagesOf(report).flatMap((stage) => Object.values(stage.fallbacks));
    figures["calls"] = load.total;
    figures["failed"] = load.failures.length;
    figures["answered in-process instead"] = sum(fallbacks);
    figures["times a breaker opened"] = opened;
    figures["closed"] = closed;
    check(sum(fallbacks) > 0, "calls in live fell back to in-process");
  },
};

function resume(service: Handle): () => Promise<void> {
  return async () => service.kill("SIGCONT");
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
