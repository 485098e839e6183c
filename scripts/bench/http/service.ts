import { createServer, type RequestListener } from "node:http";
import { ANSWER } from "./answer.ts";

/**
 * What the routers stand before: answers every POST with the same embedding, so that the cost of the way there is
 * seen. Nobody hears of /hung again.
 */
const answer = JSON.stringify(ANSWER);

const listener: RequestListener = (request, response) => {
  if (request.url === "/ready") {
    response.end();
    return;
  }
  request.resume().once("end", () => {
    if (request.url?.startsWith("/hung")) return;
    response.setHeader("content-type", "application/json; charset=utf-8");
    response.setHeader("oms-build", "bench");
    response.end(answer);
  });
};

createServer(listener).listen(Number(process.env["PORT"]), process.env["HOST"]);
