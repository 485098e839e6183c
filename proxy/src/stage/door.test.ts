import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fields } from "../model/host.ts";
import type { Stage } from "../model/stage.ts";
import { Door, type Standing } from "./door.ts";
import type { Flag } from "./flag.ts";

/** Alice is live, anyone else in shadow; says how often it was asked. */
function flagByAuthor(dependsOn: Flag["dependsOn"] = ["author"]) {
  const asked: Fields[] = [];
  const stageFor = (fields: Fields): Stage => {
    asked.push(fields);
    return fields["author"] === "alice" ? "live" : "shadow";
  };
  return { asked, flag: { dependsOn, stageFor } };
}

function standing(parts: Partial<Standing>): Standing {
  return { override: undefined, ceiling: undefined, flag: undefined, fresh: () => true, ...parts };
}

const CEILING = { generation: 1, reason: "slow", by: "watch" };

test("before anything is known every call stays in-process", () => {
  const door = new Door();
  assert.equal(door.fixed, "in-process");
  assert.equal(door.stageFor({}, "embed"), "in-process");
});

test("a flag is asked once for each sticky value of a snapshot", () => {
  const { asked, flag } = flagByAuthor();
  const door = new Door();
  door.set(standing({ flag }));
  for (const author of ["alice", "bob", "alice", "bob"]) door.stageFor({ author }, "embed");
  assert.equal(asked.length, 2);
  assert.equal(door.stageFor({ author: "alice" }, "embed"), "live");
  assert.equal(door.stageFor({ author: "bob" }, "embed"), "shadow");
  assert.equal(asked.length, 2);
});

test("fields a flag does not depend on make no difference", () => {
  const { asked, flag } = flagByAuthor();
  const door = new Door();
  door.set(standing({ flag }));
  door.stageFor({ author: "alice", branch: "a" }, "embed");
  door.stageFor({ author: "alice", branch: "b" }, "search");
  assert.equal(asked.length, 1);
});

test("the method is a field like any other", () => {
  const { asked, flag } = flagByAuthor(["method"]);
  const door = new Door();
  door.set(standing({ flag }));
  door.stageFor({}, "embed");
  door.stageFor({}, "search");
  assert.deepEqual(
    asked.map((fields) => fields["method"]),
    ["embed", "search"],
  );
});

test("a new snapshot is asked anew", () => {
  const door = new Door();
  door.set(standing({ flag: flagByAuthor().flag }));
  assert.equal(door.stageFor({ author: "alice" }, "embed"), "live");
  door.set(standing({ flag: { dependsOn: ["author"], stageFor: () => "in-process" } }));
  assert.equal(door.stageFor({ author: "alice" }, "embed"), "in-process");
});

test("an answer that cannot be kept is asked for every call", () => {
  const { asked, flag } = flagByAuthor("all");
  const door = new Door();
  door.set(standing({ flag }));
  door.stageFor({ author: "alice" }, "embed");
  door.stageFor({ author: "alice" }, "embed");
  assert.equal(asked.length, 2);
});

test("the stage is fixed while no call can change it", () => {
  const { flag } = flagByAuthor();
  const door = new Door();
  door.set(standing({ flag, override: "in-process" }));
  assert.equal(door.fixed, "in-process");
  door.set(standing({ flag, ceiling: { stage: "in-process", ...CEILING } }));
  assert.equal(door.fixed, "in-process");
  door.set(standing({ flag, override: "live", ceiling: { stage: "shadow", ...CEILING } }));
  assert.equal(door.fixed, "shadow");
  door.set(standing({ flag, ceiling: { stage: "shadow", ...CEILING } }));
  assert.equal(door.fixed, undefined);
  assert.equal(door.stageFor({ author: "alice" }, "embed"), "shadow");
});

test("many different authors do not grow memory without bound, and keep their stage", () => {
  const { asked, flag } = flagByAuthor();
  const door = new Door();
  door.set(standing({ flag }));
  assert.equal(door.stageFor({ author: "alice" }, "embed"), "live");
  for (let i = 0; i < 20_001; i++) assert.equal(door.stageFor({ author: `author ${i}` }, "embed"), "shadow");
  assert.equal(door.stageFor({ author: "alice" }, "embed"), "live");
  assert.equal(asked.length, 20_003, "alice was forgotten and asked for again");
});

test("a field that is far longer than any name is not remembered", () => {
  const { asked, flag } = flagByAuthor();
  const door = new Door();
  door.set(standing({ flag }));
  for (let i = 0; i < 2; i++) door.stageFor({ author: "a".repeat(100_000) }, "embed");
  assert.equal(asked.length, 2);
});
