import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { listenHttp } from "@oms/chassis/http-server.ts";
import { createLogger } from "@oms/chassis/log.ts";
import type { Queue } from "bullmq";
import express from "express";
import { addBoard } from "./board.ts";
import { type Carried, openQueue, queueJob } from "./queue.ts";
import { settingsOf, startRedis } from "./redis.fixture.ts";
import { openRedis } from "./redis.ts";

const TOKEN = "a token of an operator";
const basic = (password: string) => `Basic ${Buffer.from(`anybody:${password}`).toString("base64")}`;

const stops: (() => Promise<void> | void)[] = [];
let url: string;
let queue: Queue<Carried>;
before(async () => {
  const server = await startRedis();
  const redis = openRedis(settingsOf(server), "asking", createLogger("test", "silent"));
  if (redis.status !== "ready") await new Promise((resolve) => redis.once("ready", resolve));
  queue = openQueue(settingsOf(server), redis);
  await queue.addBulk([queueJob({ job: "nightly", tick: "1", attempt: 1, type: "export", priority: 5 })]);
  const app = express();
  addBoard(app, queue, TOKEN);
  const { port, stop } = await listenHttp(app, { host: "127.0.0.1", port: 0 });
  url = `http://127.0.0.1:${port}/board`;
  stops.push(server.stop, () => redis.disconnect(), stop);
});
after(async () => {
  for (const stop of stops.reverse()) await stop();
});

test("whoever does not show the token is asked for it, as a browser understands it", async () => {
  const wrong = [
    undefined,
    "",
    "Basic",
    "Bearer another token",
    basic("another"),
    basic(""),
    `Digest ${TOKEN}`,
  ];
  for (const authorization of wrong) {
    const answer = await fetch(`${url}/`, authorization === undefined ? {} : { headers: { authorization } });
    assert.equal(answer.status, 401, authorization);
    assert.match(answer.headers.get("www-authenticate") ?? "", /^Basic /);
    await answer.arrayBuffer();
  }
});

test("with the token the board shows the queue, as the password of any user or as a bearer's", async () => {
  const page = await fetch(`${url}/`, { headers: { authorization: basic(TOKEN) } });
  assert.equal(page.status, 200);
  assert.match(await page.text(), /<title>/);
  const told = await fetch(`${url}/api/queues?activeQueue=executions&status=prioritized&page=1`, {
    headers: { authorization: basic(TOKEN) },
  });
  const { queues } = (await told.json()) as {
    queues: { name: string; readOnlyMode: boolean; jobs: { id: string }[] }[];
  };
  assert.deepEqual(
    queues.map(({ name, readOnlyMode, jobs }) => [name, readOnlyMode, jobs.map(({ id }) => id)]),
    [["executions", true, ["nightly/1/1"]]],
  );
});

test("nothing on the board changes the queue", async () => {
  const headers = { authorization: basic(TOKEN), "content-type": "application/json" };
  const path = `${url}/api/queues/executions`;
  const rows = [
    ["POST", `${path}/add`],
    ["PUT", `${path}/pause`],
    ["PUT", `${path}/empty`],
    ["PUT", `${path}/obliterate`],
    ["PUT", `${path}/promote`],
    ["PUT", `${path}/nightly%2F1%2F1/clean`],
    ["PUT", `${path}/nightly%2F1%2F1/promote`],
    ["PUT", `${url}/api/queues/pause`],
  ] as const;
  for (const [method, address] of rows) {
    const answer = await fetch(address, { method, headers, body: "{}" });
    assert.equal(answer.status, 405, address);
    await answer.arrayBuffer();
  }
  assert.equal(await queue.isPaused(), false);
  assert.deepEqual(await queue.getRanges(["prioritized"]), ["nightly/1/1"]);
});
