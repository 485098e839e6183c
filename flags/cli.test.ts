import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "node:test";

const NOWHERE = "http://127.0.0.1:1";

function flags(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, "cli.ts"), ...args],
    {
      env: { PATH: process.env["PATH"] },
      encoding: "utf8",
    },
  );
  return { status, stdout, stderr };
}

describe("flags on the command line", () => {
  test("lint needs no server", () => {
    const { status, stdout } = flags("lint", "--json", "--url", NOWHERE);
    assert.deepEqual({ status, findings: JSON.parse(stdout) }, { status: 0, findings: [] });
  });

  test("help says every command and exits 0", () => {
    const { status, stdout } = flags("--help");
    assert.equal(status, 0);
    for (const command of ["lint", "push", "diff"]) assert.match(stdout, new RegExp(`flags ${command}`));
  });

  test("a command that does not exist, or an option, exits 2", () => {
    assert.equal(flags("pull").status, 2);
    assert.equal(flags().status, 2);
    const wrong = flags("lint", "--loud");
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /--loud/);
  });

  test("a server that does not answer exits 2 and says where it was looked for", () => {
    const { status, stderr } = flags("diff", "--url", NOWHERE);
    assert.equal(status, 2);
    assert.match(stderr, /Unleash does not answer at http:\/\/127\.0\.0\.1:1/);
  });
});
