/** What a server said, or why it said nothing. */
export type Heard<T> = { readonly said: T } | { readonly silent: string };

export async function heard<T>(answer: Promise<T>): Promise<Heard<T>> {
  try {
    return { said: await answer };
  } catch (error) {
    return { silent: error instanceof Error ? error.message : String(error) };
  }
}
