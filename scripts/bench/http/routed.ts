import { createServer, type ServerResponse } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";
import { currentContext, newContext, runInContext } from "@oms/chassis/context/context.ts";
import { writeContext } from "@oms/chassis/context/headers.ts";
import { json } from "@oms/proxy/compare/json.ts";
import { routeHttp } from "@oms/proxy/http/route.ts";
import type { HttpService } from "@oms/proxy/http/service.ts";
import { strangle } from "@oms/proxy/strangle.ts";
import { createStrangler } from "@oms/proxy/strangler.ts";
import { openEmbedding } from "../oms.ts";
import { serveStages } from "../stages.ts";
import { ANSWER } from "./answer.ts";

type Port = { readonly embed: (request: unknown) => Promise<unknown> };

/** REST routing in stage live, in the call context of OMS; the watched module answers, or never does. */
const hung = process.env["WATCHED"] === "hung";
const { host } = await openEmbedding(process.env);
const strangler = createStrangler(host);
const inProcess: Port = {
  async embed() {
    await (hung ? new Promise(() => {}) : nextTurn());
    return ANSWER;
  },
};
strangle<Port>(
  {
    name: "embedding",
    inProcess: async () => inProcess,
    extracted: () => Promise.reject(new Error("there is no stub")),
    methods: { embed: { effect: "read", compare: json(), deadlineMs: 2000 } },
    builds: () => ({ inProcess: "bench", extracted: "bench" }),
  },
  strangler,
);
const { options } = await serveStages({ embedding: { live: 1000 } });
await strangler.start(options);

const service: HttpService = {
  url: new URL(process.env["SERVICE_URL"] ?? ""),
  internal: (header) => header.startsWith("oms-"),
  headers: () => writeContext(currentContext()),
  answered: () => {},
  errorOf: ({ status }) => (status === 200 ? undefined : new Error(`the service answered ${status}`)),
  unreachable: (cause) => new Error("the service did not answer", { cause }),
};
const route = routeHttp<Port, ServerResponse>({
  strangler,
  capability: "embedding",
  service: async () => service,
  send: (response, value) => response.end(JSON.stringify(value)),
})({ ask: (body) => ({ method: "embed", args: [body] }), large: "embed" });

createServer((request, response) => {
  if (request.url === "/ready") {
    response.end();
    return;
  }
  runInContext(newContext({ author: "alice@oms" }), () => {
    // Whoever comes here was not routed.
    route(request, response, () => response.writeHead(500).end());
  });
}).listen(Number(process.env["PORT"]), process.env["HOST"]);
