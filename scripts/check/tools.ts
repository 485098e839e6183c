import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { capture, type Result } from "../process/command.ts";
import { differences } from "./same-files.ts";

/** One static check: what it holds the code to, and the command that repairs what can be repaired. */
export type Tool = { readonly name: string; readonly fix: string; readonly run: () => Promise<Result> };

const BIN = "node_modules/.bin";
const inProtos = (...args: readonly string[]) =>
  capture("sh", ["-c", `cd protos && ../${BIN}/buf ${args.join(" ")}`]);

export const TOOLS: readonly Tool[] = [
  {
    name: "biome: format, lint, import directions",
    fix: "npm run format",
    run: () => capture(`${BIN}/biome`, ["ci", "--colors=off"]),
  },
  {
    name: "tsc: types",
    fix: "npx tsc --noEmit",
    run: () => capture(`${BIN}/tsc`, ["--noEmit", "--pretty", "false", "-p", "."]),
  },
  { name: "buf: lint", fix: "npx buf lint protos", run: () => inProtos("lint") },
  {
    name: "buf: format",
    fix: "npx buf format --write protos",
    run: () => inProtos("format", "--diff", "--exit-code"),
  },
  { name: "buf: generated code is that of the .proto files", fix: "npm run generate", run: generated },
  {
    name: "knip: unused files, exports, dependencies",
    fix: "npx knip",
    run: () => capture(`${BIN}/knip`, ["--no-progress"]),
  },
];

async function generated(): Promise<Result> {
  const fresh = await mkdtemp(join(tmpdir(), "generated-"));
  try {
    const made = await inProtos("generate", "--output", fresh);
    if (made.code !== 0) return made;
    const described = await inProtos(
      "build",
      "--exclude-source-info",
      "-o",
      join(fresh, "gen", "descriptors.binpb"),
    );
    if (described.code !== 0) return described;
    const different = await differences("protos/gen", join(fresh, "gen"));
    return { code: different.length === 0 ? 0 : 1, output: different.join("\n") };
  } finally {
    await rm(fresh, { recursive: true });
  }
}
