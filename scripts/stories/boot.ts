import type { Story } from "../story/story.ts";

export const story: Story = {
  title: "The system comes up, answers, and stops",
  summary: "Every process is started in order, is ready by its own word, and ends when it is told to.",
  run: async ({ system, progress, check, until, http, figures }) => {
    progress("starting both data-kernels, the services and OMS");
    const { oms, ...others } = await system.start([
      "data-kernel",
      "data-kernel-2",
      "embedding-service",
      "scheduler-api",
      "scheduler-worker",
      "event-gateway",
      "oms",
    ]);

    progress("asking each whether it is ready");
    const { addresses } = system;
    const { kernelHttp, kernel2Http, embeddingHttp, schedulerHttp, schedulerWorkerHttp, eventGatewayHttp } =
      addresses;
    const services = [embeddingHttp, schedulerHttp, schedulerWorkerHttp, eventGatewayHttp];
    for (const url of [addresses.oms, kernelHttp, kernel2Http, ...services]) {
      check((await http("GET", `${url}/ready`)).status === 200, `${url} is ready`);
    }

    progress("killing OMS and starting it again");
    oms.kill("SIGKILL");
    check((await oms.exited()).signal === "SIGKILL", "OMS was killed");
    await oms.restart();
    await until(
      async () => (await http("GET", `${system.addresses.oms}/health`)).status === 200,
      "OMS answers again",
    );

    progress("stopping all of it");
    const handles = [oms, ...Object.values(others)];
    for (const handle of handles) {
      await handle.stop();
      check((await handle.exited()).code === 0, `${handle.name} ends with code 0`);
    }
    figures["processes"] = handles.length;
  },
};
