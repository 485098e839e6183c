import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { claim } from "./claim.ts";
import { isAlive } from "./identity.ts";
import { freePorts, refuseTakenPorts } from "./ports.ts";
import type { Spec } from "./spec.ts";
import { readState } from "./state.ts";
import { type Change, Supervisor } from "./supervisor.ts";

const HOST = "127.0.0.1";
const LISTENER = join(import.meta.dirname, "fixtures", "listener.ts");
const STARTER = join(import.meta.dirname, "fixtures", "starter.ts");

function directoryFor(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "supervisor-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function listener(name: string, more: Partial<Spec> = {}): Promise<Spec> {
  const [port = 0] = await freePorts(HOST, 1);
  return {
    name,
    command: [process.execPath, LISTENER],
    ports: [{ setting: `${name.toUpperCase()}_PORT`, port }],
    needs: [],
    readiness: { http: `http://${HOST}:${port}/` },
    patience: 30,
    ...more,
    env: { PORT: `${port}`, NAME: name, ...more.env },
  };
}

function supervise(t: TestContext, directory: string): { supervisor: Supervisor; changes: Change[] } {
  const changes: Change[] = [];
  const on = (change: Change) => void changes.push(change);
  const supervisor = new Supervisor({ directory, host: HOST, env: process.env, reach: { A: "1" }, on });
  t.after(() => supervisor.stop());
  return { supervisor, changes };
}

const told = (changes: readonly Change[]) => changes.map(({ is, name }) => `${is} ${name}`);

test("a process starts when what it needs is ready, and stops before it", async (t) => {
  const { supervisor, changes } = supervise(t, directoryFor(t));
  const first = await listener("first", { env: { AFTER_MS: "200" } });
  await supervisor.start([await listener("second", { needs: ["first"] }), first]);
  assert.deepEqual(told(changes), ["starting first", "ready first", "starting second", "ready second"]);
  await supervisor.stop();
  assert.deepEqual(told(changes).slice(4), [
    "stopping second",
    "stopped second",
    "stopping first",
    "stopped first",
  ]);
});

test("a step is ready when it ends well", async (t) => {
  const { supervisor, changes } = supervise(t, directoryFor(t));
  const step = await listener("step", { command: ["true"], readiness: { exit: true } });
  await supervisor.start([step]);
  assert.deepEqual(told(changes), ["starting step", "ready step"]);
});

test("the state file tells who runs and how to reach it", async (t) => {
  const directory = directoryFor(t);
  const { supervisor } = supervise(t, directory);
  await supervisor.start([await listener("one")]);
  const state = readState(directory);
  assert.deepEqual(state?.env, { A: "1" });
  assert.equal(state?.starter.pid, process.pid);
  assert.ok(state?.processes.every(isAlive));
  await supervisor.stop();
  assert.deepEqual(readState(directory)?.processes, []);
});

test("a process that ends instead of becoming ready is an error with its last lines, and nothing is left", async (t) => {
  const { supervisor, changes } = supervise(t, directoryFor(t));
  const broken = await listener("broken", {
    command: ["sh", "-c", "echo no disk left; exit 3"],
    needs: ["good"],
  });
  const failure = supervisor.start([await listener("good"), broken]);
  await assert.rejects(failure, /broken ended with code 3\n {2}no disk left/);
  assert.equal(told(changes).at(-1), "stopped good");
});

test("a process that never becomes ready is an error that says how long it was waited for", async (t) => {
  const { supervisor } = supervise(t, directoryFor(t));
  const silent = await listener("silent", { command: ["sleep", "60"], patience: 0.3 });
  await assert.rejects(supervisor.start([silent]), /silent was not ready within 0.3 s/);
});

test("a command that does not exist is an error that names it", async (t) => {
  const { supervisor } = supervise(t, directoryFor(t));
  await assert.rejects(
    supervisor.start([await listener("x", { command: ["/no/such/file"] })]),
    /no\/such\/file/,
  );
});

