import { Agent, createServer } from "node:http";
import { createProxyMiddleware } from "http-proxy-middleware";

/** http-proxy-middleware with nothing around it, on connections that are kept alive. */
const proxy = createProxyMiddleware({
  target: process.env["SERVICE_URL"] ?? "",
  changeOrigin: true,
  agent: new Agent({ keepAlive: true, maxSockets: 128 }),
});

createServer((request, response) => {
  if (request.url === "/ready") response.end();
  else void proxy(request, response);
}).listen(Number(process.env["PORT"]), process.env["HOST"]);
