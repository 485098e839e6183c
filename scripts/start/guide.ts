import type { Settings } from "../settings.ts";
import { addressesOf } from "../system.ts";

/** What a newcomer wants to know of a system that has just become ready. */
export function guide(settings: Settings, seconds: number): string {
  const at = addressesOf(settings);
  const login = settings.given.unleash === undefined ? "  (admin / unleash4all)" : "";
  const url = settings.given.embedding === undefined ? `\n  embedding  ${at.embeddingHttp}/metrics` : "";
  return `
ready in ${seconds.toFixed(1)} s

  OMS        ${at.oms}
  Unleash    ${at.unleash}${login}
  metrics    ${at.oms}/metrics${url}

Try:
  curl -s ${at.oms}/object-types
  curl -s ${at.oms}/search -H 'content-type: application/json' -d '{"query":"a city by the sea","k":3}'
  curl -s ${at.oms}/similarity -H 'content-type: application/json' -d '{"a":"a fast car","b":"a quick automobile"}'

Then edit the weight of "live" in the flag ${settings.flagPrefix}oms.embedding in Unleash, and watch:
  npm run strangler -- status
  npm run strangler -- report embedding

Logs: npm start -- --logs NAME     Stop: Ctrl-C
`;
}
