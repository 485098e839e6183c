import { once } from "node:events";
import { installPeer, loadPeer } from "../peers.ts";
import { NO_OP } from "./strangled.ts";

const VERSIONS = { tzientist: "3.2.0", opossum: "10.0.0", "unleash-client": "6.12.1" } as const;

type Call = (value: number) => Promise<unknown>;

type Tzientist = {
  readonly experimentAsync: (parts: {
    readonly name: string;
    readonly control: Call;
    readonly candidate: Call;
    readonly options: { readonly enabled: () => boolean; readonly publish: () => void };
  }) => Call;
};
type Opossum = new (call: Call, options: { readonly timeout: false }) => { readonly fire: Call };
type UnleashClient = {
  readonly Unleash: new (
    options: object,
  ) => NodeJS.EventEmitter & {
    readonly getVariant: (flag: string, context: object) => { readonly name: string };
    readonly destroy: () => void;
  };
};

export type Peers = {
  readonly tzientist: { readonly disabled: Call; readonly enabled: Call };
  readonly opossum: Call;
  /** Asks for the variant of an author, whose flag is sticky at 50 %, and calls the no-op. */
  readonly getVariant: Call;
  readonly close: () => void;
};

/** The same no-op behind each peer, as its documentation says, with what it does by default left out where it may be. */
export async function openPeers(
  { flagsUrl, author }: { flagsUrl: string; author: string },
  progress: (text: string) => void,
): Promise<Peers> {
  for (const [name, version] of Object.entries(VERSIONS)) await installPeer(name, version, progress);
  const { experimentAsync } = loadPeer("tzientist") as Tzientist;
  const experiment = (enabled: boolean) =>
    experimentAsync({
      name: "no-op",
      control: NO_OP.call,
      candidate: NO_OP.call,
      options: { enabled: () => enabled, publish() {} },
    });
  const breaker = new (loadPeer("opossum") as Opossum)(NO_OP.call, { timeout: false });
  const { Unleash } = loadPeer("unleash-client") as UnleashClient;
  const unleash = new Unleash({ url: `${flagsUrl}/api/`, appName: "peer", refreshInterval: 60_000 });
  await once(unleash, "synchronized");
  const context = { userId: author, properties: { author } };
  return {
    tzientist: { disabled: experiment(false), enabled: experiment(true) },
    opossum: (value) => breaker.fire(value),
    async getVariant(value) {
      unleash.getVariant("oms.some-live", context);
      return NO_OP.call(value);
    },
    close: () => unleash.destroy(),
  };
}
