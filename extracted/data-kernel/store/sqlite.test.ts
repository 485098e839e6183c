import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { describeStore } from "./conformance.ts";
import { openSqliteStore } from "./sqlite.ts";

const folder = await mkdtemp(join(tmpdir(), "kernel-store-"));
after(() => rm(folder, { recursive: true }));

describeStore("the SQLite store", () => openSqliteStore(join(folder, "kernel.db")), 60);
