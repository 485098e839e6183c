import {
  CancelJobRequest,
  CancelJobResponse,
  RegisterJobRequest,
  RegisterJobResponse,
  RunJobRequest,
  RunJobResponse,
} from "@oms/protos/oms/scheduler/v1/scheduler.ts";
import { echoed, serveEcho } from "../echo/server.ts";
import { executionAnswer, pathOf, stateAnswer } from "./messages.ts";

serveEcho(
  [
    echoed(pathOf("RegisterJob"), RegisterJobRequest, { codec: RegisterJobResponse, answer: stateAnswer }),
    echoed(pathOf("CancelJob"), CancelJobRequest, { codec: CancelJobResponse, answer: stateAnswer }),
    echoed(pathOf("RunJob"), RunJobRequest, { codec: RunJobResponse, answer: executionAnswer }),
  ],
  process.env,
);
