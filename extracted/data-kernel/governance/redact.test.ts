import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { overHttp } from "../fixtures/refusal.ts";
import { startOnFreePorts } from "../fixtures/running-kernel.ts";
import type { Redacted } from "../store/port.ts";

const PATH = `/branches/${encodeURIComponent("test/wire/main")}`;
const GOOD = { key: "k", mode: "live", reason: "asked", documents: ["a"], fields: ["/email"] };

let kernel: Awaited<ReturnType<typeof startOnFreePorts>>;
before(async () => {
  kernel = await startOnFreePorts();
  await ask("POST", "/branches", { name: "test/wire/main", mode: "live" });
  const body = '{"email":"ann@example.org","größe":12345678901234567890}';
  const commit = {
    key: "k",
    mode: "live",
    message: "m",
    writes: [{ put: { id: "a", type: "Note", body } }],
  };
  await ask("POST", `${PATH}/commits`, commit);
});
after(() => kernel.stop());

async function ask<T>(method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(kernel.http + path, {
    method,
    headers: { "content-type": "application/json", "oms-author": "dpo@kernel" },
    ...(body && { body: JSON.stringify(body) }),
  });
  assert.equal(response.status, 200, await response.clone().text());
  return (await response.json()) as T;
}

test("an operator masks a field over HTTP, after a look at what it would be, and is told what remains", async () => {
  const looked = await ask<Redacted>("POST", `${PATH}/redactions`, { ...GOOD, mode: "shadow" });
  assert.deepEqual([looked.documents, looked.versions], [1, 1]);
  const done = await ask<Redacted>("POST", `${PATH}/redactions`, GOOD);
  assert.deepEqual(done, { ...looked, repeated: false });
  assert.match(done.remains.join("\n"), /backups and archives.*\n.*JetStream/);
  const { document } = await ask<{ document: { body: string } }>("GET", `${PATH}/documents/a`);
  assert.equal(document.body, '{"email":"[redacted]","größe":12345678901234567890}');
  const id = encodeURIComponent("redaction/test/wire/main/k");
  const audit = `/branches/${encodeURIComponent("test/kernel/audit")}/documents/${id}`;
  const record = await ask<{ document: { body: string } }>("GET", audit);
  assert.equal(JSON.parse(record.document.body).author, "dpo@kernel");
  assert.equal((await ask<Redacted>("POST", `${PATH}/redactions`, GOOD)).repeated, true);
});

test("a redaction that is not whole is refused by its field", async () => {
  const table: readonly [change: object, field: string, says: RegExp][] = [
    [{ mode: undefined }, "mode", /live or shadow/],
    [{ reason: "" }, "reason", /empty/],
    [{ documents: [] }, "documents", /unless types/],
    [{ fields: [] }, "fields", /empty/],
    [{ fields: ["email"] }, "fields[0]", /JSON Pointer/],
    [{ everywhere: true }, "everywhere", /not known/],
  ];
  for (const [change, field, says] of table) {
    const refused = await overHttp(`${kernel.http}${PATH}/redactions`, { ...GOOD, ...change });
    assert.equal(refused.code, "INVALID_ARGUMENT");
    assert.equal(refused.violations[0]?.field, field);
    assert.match(refused.violations[0]?.message ?? "", says);
  }
  const other = await overHttp(`${kernel.http}${PATH}/redactions`, { ...GOOD, fields: ["/phone"] });
  assert.deepEqual([other.code, other.violations[0]?.field], ["ALREADY_EXISTS", "key"]);
});
