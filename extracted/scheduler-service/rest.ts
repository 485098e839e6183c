import type { JobName, JobSpec, Scheduler } from "@oms/jobs/port.ts";
import {
  deadLettersRequest,
  firesRequest,
  historyRequest,
  listRequest,
  updateRequest,
} from "@oms/jobs/rest-requests.ts";
import type { Express, Request, RequestHandler } from "express";
import type { DeadLetters } from "./dead-letters.ts";

/** The routes OMS has for jobs, with the same bodies and errors; and the dead letters, which are this service's alone. */
export function addRoutes(app: Express, scheduler: Scheduler, dead: DeadLetters): void {
  addJobs(app, scheduler);
  app.get("/executions", async (request, response) => {
    response.json(await scheduler.executions(historyRequest(request.query)));
  });
  app.get("/executions/:job/:tick", async (request, response) => {
    response.json(await scheduler.execution({ id: executionOf(request) }));
  });
  app.get("/fires", async (request, response) => {
    response.json(await scheduler.fires(firesRequest(request.query)));
  });
  app.get("/dead-letters", async (request, response) => {
    response.json(await dead.list(deadLettersRequest(request.query)));
  });
  app.post("/dead-letters/:job/:tick/replay", async (request, response) => {
    response.json(await dead.replay({ id: executionOf(request) }));
  });
}

function addJobs(app: Express, scheduler: Scheduler): void {
  app.post("/jobs", async (request, response) => {
    // What it has to be register says, of each field.
    const reply = await scheduler.register(request.body as JobSpec);
    response
      .status(201)
      .location(`/jobs/${encodeURIComponent(reply.job.id)}`)
      .json(reply);
  });
  app.get("/jobs", async (request, response) => {
    response.json(await scheduler.list(listRequest(request.query)));
  });
  app.get("/jobs/:id", answering(scheduler.get));
  app.patch("/jobs/:id", async (request, response) => {
    response.json(await scheduler.update(updateRequest(request.params.id, request.body)));
  });
  app.delete("/jobs/:id", answering(scheduler.cancel));
  app.post("/jobs/:id/pause", answering(scheduler.pause));
  app.post("/jobs/:id/resume", answering(scheduler.resume));
  app.post("/jobs/:id/run", answering(scheduler.runNow));
}

function answering(method: (name: JobName) => Promise<object>): RequestHandler<{ id: string }> {
  return async (request, response) => {
    response.json(await method({ id: request.params.id }));
  };
}

function executionOf({ params }: Request<{ job: string; tick: string }>): string {
  return `${params.job}/${params.tick}`;
}
