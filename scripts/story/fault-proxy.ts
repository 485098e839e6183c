import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/**
 * What becomes of bytes on their way: `slow` holds each answer back for so many milliseconds, `garbage` puts random
 * bytes in place of answers, `hole` lets nothing through and says nothing, `cut` ends connections and refuses new ones.
 */
export type Fault = "none" | { readonly slow: number } | "garbage" | "hole" | "cut";

/** A TCP proxy in front of a service, whose faults come and go while connections stay open. */
export class FaultProxy {
  readonly #target: { readonly host: string; readonly port: number };
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #fault: Fault = "none";

  private constructor(target: string) {
    const [host = "", port = ""] = target.split(":");
    this.#target = { host, port: Number(port) };
    this.#server = createServer((client) => this.#connect(client));
  }

  /** `target` is `host:port`; the proxy listens on a free port of the same host. */
  static async open(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    proxy.#server.listen(0, proxy.#target.host);
    await once(proxy.#server, "listening");
    return proxy;
  }

  /** `host:port`. */
  get address(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `${address}:${port}`;
  }

  /** Holds from now on, for open connections as well. */
  set(fault: Fault): void {
    this.#fault = fault;
    if (fault === "cut") for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.set("cut");
    this.#server.close();
    await once(this.#server, "close");
  }

  #connect(client: Socket): void {
    if (this.#fault === "cut") {
      client.destroy();
      return;
    }
    const service = connect(this.#target);
    this.#join(client, service, (bytes) => this.#fault !== "hole" && service.write(bytes));
    this.#join(service, client, (bytes) => this.#answer(client, bytes));
  }

  #join(from: Socket, to: Socket, pass: (bytes: Buffer) => void): void {
    this.#sockets.add(from);
    from.on("data", pass);
    from.on("error", () => to.destroy());
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }

  #answer(client: Socket, bytes: Buffer): void {
    const fault = this.#fault;
    if (fault === "hole" || fault === "cut") return;
    if (fault === "none") client.write(bytes);
    else if (fault === "garbage") client.write(randomBytes(bytes.length));
    else setTimeout(() => client.writable && client.write(bytes), fault.slow);
  }
}
