#!/usr/bin/env node
import { type Asked, type Command, capabilityIn, flagServerOf, UsageError } from "./cli/command.ts";
import { loadStranglerConfig } from "./cli/config.ts";
import { readFlags } from "./cli/flag-server.ts";
import { handover, ownersNow } from "./cli/handover.ts";
import { heard } from "./cli/heard.ts";
import { replayKept } from "./cli/replay.ts";
import { HELP, parseSettings, type Settings } from "./cli/settings.ts";
import { statusOf } from "./cli/status.ts";
import { statusText } from "./cli/status-text.ts";
import { Store } from "./cli/store.ts";
import { writeReport } from "./cli/write-report.ts";
import { replayJson, replayText } from "./replay/words.ts";
import { buildReport } from "./report/build.ts";
import { toHtml } from "./report/html.ts";
import { toJson } from "./report/json.ts";
import { toMarkdown } from "./report/markdown.ts";
import type { Report } from "./report/report.ts";
import { toTerminal } from "./report/terminal.ts";
import { DEFAULT_STANDARD } from "./verdict/verdict.ts";

const COMMANDS: Readonly<Record<string, Command>> = { status, report, replay, handover };

async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { values: settings, positionals } = parseSettings(args, env);
  const [name = "", ...operands] = positionals;
  if (settings.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw new UsageError(`one of ${Object.keys(COMMANDS).join(", ")}?`);
  const config = await loadStranglerConfig(settings.config);
  const store = new Store(settings.redis, settings.prefix);
  try {
    return await command({ settings, config, operands, store, env });
  } finally {
    store.close();
  }
}

async function report(asked: Asked): Promise<number> {
  const { settings, store } = asked;
  const built = buildReport(await store.ledger(capabilityIn(asked).name), DEFAULT_STANDARD);
  process.stdout.write(
    settings.out === undefined ? rendered(built, settings) : writeReport(built, settings.out),
  );
  return built.contradictions.length === 0 ? 0 : 1;
}

function rendered(built: Report, { json, markdown, html }: Settings): string {
  if (json) return toJson(built);
  if (html) return toHtml(built);
  return markdown ? toMarkdown(built) : toTerminal(built);
}

async function replay(asked: Asked): Promise<number> {
  const { name, open } = capabilityIn(asked);
  const { calls, json } = asked.settings;
  if (calls === undefined) throw new UsageError("--calls FILE?");
  if (!open) throw new UsageError(`the config says nothing of how to open ${name}`);
  const replayed = await replayKept(open, await asked.store.ledger(name), calls);
  process.stdout.write(json ? replayJson(replayed) : replayText(name, replayed));
  return replayed.some(({ now }) => now?.outcome === "mismatch") ? 1 : 0;
}

async function status(asked: Asked): Promise<number> {
  const { settings, config, store } = asked;
  const { url, token } = flagServerOf(asked);
  const flags = await heard(readFlags(url, token));
  const all = await Promise.all(
    config.capabilities.map(async (capability) =>
      statusOf({
        capability: capability.name,
        flag: settings["flag-prefix"] + capability.flag,
        flags,
        stored: await heard(store.stored(capability.name)),
        owners: capability.handover && (await heard(ownersNow(asked, capability, capability.handover))),
      }),
    ),
  );
  process.stdout.write(settings.json ? `${JSON.stringify(all, null, 2)}\n` : statusText(all));
  return all.every(({ warnings }) => warnings.length === 0) ? 0 : 1;
}

main(process.argv.slice(2), process.env).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`strangler: ${error instanceof Error ? error.message : String(error)}\n`);
    if (error instanceof UsageError) process.stderr.write(HELP);
    process.exitCode = 2;
  },
);
