#!/usr/bin/env node
import { parseArgs } from "node:util";
import { loadStranglerConfig, type StranglerConfig } from "./cli/config.ts";
import { readFlags } from "./cli/flag-server.ts";
import { replayKept } from "./cli/replay.ts";
import { type Heard, statusOf } from "./cli/status.ts";
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

const HELP = `strangler: how a migration stands and what its comparisons say

  strangler status                every capability: flag, callers by stage, ceiling, builds, warnings
  strangler report <capability>   calls, errors, comparisons, lost coverage, latency and verdict by method
  strangler replay <capability> --calls FILE
                                  makes the kept mismatches again whose calls are in FILE, on both sides

  --json               one JSON value
  --markdown           the report as Markdown
  --html               the report as one HTML page that needs nothing besides itself
  --out DIR            the report as DIR/report.html, report.md and report.json
  --calls FILE         NDJSON, {"method": "…", "args": […]} a line: calls as they were made, unredacted
  --config PATH        the system's config module                       monolith/strangler.config.ts
  --redis URL          where ceilings and evidence are       REDIS_URL     redis://127.0.0.1:6390
  --prefix P           in front of every Redis key           KEY_PREFIX    oms:
  --unleash URL        the flag server's base URL            UNLEASH_URL   http://127.0.0.1:4242
  --flag-prefix P      in front of every flag's name         FLAG_PREFIX   (none)
                       a client token                        UNLEASH_CLIENT_TOKEN  the development token

  Exit: 0 nothing to warn of · 1 status: a warning; report: its counts do not add up;
        replay: a mismatch shows again · 2 wrong usage or no answer
`;

class UsageError extends Error {}

type Settings = ReturnType<typeof parse>["values"];

function parse(args: readonly string[], env: NodeJS.ProcessEnv) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: "boolean", short: "h", default: false },
      json: { type: "boolean", default: false },
      markdown: { type: "boolean", default: false },
      html: { type: "boolean", default: false },
      out: { type: "string" },
      calls: { type: "string" },
      config: { type: "string", default: "monolith/strangler.config.ts" },
      redis: { type: "string", default: env["REDIS_URL"] ?? "redis://127.0.0.1:6390" },
      prefix: { type: "string", default: env["KEY_PREFIX"] ?? "oms:" },
      unleash: { type: "string", default: env["UNLEASH_URL"] ?? "http://127.0.0.1:4242" },
      "flag-prefix": { type: "string", default: env["FLAG_PREFIX"] ?? "" },
    },
  });
}

async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { values, positionals } = parse(args, env);
  const [command, ...operands] = positionals;
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (command !== "status" && command !== "report" && command !== "replay")
    throw new UsageError("status, report or replay?");
  const config = await loadStranglerConfig(values.config);
  const store = new Store(values.redis, values.prefix);
  try {
    if (command === "report") return await report(values, store, capabilityIn(config, operands).name);
    if (command === "replay") return await replay(values, store, capabilityIn(config, operands));
    const token = env["UNLEASH_CLIENT_TOKEN"] ?? "default:development.oms-client";
    return await status(values, store, { config, token });
  } finally {
    store.close();
  }
}

type CapabilityConfig = StranglerConfig["capabilities"][number];

function capabilityIn({ capabilities }: StranglerConfig, operands: readonly string[]): CapabilityConfig {
  const found = capabilities.find(({ name }) => name === operands[0]);
  if (found && operands.length === 1) return found;
  throw new UsageError(`name one of: ${capabilities.map(({ name }) => name).join(", ")}`);
}

async function report(settings: Settings, store: Store, capability: string): Promise<number> {
  const built = buildReport(await store.ledger(capability), DEFAULT_STANDARD);
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

async function replay(
  { calls, json }: Settings,
  store: Store,
  { name, open }: CapabilityConfig,
): Promise<number> {
  if (calls === undefined) throw new UsageError("--calls FILE?");
  if (!open) throw new UsageError(`the config says nothing of how to open ${name}`);
  const replayed = await replayKept(open, await store.ledger(name), calls);
  process.stdout.write(json ? replayJson(replayed) : replayText(name, replayed));
  return replayed.some(({ now }) => now?.outcome === "mismatch") ? 1 : 0;
}

type Known = { readonly config: StranglerConfig; readonly token: string };

async function status(settings: Settings, store: Store, { config, token }: Known): Promise<number> {
  const flags = await heard(readFlags(settings.unleash, token));
  const all = await Promise.all(
    config.capabilities.map(async ({ name, flag }) =>
      statusOf({
        capability: name,
        flag: settings["flag-prefix"] + flag,
        flags,
        stored: await heard(store.stored(name)),
      }),
    ),
  );
  process.stdout.write(settings.json ? `${JSON.stringify(all, null, 2)}\n` : statusText(all));
  return all.every(({ warnings }) => warnings.length === 0) ? 0 : 1;
}

async function heard<T>(answer: Promise<T>): Promise<Heard<T>> {
  try {
    return { said: await answer };
  } catch (error) {
    return { silent: error instanceof Error ? error.message : String(error) };
  }
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
