import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestKernel, type TestKernel } from "@oms/data-kernel/kernel.fixture.ts";
import { Nats } from "@oms/events/nats.fixture.ts";
import { Outcome } from "@oms/protos/oms/events/v1/events.ts";
import { as, refusalOf, startService, untilReady } from "./service.fixture.ts";

let nats: Nats;
let kernel: TestKernel;
let gateway: Awaited<ReturnType<typeof startService>>;

before(async () => {
  [nats, kernel] = await Promise.all([Nats.start(), startTestKernel()]);
  gateway = await startService({ NATS_URL: nats.url, KERNEL_URL: kernel.address });
  await untilReady(gateway.url);
});
after(async () => {
  await gateway.stop();
  await Promise.all([nats.stop(), kernel.stop()]);
});

const event = (id: string, more: object = {}) => ({
  specversion: "1.0",
  id,
  source: "/publishing",
  type: "oms.jobs.done",
  ...more,
});

/** What the stream of a domain holds, in its order. */
async function stored(stream: string): Promise<Record<string, unknown>[]> {
  return nats.manage(async ({ streams }) => {
    const { state } = await streams.info(stream);
    const found = [];
    for (let seq = Math.max(1, state.first_seq); seq <= state.last_seq; seq++) {
      const message = await streams.getMessage(stream, { seq });
      if (message) found.push(message.json<Record<string, unknown>>());
    }
    return found;
  });
}

test("a stream of events has a result for each, in their order, whatever becomes of those before", async () => {
  const ids = Array.from({ length: 1200 }, (_, n) => `s${n}`);
  async function* requests() {
    for (let n = 0; n < ids.length; n += 1 + (n % 5)) {
      const together = ids.slice(n, n + 1 + (n % 5));
      yield {
        events: together.map((id) =>
          JSON.stringify(id.endsWith("7") ? event(id, { specversion: "7" }) : event(id)),
        ),
      };
    }
  }
  const answers: (string | undefined)[] = [];
  for await (const { results } of gateway.client.publishStream(requests()))
    for (const { result } of results)
      answers.push(result?.$case === "receipt" ? result.value.id : result?.value.field);
  assert.deepEqual(
    answers,
    ids.map((id) => (id.endsWith("7") ? "specversion" : id)),
  );
  const kept = (await stored("JOBS")).map(({ id }) => String(id));
  assert.deepEqual(new Set(kept), new Set(ids.filter((id) => !id.endsWith("7"))));
  assert.equal(kept.length, new Set(kept).size);
});

test("each event of a batch has its own result", async () => {
  const events = [event("b1"), event("b2", { type: "oms.weather.rain" }), event("b3")];
  const { results } = await gateway.client.publishBatch({
    events: events.map((each) => JSON.stringify(each)),
  });
  assert.deepEqual(
    results.map(({ result }) => (result?.$case === "receipt" ? result.value.id : result?.value.field)),
    ["b1", "type", "b3"],
  );
});

test("binary mode takes attributes from headers, percent-decoded, and data as its content-type says", async () => {
  const response = await fetch(`${gateway.url}/events`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "ce-specversion": "1.0",
      "ce-id": "binary",
      "ce-source": "/publishing",
      "ce-type": "oms.ontology.binary",
      "ce-subject": "Stra%C3%9Fe %22quoted%22",
      "ce-partitionkey": "k",
    },
    body: '{"answer":42}',
  });
  assert.equal(response.status, 200);
  const { traceparent, ...kept } = (await stored("ONTOLOGY")).at(-1) ?? {};
  assert.match(String(traceparent), /^00-/);
  assert.deepEqual(kept, {
    specversion: "1.0",
    id: "binary",
    source: "/publishing",
    type: "oms.ontology.binary",
    subject: 'Straße "quoted"',
    partitionkey: "k",
    datacontenttype: "application/json",
    data: { answer: 42 },
  });
});

test("a shadow call is recorded as what it would have sent, and sends nothing; a compared one says so besides", async () => {
  const text = JSON.stringify(event("shadow", { type: "oms.branches.created" }));
  const recorded = await as({ shadow: true }, () => gateway.client.publish({ event: text }));
  assert.equal(recorded.receipt?.outcome, Outcome.OUTCOME_RECORDED);
  assert.deepEqual(await stored("BRANCHES"), []);
  const compared = await as({ evidence: true }, () => gateway.client.publish({ event: text }));
  assert.equal(compared.receipt?.outcome, Outcome.OUTCOME_STORED);
  assert.deepEqual(recorded.receipt?.envelope, compared.receipt?.envelope);
  assert.equal(recorded.receipt?.envelope?.subject, "test.branches.oms.branches.created");
  assert.equal((await stored("BRANCHES")).length, 1);
});

const commit = (n: number) => ({
  subject: "test.commits.oms.main",
  position: `c${n}/0`,
  event: JSON.stringify(
    event(`key ${n}/0`, { type: "oms.commits.changed", source: "/branches/test/oms/main" }),
  ),
});

test("commits are appended behind what the relay saw last, and refused where the stream has gone on", async () => {
  const { client } = gateway;
  const first = await client.getTail({ subject: "test.commits.oms.main" });
  assert.deepEqual([first.sequence, first.position], [0, ""]);
  const shadow = await as({ shadow: true }, () =>
    client.publishCommits({ messages: [commit(1)], lastSequence: first.lastSequence }),
  );
  assert.deepEqual([shadow.sequences, shadow.envelopes.length], [[], 1]);
  const published = await client.publishCommits({
    messages: [commit(1), commit(2)],
    lastSequence: first.lastSequence,
  });
  assert.deepEqual([published.sequences.length, published.refusal], [2, undefined]);
  const stale = await client.publishCommits({ messages: [commit(3)], lastSequence: first.lastSequence });
  assert.deepEqual(
    [stale.sequences, stale.refusal?.code, stale.refusal?.field],
    [[], "ABORTED", "lastSequence"],
  );
  const tail = await client.getTail({ subject: "test.commits.oms.main" });
  assert.deepEqual([tail.position, tail.sequence], ["c2/0", published.sequences[1]]);
});

test("commits go to no subject but that of a branch", async () => {
  const { client } = gateway;
  for (const subject of [
    "test.commits.>",
    "test.ontology.oms.main",
    "test.commits.oms.main\r\nX: 1",
    "*.commits.a.b",
  ]) {
    const asked = client.publishCommits({ messages: [{ ...commit(9), subject }], lastSequence: 0 });
    assert.deepEqual((await refusalOf(asked)).violations[0]?.field, "messages[0].subject");
    assert.deepEqual((await refusalOf(client.getTail({ subject }))).violations[0]?.field, "subject");
  }
});
