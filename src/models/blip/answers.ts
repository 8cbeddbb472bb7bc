/** Answers to a question about a picture: written freely, or the likeliest of a list. */
import { int64, UsageError } from '../../core/index.ts';
import type { ImageSource } from '../../image/index.ts';
import type { Caption, CaptionOptions, RankedAnswer, RankOptions, TaskOptions } from '../model.ts';
import { bestOf } from '../retrieval.ts';
import { wordIds, writeTexts } from '../writing.ts';
import type { Memory, OpenedBlip } from './opened.ts';

/** The original reads this many answers of a list to the end. */
const usualCandidates = 128;

export const answers = (opened: OpenedBlip) => {
  const { bos, eos, pad, text } = opened.config;

  /** A question read about a picture: what answers need of it. */
  async function ask(image: ImageSource, question: string, { signal }: TaskOptions): Promise<Memory> {
    if (!question.trim()) throw new UsageError('answer: the question is empty');
    const [{ seen }, text] = await Promise.all([opened.see([image], { signal }), opened.readAbout([question])]);
    const memory = await opened.remember('encoder', seen, signal);
    return await (await opened.program('question')).run({ ...text, ...memory }, { signal });
  }

  return {
    async answer(
      image: ImageSource,
      question: string,
      { prompt = '', ...options }: CaptionOptions = {},
    ): Promise<Caption> {
      const opening = opened.program('text');
      const [memory, tokenizer] = await Promise.all([ask(image, question, options), opened.tokenizer(), opening]);
      const writer = { decoder: await opened.decoder(memory), tokenizer, eos, pad, positions: text.positions };
      const start = [bos, ...wordIds(tokenizer, prompt)];
      const [answer] = await writeTexts(writer, { prompts: [start], hidden: 1 }, options);
      return answer;
    },

    /**
     * The first words of all answers choose `candidates` of them, whose tokens are then read to the end, as in the
     * original: its 3,128 answers would take long otherwise.
     */
    async rankAnswers(
      image: ImageSource,
      question: string,
      list: readonly string[],
      { candidates = usualCandidates, signal }: RankOptions = {},
    ): Promise<RankedAnswer[]> {
      if (list.length === 0) throw new UsageError('rankAnswers: give at least one answer');
      const [memory, tokenizer] = await Promise.all([ask(image, question, { signal }), opened.tokenizer()]);
      const spelled = list.map((text) => [bos, ...wordIds(tokenizer, text), eos]);
      const decoder = await opened.decoder(memory);
      const { data: first } = await decoder.begin(int64([1, 1], [bos]), int64([1, 1], [1]), signal);
      const likely = bestOf(
        spelled.map((ids) => Number(first[ids[1]])),
        candidates,
      );
      const length = Math.max(...likely.map((i) => spelled[i].length));
      const grid = (cell: (ids: number[], t: number) => number) =>
        int64(
          [1, likely.length, length],
          likely.flatMap((i) => Array.from({ length }, (_, t) => cell(spelled[i], t))),
        );
      const feeds = { ids: grid((ids, t) => ids[t] ?? pad), mask: grid((ids, t) => Number(t < ids.length)), ...memory };
      const { loss } = await (await opened.program('ranking')).run(feeds, { signal });
      const scores = Array.from(loss.data as Float32Array, (value) => -value);
      return bestOf(scores, scores.length).map((i) => ({ text: list[likely[i]], score: scores[i] }));
    },
  };
};
