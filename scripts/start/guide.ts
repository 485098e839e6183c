import type { Settings } from "../settings.ts";
import { addressesOf } from "../system/addresses.ts";

/** What a newcomer wants to know of a system that has just become ready. */
export function guide(settings: Settings, seconds: number): string {
  const at = addressesOf(settings);
  const login = settings.given.unleash === undefined ? "  (admin / unleash4all)" : "";
  const embedding =
    settings.given.embedding === undefined ? `\n  embedding  ${at.embeddingHttp}/metrics` : "";
  const scheduler =
    settings.given.scheduler === undefined ? `\n  scheduler  ${at.schedulerHttp}/metrics` : "";
  const gateway =
    settings.given.eventGateway === undefined ? `\n  events     ${at.eventGatewayHttp}/metrics` : "";
  const flag = (name: string): string => `${settings.flagPrefix}oms.${name}`;
  return `
ready in ${seconds.toFixed(1)} s

  OMS        ${at.oms}
  Unleash    ${at.unleash}${login}
  metrics    ${at.oms}/metrics${embedding}${scheduler}${gateway}

Try:
  curl -s ${at.oms}/object-types
  curl -s ${at.oms}/search -H 'content-type: application/json' -d '{"query":"a city by the sea","k":3}'
  curl -s ${at.oms}/similarity -H 'content-type: application/json' -d '{"a":"a fast car","b":"a quick automobile"}'
  curl -s ${at.oms}/jobs
  curl -s ${at.oms}/events -H 'content-type: application/cloudevents+json' \\
    -d '{"specversion":"1.0","id":"1","source":"/tour","type":"oms.ontology.released","data":{"version":7}}'

Then edit the weight of "live" in the flags ${flag("embedding")}, ${flag("scheduler")} and ${flag("events")} in Unleash, and watch:
  npm run strangler -- status
  npm run strangler -- report embedding
  npm run strangler -- handover scheduler --status
  npm run strangler -- handover events --status

Logs: npm start -- --logs NAME     Stop: Ctrl-C
`;
}
