import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Target } from "@oms/flags/admin.ts";
import type { Report } from "@oms/proxy/report/report.ts";
import { strangler } from "../story/cli.ts";
import { LedgerCounts } from "../story/ledger-counts.ts";
import { Load } from "../story/load.ts";
import { checkCounts } from "../story/migration.ts";
import { mixedCalls, PLACE, succeed } from "../story/oms-calls.ts";
import { Probe } from "../story/probe.ts";
import type { Story } from "../story/story.ts";

const AUTHORS = Array.from({ length: 24 }, (_, i) => `author-${i}@story`);
const UP: readonly Target[] = ["in-process", "shadow", live(10), live(50), live(100)];
const DOWN: readonly Target[] = [live(50), live(10), "shadow", "in-process"];

export const story: Story = {
  title: "Embedding moves to its service and back, and no caller notices",
  summary:
    "Mixed calls run while the flag goes in-process, shadow, live 10, 50, 100 % and back: none fails, each author stays on one side, and the report's counts are the calls made.",
  run: async (context) => {
    const { system, progress, check, figures, random, long } = context;
    progress("starting the data-kernel, the embedding-service and OMS");
    const { oms } = await system.start(["data-kernel", "embedding-service", "oms"]);
    const url = system.addresses.oms;
    const { id, ...body } = PLACE;
    await succeed("PUT", `${url}/object-types/${id}`, { author: AUTHORS[0] ?? "", body });

    const calls = mixedCalls(url, random);
    const load = new Load({ calls, authors: AUTHORS, rate: 40, random, most: AUTHORS.length });
    const ledger = new LedgerCounts(system.env);
    const probe = new Probe(context, ledger, await mkdtemp(join(tmpdir(), "story-flags-")));
    await probe.start();
    const climb = async (rungs: readonly Target[]) => {
      const stages: Record<string, string> = {};
      for (const rung of rungs) {
        progress(`${nameOf(rung)} (${load.total} calls so far, ${load.failures.length} failed)`);
        await load.during(context.setStage("embedding", rung));
        const settled = probe.settled(AUTHORS, (share) => share(stageOf(rung), shareOf(rung)));
        const found = await load.during(settled);
        await load.run(long ? 2400 : 100);
        stages[nameOf(rung)] = AUTHORS.filter((author) => found.get(author) === "live").join(" ");
      }
      return stages;
    };
    try {
      const up = await climb(UP);
      progress("restarting OMS");
      await oms.restart();
      const down = await climb(DOWN);
      for (const rung of ["live 10 %", "live 50 %"]) {
        check(up[rung] === down[rung], `the same authors are ${rung} before and after a restart of OMS`);
      }
      const [tenth = "", half = ""] = [up["live 10 %"], up["live 50 %"]];
      check(
        tenth.split(" ").every((author) => half.includes(author)),
        "who is live at 10 % is live at 50 %",
      );
      check(load.failures.length === 0, `no call fails: ${load.failures.slice(0, 3).join("; ")}`);
      figures["calls"] = load.total + probe.made;
      figures["failed"] = load.failures.length;
      figures["at 50 %"] = `${half.split(" ").length} of ${AUTHORS.length} authors live at 50 %`;
    } finally {
      probe.stop();
    }

    progress("reading the report");
    await oms.stop();
    await ledger.quit();
    const { code, stdout, stderr } = await strangler(["report", "embedding", "--json"], system.env);
    check(code === 0, `the report's counts agree with each other: ${stderr}`);
    const report = JSON.parse(stdout) as Report;
    const { store: written = 0 } = load.made;
    const store = written + sweptObjects(oms.log());
    checkCounts(check, report, { ...load.made, store, similarity: probe.made });
    const reasons = report.pairs.flatMap(({ worst }) => worst.map(({ because }) => because));
    // On a starved machine a watched call may come too late; that says nothing of the answers.
    const mismatches = reasons.filter((because) => !because.endsWith("failed (deadline)"));
    check(mismatches.length === 0, `the sides agree: ${mismatches.join("; ")}`);
    check(report.totals.compared > 0, "the report has comparisons");
    figures["compared"] = report.totals.compared;
    figures["lost"] = `${report.totals.lost} not compared`;
  },
};

/** Objects that OMS stored once more when it started. */
function sweptObjects(log: string): number {
  const lines = log.split("\n").filter((line) => line.includes('"the index was swept"'));
  return lines.reduce((sum, line) => sum + (JSON.parse(line) as { objects: number }).objects, 0);
}

function live(livePercent: number): Target {
  return { livePercent };
}

function nameOf(target: Target): string {
  return typeof target === "string" ? target : `live ${target.livePercent} %`;
}

function stageOf(target: Target): string {
  return typeof target === "string" ? target : "live";
}

function shareOf(target: Target): number {
  return typeof target === "string" ? 1 : target.livePercent / 100;
}
