/** A reply of the store as a page: `nextPageToken` is "" on the last. */
export type Paged<R> = Omit<R, "more"> & { readonly nextPageToken: string };
