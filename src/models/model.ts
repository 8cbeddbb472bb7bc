/** What a loaded model offers, whatever its family. */
import type { GenerateOptions } from '../generate/index.ts';
import type { ImageProcessor, ImageSource } from '../image/index.ts';
import type { Work } from './work.ts';

export interface TaskOptions {
  signal?: AbortSignal;
}

export interface WriteOptions extends TaskOptions, GenerateOptions {
  /** Called with every new piece of text, what it starts with included. Only for one text without beams. */
  onText?: (piece: string) => void;
  /** Told how many tokens were written, of all texts together, and how long that took without seeing pictures. */
  onWritten?: (written: { tokens: number; seconds: number }) => void;
}

export interface CaptionOptions extends WriteOptions {
  /** The caption starts with these words. */
  prompt?: string;
}

export interface Caption {
  text: string;
  /** Mean log-probability of the tokens: nearer to 0 is surer. */
  score: number;
  /** Tokens written, the end token included. */
  tokens: number;
}

export interface ClassifyOptions extends TaskOptions {
  /** Words before the label, such as 'a photo of a'. */
  prompt?: string;
}

export interface RankOptions extends TaskOptions {
  /** How many answers of the list are read as a whole; their first words choose them. Default 128. */
  candidates?: number;
}

export interface RankedAnswer {
  text: string;
  /** Log-likelihood of the answer's tokens: nearer to 0 is likelier. */
  score: number;
}

/** Cosine: how near two vectors of one space point, from -1 to 1. Not a probability. */
export type Similarity = number;
/** The probability that a text belongs to a picture, from 0 to 1, judged by reading the text about the picture. */
export type MatchProbability = number;

/** How well one text fits one picture, by every measure that a file has. */
export interface TextScores {
  match?: MatchProbability;
  cosine?: Similarity;
  /** The logit of a head tuned for search: larger is better, for ordering the texts of one picture only. */
  rank?: number;
}

export interface RetrieveOptions extends TaskOptions {
  /** How many of the most similar are read about the picture; the others are left out. Default 128. */
  best?: number;
}

/** One result of a search. */
export interface Found {
  /** Which of the texts, or of the pictures. */
  index: number;
  similarity: Similarity;
  /** What results are ordered by: the similarity and the logit of a match, added. */
  score: number;
}

export interface Retrieved {
  /** For every picture, its texts, best first. */
  textsOf: Found[][];
  /** For every text, its pictures, best first. */
  picturesOf: Found[][];
}

export interface FillOptions extends TaskOptions {
  /** What the text is about; models that read text alone take none. */
  image?: ImageSource;
  /** Guesses that are returned for each missing word. Default 5. */
  best?: number;
}

/** One word that could stand where a mask is. */
export interface WordGuess {
  id: number;
  word: string;
  /** From 0 to 1. */
  probability: number;
}

export interface FilledText {
  /** The text with the likeliest words in place of its masks. */
  text: string;
  /** For each mask, in their order, the guesses when it was filled, likeliest first. */
  words: WordGuess[][];
}

/** Where the words of a text belong in a picture. */
export interface WordAlignment {
  words: string[];
  /** Left, top, right and bottom of each place, in shares of the picture's sides. */
  places: (readonly [number, number, number, number])[];
  /** For each word, how much of it belongs to each place; a word's shares sum to 1. */
  shares: Float32Array[];
}

export interface LoadedModel extends AsyncDisposable {
  /** As given to `load`. */
  readonly id: string;
  readonly family: string;
  /** The tasks that this file can serve. */
  readonly tasks: readonly Task[];
  caption?(images: readonly ImageSource[], options?: CaptionOptions): Promise<Caption[]>;
  /** Texts that go on from their beginnings, which they include. */
  complete?(starts: readonly string[], options?: WriteOptions): Promise<Caption[]>;
  answer?(image: ImageSource, question: string, options?: CaptionOptions): Promise<Caption>;
  classify?(
    image: ImageSource,
    labels: readonly string[],
    options?: ClassifyOptions,
  ): Promise<{ label: string; score: number }>;
  /** The answers of a list, likeliest first; only the best `candidates` are returned. */
  rankAnswers?(
    image: ImageSource,
    question: string,
    answers: readonly string[],
    options?: RankOptions,
  ): Promise<RankedAnswer[]>;
  /** Every score that this file has, for each text; the picture is decoded and seen once where heads share what is seen. */
  compare?(image: ImageSource, texts: readonly string[], options?: TaskOptions): Promise<TextScores[]>;
  /** The probability of each text that it belongs to the picture. */
  match?(image: ImageSource, texts: readonly string[], options?: TaskOptions): Promise<MatchProbability[]>;
  /** How similar each picture is to each text: rows of pictures. */
  similarity?(images: readonly ImageSource[], texts: readonly string[], options?: TaskOptions): Promise<Similarity[][]>;
  /** A vector of length 1 for each picture, in the space that texts share. */
  embedImages?(images: readonly ImageSource[], options?: TaskOptions): Promise<Float32Array[]>;
  embedTexts?(texts: readonly string[], options?: TaskOptions): Promise<Float32Array[]>;
  /** Finds texts for pictures and pictures for texts: by similarity, then the best again by match. */
  retrieve?(images: readonly ImageSource[], texts: readonly string[], options?: RetrieveOptions): Promise<Retrieved>;
  /** The logit of each text that it belongs to the picture, which `retrieve` adds to similarities. */
  matchLogits?(image: ImageSource, texts: readonly string[], options?: TaskOptions): Promise<number[]>;
  /** How well each text fits the picture: larger is better, for ordering only. */
  rank?(image: ImageSource, texts: readonly string[], options?: TaskOptions): Promise<number[]>;
  /** The probability that the text is true of the pictures together. */
  judge?(images: readonly ImageSource[], text: string, options?: TaskOptions): Promise<number>;
  /** Words for the masks of a text, such as 'a [MASK] on the grass', about `options.image` where the model sees pictures. */
  fill?(text: string, options?: FillOptions): Promise<FilledText>;
  /**
   * How single pictures are brought to the model's size. Every task takes pictures that were brought there before, as a
   * `PictureReader` does; models of clips and of regions have none.
   */
  processor?(): ImageProcessor | undefined;
  /** What it costs to run, counted without running it; undefined where that is not known. */
  work?(): Work | undefined;
  /** Which places of the picture the words of a text belong to, by optimal transport between both. */
  align?(image: ImageSource, text: string, options?: TaskOptions): Promise<WordAlignment>;
  release(): Promise<void>;
}

export type Task = 'caption' | 'complete' | 'answer' | 'classify' | 'match' | 'embed' | 'rank' | 'judge' | 'fill';
