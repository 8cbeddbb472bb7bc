/** How well texts and pictures belong together: two scores, and a search that uses both. */
import { type NDArray, UsageError } from '../../core/index.ts';
import type { ImageSource } from '../../image/index.ts';
import type { MatchProbability, Retrieved, RetrieveOptions, Similarity, TaskOptions, TextScores } from '../model.ts';
import { pairsToRead, rankFound } from '../retrieval.ts';
import { cosines, inPieces, rowsOf } from '../vectors.ts';
import type { Memory, OpenedBlip } from './opened.ts';

/** Texts that are read at once. */
const textsAtOnce = 32;
/** As the original has it for small sets; 256 for COCO's 5,000 pictures. */
const usualBest = 128;

export const matches = (opened: OpenedBlip) => {
  /** Logits of "does not match" and "matches" for each text about one picture. */
  async function judge(memory: Memory, texts: readonly string[], signal?: AbortSignal): Promise<[number, number][]> {
    const program = await opened.program('match');
    return await inPieces(texts, textsAtOnce, async (piece) => {
      const { logits } = await program.run({ ...(await opened.readAbout(piece)), ...memory }, { signal });
      return rowsOf(logits).map(([no, yes]): [number, number] => [no, yes]);
    });
  }

  /** Every picture alone, so that memory holds one picture's work at a time. */
  async function look(images: readonly ImageSource[], signal?: AbortSignal) {
    const all: { seen: NDArray; vector: Float32Array }[] = [];
    for (const image of images) {
      const { seen, embedding } = await opened.see([image], { embedding: true, signal });
      all.push({ seen, vector: embedding.data as Float32Array });
    }
    return all;
  }

  async function embedImages(images: readonly ImageSource[], { signal }: TaskOptions = {}): Promise<Float32Array[]> {
    return (await look(images, signal)).map(({ vector }) => vector);
  }

  async function embedTexts(texts: readonly string[], { signal }: TaskOptions = {}): Promise<Float32Array[]> {
    const program = await opened.program('embedding');
    return await inPieces(texts, textsAtOnce, async (piece) => {
      const { embedding } = await program.run(await opened.read(piece), { signal });
      return rowsOf(embedding);
    });
  }

  return {
    embedImages,
    embedTexts,

    async matchLogits(image: ImageSource, texts: readonly string[], { signal }: TaskOptions = {}): Promise<number[]> {
      if (texts.length === 0) throw new UsageError('matchLogits: give at least one text');
      // The program that also gives the vector: a file of this kind then needs one for pictures, not two.
      const [{ seen }] = await look([image], signal);
      const logits = await judge(await opened.remember('encoder', seen, signal), texts, signal);
      return logits.map(([, yes]) => yes);
    },

    async match(
      image: ImageSource,
      texts: readonly string[],
      { signal }: TaskOptions = {},
    ): Promise<MatchProbability[]> {
      if (texts.length === 0) throw new UsageError('match: give at least one text');
      const [{ seen }] = await look([image], signal);
      return (await judge(await opened.remember('encoder', seen, signal), texts, signal)).map(probability);
    },

    async compare(image: ImageSource, texts: readonly string[], { signal }: TaskOptions = {}): Promise<TextScores[]> {
      if (texts.length === 0) throw new UsageError('compare: give at least one text');
      const [{ seen, vector }] = await look([image], signal);
      const logits = await judge(await opened.remember('encoder', seen, signal), texts, signal);
      const [similarities] = cosines([vector], await embedTexts(texts, { signal }));
      return logits.map((pair, i) => ({ match: probability(pair), cosine: similarities[i] }));
    },

    async similarity(
      images: readonly ImageSource[],
      texts: readonly string[],
      options: TaskOptions = {},
    ): Promise<Similarity[][]> {
      return cosines(await embedImages(images, options), await embedTexts(texts, options));
    },

    /** What is seen of every picture is kept until the end: 1.8 MB a picture of the base model at 384 pixels. */
    async retrieve(
      images: readonly ImageSource[],
      texts: readonly string[],
      { best = usualBest, signal }: RetrieveOptions = {},
    ): Promise<Retrieved> {
      if (images.length === 0 || texts.length === 0)
        throw new UsageError('retrieve: give at least one picture and one text');
      const pictures = await look(images, signal);
      const vectors = pictures.map(({ vector }) => vector);
      const similarity = cosines(vectors, await embedTexts(texts, { signal }));
      const logits: Map<number, number>[] = [];
      for (const [picture, chosen] of pairsToRead(similarity, best).entries()) {
        const memory = await opened.remember('encoder', pictures[picture].seen, signal);
        const judged = await judge(
          memory,
          chosen.map((text) => texts[text]),
          signal,
        );
        logits.push(new Map(chosen.map((text, i) => [text, judged[i][1]])));
      }
      return rankFound(similarity, logits, best);
    },
  };
};

/** Logits of "does not match" and "matches" → the probability of the second. */
const probability = ([no, yes]: readonly [number, number]): MatchProbability => 1 / (1 + Math.exp(no - yes));
