import { parseArgs } from "node:util";

export const HELP = `strangler: how a migration stands, what its comparisons say, and who owns what

  strangler status                every capability: flag, callers by stage, ceiling, builds, owners, warnings
  strangler report <capability>   calls, errors, comparisons, lost coverage, latency and verdict by method
  strangler replay <capability> --calls FILE
                                  makes the kept mismatches again whose calls are in FILE, on both sides
  strangler handover <capability> moves what lives (jobs, subscribers) to the side that its stage gives
                                  authority: by the override in this environment, the stored ceiling and the
                                  flag. Ctrl-C stops it after the moves under way; the same command goes on
      --to SIDE                   all of it to in-process or extracted, whatever the flag says and without asking
                                  for it; jobs OMS takes back where its own stage gives them to the other side
      --status                    only tells what each side owns, and what is not where its stage says

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
        replay: a mismatch shows again; handover: something is not where it belongs · 2 wrong usage or no answer
`;

export type Settings = ReturnType<typeof parseSettings>["values"];

/** Throws on an option there is none of. */
export function parseSettings(args: readonly string[], env: NodeJS.ProcessEnv) {
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
      to: { type: "string" },
      status: { type: "boolean", default: false },
      config: { type: "string", default: "monolith/strangler.config.ts" },
      redis: { type: "string", default: env["REDIS_URL"] ?? "redis://127.0.0.1:6390" },
      prefix: { type: "string", default: env["KEY_PREFIX"] ?? "oms:" },
      unleash: { type: "string", default: env["UNLEASH_URL"] ?? "http://127.0.0.1:4242" },
      "flag-prefix": { type: "string", default: env["FLAG_PREFIX"] ?? "" },
    },
  });
}
