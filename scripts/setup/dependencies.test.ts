import assert from "node:assert/strict";
import { test } from "node:test";
import { staleReason } from "./dependencies.mjs";

const locked = { packages: { "": {}, "node_modules/zod": { version: "4.0.0" } } };
const installed = (packages: Record<string, { version: string }>) => ({ packages });

test("the locked versions installed: nothing to do", () => {
  assert.equal(staleReason(locked, installed({ "node_modules/zod": { version: "4.0.0" } })), undefined);
});

test("nothing was installed, or npm was interrupted before it wrote what it did", () => {
  assert.equal(staleReason(locked, undefined), "not installed");
});

test("a package missing, or of another version, is named", () => {
  assert.equal(staleReason(locked, installed({})), "node_modules/zod is missing");
  const other = installed({ "node_modules/zod": { version: "3.9.9" } });
  assert.equal(staleReason(locked, other), "node_modules/zod is 3.9.9, not 4.0.0");
});

test("a package for another platform may be absent", () => {
  const lock = { packages: { "node_modules/biome-win32": { version: "2.0.0", optional: true } } };
  assert.equal(staleReason(lock, installed({})), undefined);
});
