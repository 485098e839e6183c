import assert from "node:assert/strict";
import { test } from "node:test";
import type { Spec } from "../process/spec.ts";
import { Board } from "./board.ts";

const spec = (name: string, ...ports: number[]): Spec => ({
  name,
  command: ["true"],
  env: {},
  ports: ports.map((port) => ({ setting: "PORT", port })),
  needs: [],
  readiness: { exit: true },
  patience: 1,
});

test("a row tells the ports, how long its process took, and how it stands", () => {
  const board = new Board([spec("data-kernel", 50051, 8051), spec("seed")]);
  board.note({ is: "starting", name: "data-kernel" }, 1_000);
  assert.deepEqual(board.lines(2_500), [
    "… data-kernel        50051 8051     1.5 s  starting",
    "· seed                                     waiting",
  ]);
  board.note({ is: "ready", name: "data-kernel" }, 3_000);
  assert.equal(board.line("data-kernel", 9_000), "✓ data-kernel        50051 8051     2.0 s  ready");
  board.note({ is: "died", name: "data-kernel", exit: { code: 1, signal: null }, log: "" }, 9_000);
  assert.equal(board.line("data-kernel", 9_000), "✗ data-kernel        50051 8051     2.0 s  died");
});
