import type { Kernel } from "@oms/data-kernel/client.ts";
import { documents, repeated, wholeLog } from "./audit.ts";
import { http } from "./http.ts";
import type { LoadCall } from "./load.ts";
import { succeed } from "./oms-calls.ts";

const FIXED = 250;
/** Every so many commits the caller makes one again under its key, as if the answer had got lost. */
const MADE_AGAIN = 5;
const HALVES = ["left", "right"];

type Half = { readonly key: string };

/** What the kernels' callers do, and what they were told: the commit of every acknowledged key. */
export class TwinCalls {
  readonly acknowledged = new Map<string, string>();
  /** Keys of the writes that OMS has acknowledged. */
  readonly written: string[] = [];
  readonly #kernel: Kernel;
  readonly #branch: string;
  #made = 0;

  constructor(kernel: Kernel, branch: string) {
    this.#kernel = kernel;
    this.#branch = branch;
  }

  /** Makes the branch, and the documents that every stream has to bring whole. */
  async begin(): Promise<void> {
    await this.#kernel.createBranch({ name: this.#branch });
    const writes = Array.from({ length: FIXED }, (_, n) => ({
      put: { id: `fixed/${n}`, type: "Fixed", body: {} },
    }));
    await this.#kernel.commit({ branch: this.#branch, key: "fixed", message: "as asked", writes });
  }

  /** To the kernels directly, and through OMS. */
  of(oms: string): LoadCall[] {
    return [
      { name: "commit", weight: 5, make: () => this.#commit() },
      { name: "get", weight: 5, make: () => this.#get() },
      { name: "stream", weight: 1, make: () => this.#stream() },
      { name: "write to OMS", weight: 2, make: (author) => this.#write(oms, author) },
      { name: "read from OMS", weight: 2, make: (author) => this.#read(oms, author) },
    ];
  }

  /** What is wrong with the branch and OMS's own, by name; nothing when each acknowledged commit is there once. */
  async audit(ontology: string): Promise<string[]> {
    const log = (await wholeLog(this.#kernel, this.#branch)).map(({ commit }) => commit);
    const there = new Map(log.map(({ key, id }) => [key, id]));
    const written = (await wholeLog(this.#kernel, ontology)).map(({ commit }) => commit.key);
    const halves = await documents<Half>(this.#kernel, this.#branch, "Half");
    const whole = Map.groupBy(halves, ({ key }) => key);
    return [
      ...[...this.acknowledged].filter(([key, id]) => there.get(key) !== id).map(([key]) => `${key} is lost`),
      ...this.written.filter((key) => !written.includes(key)).map((key) => `${key} is lost`),
      ...repeated([...log.map(({ key }) => key), ...written]).map((key) => `${key} is there twice`),
      ...[...this.acknowledged.keys()]
        .filter((key) => whole.get(key)?.length !== HALVES.length)
        .map((key) => `${key} is not there whole`),
    ];
  }

  async #commit(): Promise<void> {
    const key = `commit-${this.#made++}`;
    const writes = HALVES.map((half) => ({ put: { id: `${key}/${half}`, type: "Half", body: { key } } }));
    const make = () => this.#kernel.commit({ branch: this.#branch, key, message: "as asked", writes });
    const first = await make();
    const again = this.#made % MADE_AGAIN === 0 ? await make() : first;
    if (first.commit === undefined || first.commit.id !== again.commit?.id)
      throw new Error(`${key} was committed as ${first.commit?.id} and as ${again.commit?.id}`);
    this.acknowledged.set(key, first.commit.id);
  }

  /** What was acknowledged last is read, from whichever kernel. */
  async #get(): Promise<void> {
    const key = [...this.acknowledged.keys()].at(-1);
    if (key === undefined) return;
    const found = await this.#kernel.get<Half>(this.#branch, `${key}/right`);
    if (found?.body.key !== key) throw new Error(`${key} is acknowledged and not there`);
  }

  async #stream(): Promise<void> {
    const { length } = await documents(this.#kernel, this.#branch, "Fixed");
    if (length !== FIXED) throw new Error(`${length} of ${FIXED} documents came, without an error`);
  }

  async #write(oms: string, author: string): Promise<void> {
    const key = `Type${this.#made++}`;
    const body = { title: key, properties: [{ name: "description", type: "string" }] };
    await succeed("PUT", `${oms}/object-types/${key}`, { author, body, key });
    this.written.push(key);
  }

  async #read(oms: string, author: string): Promise<void> {
    const key = this.written.at(-1);
    if (key === undefined) return;
    const { status } = await http("GET", `${oms}/object-types/${key}`, { headers: { "oms-author": author } });
    if (status !== 200) throw new Error(`${key} is acknowledged and answers ${status}`);
  }
}
