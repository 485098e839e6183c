import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { lockDataDir } from "./data-lock.ts";

/** A Postgres in this process, reachable through a Unix socket only this user can open. */
export type EmbeddedDatabase = {
  /** The directory of the socket, as libpq understands `host`. */
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
};

const PORT = 5432;

/** Opens (or creates) the database in `dataDir`. Throws when another process has it. */
export async function openDatabase(dataDir: string): Promise<EmbeddedDatabase> {
  const unlock = lockDataDir(dataDir);
  const host = mkdtempSync(join(tmpdir(), "unleash-"));
  const db = await PGlite.create(join(dataDir, "postgres"));
  // Unleash opens a second connection for its migrations: one is not enough.
  const socket = new PGLiteSocketServer({ db, path: join(host, `.s.PGSQL.${PORT}`), maxConnections: 20 });
  await socket.start();
  return {
    host,
    port: PORT,
    stop: async () => {
      await socket.stop();
      await db.close();
      rmSync(host, { recursive: true, force: true });
      unlock();
    },
  };
}
