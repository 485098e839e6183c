import { PublishRequest, PublishResponse } from "@oms/protos/oms/events/v1/events.ts";
import { echoed, serveEcho } from "../echo/server.ts";
import { PUBLISH_PATH, publishAnswer } from "./messages.ts";

serveEcho(
  [echoed(PUBLISH_PATH, PublishRequest, { codec: PublishResponse, answer: publishAnswer })],
  process.env,
);
