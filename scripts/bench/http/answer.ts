const WIDTH = 512;

/** As large as the answer to one text, and as OMS's two sides would both give it. */
export const ANSWER = {
  modelVersion: "bench",
  embedding: {
    vector: Array.from({ length: WIDTH }, (_, index) => Math.fround(Math.sin(index + 1) / 16)),
    poorlyCovered: false,
    truncated: false,
  },
};
