import { parseArgs } from "node:util";
import { AdminApi } from "./admin-api.ts";
import { changesTo } from "./change.ts";
import { definitions } from "./definitions.ts";
import { DEVELOPMENT_ADMIN_TOKEN } from "./embedded/config.ts";
import { lint } from "./lint.ts";
import { push, readServer } from "./push.ts";
import { standingOf } from "./standing.ts";

const HELP = `flags: what Unleash must hold for OMS, kept as data

  flags lint    check the definitions; touches nothing
  flags push    create and repair on the server what the definitions say; leaves on, off and live numbers alone
  flags diff    show where the server differs from the definitions

  --json        one JSON value instead of lines
  --url URL     the server's base URL           UNLEASH_URL          http://127.0.0.1:4242
  --prefix P    in front of every flag's name   FLAG_PREFIX          (none)
                an admin token                  UNLEASH_ADMIN_TOKEN  the development token
                the environment of the flags    UNLEASH_ENVIRONMENT  development

  Exit: 0 nothing wrong · 1 findings, differences, or something a person must do · 2 wrong usage or no answer
`;

/** What a command has to say: lines for a person, a value for a program, and whether all is well. */
type Answer = { readonly lines: readonly string[]; readonly value: unknown; readonly ok: boolean };
type Server = { readonly api: AdminApi; readonly prefix: string };

const COMMANDS: Readonly<Record<string, (server: Server) => Promise<Answer>>> = {
  lint: () => Promise.resolve(lintCommand()),
  push: pushCommand,
  diff: diffCommand,
};

function lintCommand(): Answer {
  const findings = lint(definitions);
  const lines = findings.map(({ flag, message }) => `${flag}: ${message}`);
  const fine = `${definitions.flags.length} flag(s), nothing wrong`;
  return { lines: lines.length > 0 ? lines : [fine], value: findings, ok: findings.length === 0 };
}

async function pushCommand({ api, prefix }: Server): Promise<Answer> {
  const linted = lintCommand();
  if (!linted.ok) return linted;
  const changes = await push(api, definitions, prefix);
  const lines = changes.map(({ kind, because }) => `${kind}: ${because}`);
  return {
    lines: lines.length > 0 ? lines : ["nothing to do"],
    value: changes,
    ok: changes.every(({ kind }) => kind !== "person needed"),
  };
}

async function diffCommand({ api, prefix }: Server): Promise<Answer> {
  const server = await readServer(api, definitions, prefix);
  const changes = changesTo(definitions, server, prefix);
  const standing = [...server.flags].map(([name, flag]) => ({ flag: name, ...standingOf(flag) }));
  return {
    lines: [
      ...standing.map(({ flag, says }) => `${flag} is ${says}`),
      ...(changes.length > 0 ? changes.map(({ because }) => `differs: ${because}`) : ["no differences"]),
    ],
    value: { standing, changes },
    ok: changes.length === 0,
  };
}

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: "boolean", short: "h", default: false },
      json: { type: "boolean", default: false },
      url: { type: "string", default: process.env["UNLEASH_URL"] ?? "http://127.0.0.1:4242" },
      prefix: { type: "string", default: process.env["FLAG_PREFIX"] ?? "" },
    },
  });
  const command = COMMANDS[positionals[0] ?? ""];
  if (values.help || !command || positionals.length > 1) {
    (values.help ? process.stdout : process.stderr).write(HELP);
    return values.help ? 0 : 2;
  }
  const api = new AdminApi({
    url: values.url,
    token: process.env["UNLEASH_ADMIN_TOKEN"] ?? DEVELOPMENT_ADMIN_TOKEN,
    environment: process.env["UNLEASH_ENVIRONMENT"] ?? "development",
  });
  const { lines, value, ok } = await command({ api, prefix: values.prefix });
  process.stdout.write(values.json ? `${JSON.stringify(value, null, 2)}\n` : `${lines.join("\n")}\n`);
  return ok ? 0 : 1;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`flags: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  },
);
