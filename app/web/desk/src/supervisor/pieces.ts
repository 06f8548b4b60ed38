// The words of a turn with where they are heard: between its beginning and its end as far on as they stand in it. Pure.

export interface Piece {
  text: string;
  /** Seconds from the first bridging. */
  at: number;
}

const words = new Intl.Segmenter("zh", { granularity: "word" });

export const pieces = ({ text, start, end }: { text: string; start: number; end: number }): Piece[] =>
  [...words.segment(text)].map(({ segment, index }) => ({ text: segment, at: start + ((end - start) * index) / text.length }));
