#!/usr/bin/env node
import { parseArgs } from "node:util";
import { loadStranglerConfig, type StranglerConfig } from "./cli/config.ts";
import { readFlags } from "./cli/flag-server.ts";
import { type Heard, statusOf } from "./cli/status.ts";
import { statusText } from "./cli/status-text.ts";
import { Store } from "./cli/store.ts";
import { writeReport } from "./cli/write-report.ts";
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

  --json               one JSON value
  --markdown           the report as Markdown
  --html               the report as one HTML page that needs nothing besides itself
  --out DIR            the report as DIR/report.html, report.md and report.json
  --config PATH        the system's config module                       monolith/strangler.config.ts
  --redis URL          where ceilings and evidence are       REDIS_URL     redis://127.0.0.1:6390
  --prefix P           in front of every Redis key           KEY_PREFIX    oms:
  --unleash URL        the flag server's base URL            UNLEASH_URL   http://127.0.0.1:4242
  --flag-prefix P      in front of every flag's name         FLAG_PREFIX   (none)
                       a client token                        UNLEASH_CLIENT_TOKEN  the development token

  Exit: 0 nothing to warn of · 1 status: a warning; report: its counts do not add up · 2 wrong usage or no answer
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
  if (command !== "status" && command !== "report") throw new UsageError("status or report?");
  const config = await loadStranglerConfig(values.config);
  const store = new Store(values.redis, values.prefix);
  try {
    if (command === "report") return await report(values, store, capabilityIn(config, operands));
    const token = env["UNLEASH_CLIENT_TOKEN"] ?? "default:development.oms-client";
    return await status(values, store, { config, token });
  } finally {
    store.close();
  }
}

function capabilityIn({ capabilities }: StranglerConfig, [name = "", ...more]: readonly string[]): string {
  const names = capabilities.map((capability) => capability.name);
  if (more.length > 0 || !names.includes(name)) throw new UsageError(`report on one of: ${names.join(", ")}`);
  return name;
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
