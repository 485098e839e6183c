import type { Evidence, JobName, JobSpec, Scheduler } from "@oms/jobs/port.ts";
import { historyRequest, listRequest, updateRequest } from "@oms/jobs/rest-requests.ts";
import { type RequestHandler, Router } from "express";

/** /jobs */
export function jobRoutes(scheduler: Scheduler): Router {
  const routes = Router();
  routes.get("/", async (request, response) => {
    response.json(await scheduler.list(listRequest(request.query)));
  });
  routes.post("/", async (request, response) => {
    // What it has to be register says, of each field.
    const reply = await scheduler.register(request.body as JobSpec);
    response
      .status(201)
      .location(`/jobs/${encodeURIComponent(reply.job.id)}`)
      .json(shown(reply));
  });
  routes.get("/:id", answering(scheduler.get));
  routes.patch("/:id", async (request, response) => {
    response.json(shown(await scheduler.update(updateRequest(request.params.id, request.body))));
  });
  routes.delete("/:id", answering(scheduler.cancel));
  routes.post("/:id/pause", answering(scheduler.pause));
  routes.post("/:id/resume", answering(scheduler.resume));
  routes.post("/:id/run", answering(scheduler.runNow));
  return routes;
}

/** /executions */
export function executionRoutes(scheduler: Scheduler): Router {
  const routes = Router();
  routes.get("/", async (request, response) => {
    response.json(await scheduler.executions(historyRequest(request.query)));
  });
  routes.get("/:job/:tick", async ({ params: { job, tick } }, response) => {
    response.json(await scheduler.execution({ id: `${job}/${tick}` }));
  });
  return routes;
}

function answering(method: (name: JobName) => Promise<Evident>): RequestHandler<{ id: string }> {
  return async ({ params: { id } }, response) => {
    response.json(shown(await method({ id })));
  };
}

type Evident = { readonly evidence?: Evidence };

/** What a call that is compared says beside its answer is for the comparison alone. */
function shown<R extends Evident>({ evidence: _, ...answer }: R): Omit<R, "evidence"> {
  return answer;
}
