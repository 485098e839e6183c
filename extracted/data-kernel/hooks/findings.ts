import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Finding } from "./hook.ts";

/** What a ServiceError carries. */
const LISTED = 20;

/** What hooks find in one commit: as many as an answer lists, and how many there are. */
export class Findings {
  readonly #listed: Finding[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(findings: readonly Finding[]): void {
    this.#count += findings.length;
    this.#listed.push(...findings.slice(0, LISTED - this.#listed.length));
  }

  /** FAILED_PRECONDITION with every finding; where there are too many, the last place says how many more. */
  refusal(): ServiceError {
    const [first] = this.#listed;
    const others = this.#count > 1 ? `, and ${this.#count - 1} more` : "";
    const fits = this.#count <= LISTED;
    const violations = fits ? this.#listed : [...this.#listed.slice(0, LISTED - 1), this.#rest()];
    return new ServiceError("FAILED_PRECONDITION", `${first?.field} ${first?.message}${others}`, violations);
  }

  #rest(): Finding {
    return { field: "writes", message: `have ${this.#count - LISTED + 1} more findings` };
  }
}
