import assert from "node:assert/strict";
import { test } from "node:test";
import { Prefetch } from "./prefetch.ts";

const options = { children: 4, most: 50, windowMs: 5 };

test("a worker that knows nothing yet takes little more than it has children for", () => {
  assert.equal(new Prefetch(options).limit, 8);
});

test("short executions are taken far ahead, up to the most that is allowed", () => {
  const prefetch = new Prefetch(options);
  for (let n = 0; n < 200; n++) prefetch.took(1);
  assert.equal(prefetch.limit, 50);
});

test("one long execution is enough to take no more than there are children", () => {
  const prefetch = new Prefetch(options);
  for (let n = 0; n < 200; n++) prefetch.took(1);
  prefetch.took(10_000);
  assert.equal(prefetch.limit, 4);
});

test("there is work for every child, whatever the most is", () => {
  assert.equal(new Prefetch({ ...options, most: 1 }).limit, 4);
});