test("stopping while processes come up leaves none", async (t) => {
  const directory = directoryFor(t);
  const begun = Promise.withResolvers<void>();
  const names: string[] = [];
  const on = ({ is, name }: Change) => {
    names.push(`${is} ${name}`);
    if (is === "starting") begun.resolve();
  };
  const supervisor = new Supervisor({ directory, host: HOST, env: process.env, reach: {}, on });
  t.after(() => supervisor.stop());
  const slow = await listener("slow", { env: { AFTER_MS: "60000" } });
  const starting = supervisor.start([slow, await listener("after", { needs: ["slow"] })]);
  await begun.promise;
  const processes = readState(directory)?.processes ?? [];
  await Promise.all([supervisor.stop(), assert.rejects(starting)]);
  assert.equal(processes.length, 1);
  assert.ok(!processes.some(isAlive));
  assert.deepEqual(names, ["starting slow", "stopping slow", "stopped slow"]);
});

test("a process that dies later is told with its log", async (t) => {
  const died = Promise.withResolvers<Change>();
  const directory = directoryFor(t);
  const on = (change: Change) => void (change.is === "died" && died.resolve(change));
  const supervisor = new Supervisor({ directory, host: HOST, env: process.env, reach: {}, on });
  t.after(() => supervisor.stop());
  const child = await supervisor.startOne(await listener("one"));
  child.kill("SIGKILL");
  const change = await died.promise;
  assert.ok(change.is === "died" && change.exit.signal === "SIGKILL");
  assert.match(readFileSync(change.log, "utf8"), /one starts/);
});

test("a process that does not become ready when started again is gone, and can be tried once more", async (t) => {
  const directory = directoryFor(t);
  const { supervisor } = supervise(t, directory);
  const good = await listener("one");
  await assert.rejects(
    supervisor.startOne({ ...good, command: ["sleep", "60"], patience: 0.2 }),
    /not ready/,
  );
  assert.deepEqual(readState(directory)?.processes, []);
  await supervisor.startOne(good);
  assert.equal(readState(directory)?.processes.length, 1);
});

test("a process that is started again still stops before what it needs", async (t) => {
  const { supervisor, changes } = supervise(t, directoryFor(t));
  const first = await listener("first");
  await supervisor.start([first, await listener("second", { needs: ["first"] })]);
  await supervisor.child("first").stop();
  await supervisor.startOne(first);
  await supervisor.stop();
  const stopped = told(changes).filter((line) => line.startsWith("stopped"));
  assert.deepEqual(stopped, ["stopped second", "stopped first"]);
});

test("a taken port is named before anything starts, with the variable that moves it", async (t) => {
  const spec = await listener("taker");
  const port = spec.ports[0]?.port;
  const server = createServer().listen(port, HOST);
  await once(server, "listening");
  t.after(() => server.close());
  await assert.rejects(
    refuseTakenPorts([spec], HOST),
    new RegExp(`port ${port} \\(taker\\) is taken.*TAKER_PORT=`),
  );
});

test("after kill -9 of a starter its processes run on, until the next one takes over", async (t) => {
  const directory = directoryFor(t);
  const specs = [await listener("a"), await listener("b", { needs: ["a"] })];
  const starter = spawn(process.execPath, [STARTER], {
    env: { ...process.env, DIRECTORY: directory, SPECS: JSON.stringify(specs) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => starter.kill("SIGKILL"));
  await once(starter.stdout, "data");

  await assert.rejects(
    claim(directory, () => undefined),
    new RegExp(`already runs from .*process ${starter.pid}`),
  );
  starter.kill("SIGKILL");
  await once(starter, "exit");
  const left = readState(directory)?.processes ?? [];
  assert.equal(left.filter(isAlive).length, 2);

  const said: string[] = [];
  const held = await claim(directory, (line) => void said.push(line));
  t.after(() => held.release());
  assert.ok(!left.some(isAlive));
  assert.match(said.join(), /left running: a, b/);
  await refuseTakenPorts(specs, HOST);
});
