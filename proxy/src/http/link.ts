import { holding } from "./outgoing.ts";
import type { HttpService } from "./service.ts";
import { streaming } from "./streaming.ts";

/** A service and the connections to it. */
export type Link = {
  readonly service: HttpService;
  readonly hold: ReturnType<typeof holding>;
  readonly stream: ReturnType<typeof streaming>;
};

export type OpenLink = () => Promise<Link> | undefined;

/** Opened when it is first asked for, once; asked for anew when that fails. */
export function linkTo(service: () => Promise<HttpService> | undefined): OpenLink {
  let link: Promise<Link> | undefined;
  return () => {
    link ??= service()?.then((known) => ({
      service: known,
      hold: holding(known.url),
      stream: streaming(known.url),
    }));
    link?.catch(() => {
      link = undefined;
    });
    return link;
  };
}
