/** A name made of parts. One that was asked for before is found by its parts: making it takes longer than counting. */
export class Name {
  readonly text: string;
  readonly #longer = new Map<string | number, Name>();

  constructor(text: string) {
    this.text = text;
  }

  /** This name and one part more. */
  with(part: string | number): Name {
    const known = this.#longer.get(part);
    if (known) return known;
    const longer = new Name(`${this.text}|${part}`);
    this.#longer.set(part, longer);
    return longer;
  }
}
