/** What a person asks of a joint model, as far as its file can serve it. */
import { UsageError } from '../../core/index.ts';
import type { ImageSource } from '../../image/index.ts';
import type { Caption, LoadedModel, MatchProbability, RankedAnswer, Task, TaskOptions, TextScores } from '../model.ts';
import { inPieces } from '../vectors.ts';
import { aligns } from './align.ts';
import { fills } from './fill.ts';
import { aboutFirst, type OpenedJoint } from './opened.ts';
import { jointWork } from './work.ts';

export function jointTasks(opened: OpenedJoint): Partial<LoadedModel> & { tasks: readonly Task[] } {
  const { heads, images, labels, alignment, processor } = opened.source;
  const has = (head: (typeof heads)[number]) => heads.includes(head);
  const answering = has('classify') && images === 1;
  const judging = has('classify') && images > 1;
  return {
    tasks: [
      ...(answering ? (['answer'] as const) : []),
      ...(judging ? (['judge'] as const) : []),
      ...(has('match') ? (['match'] as const) : []),
      ...(has('rank') ? (['rank'] as const) : []),
      ...(has('fill') ? (['fill'] as const) : []),
    ],
    ...(answering && answers(opened, labels)),
    ...(judging && judges(opened)),
    ...(has('match') && { match: matches(opened) }),
    ...(has('rank') && { rank: ranks(opened) }),
    ...((has('match') || has('rank')) && { compare: compares(opened) }),
    ...(has('fill') && { fill: fills(opened) }),
    ...(processor && { processor }),
    work: () => jointWork(opened.source),
    ...(alignment && images === 1 && { align: aligns(opened, alignment) }),
  };
}

/** Each answer is a question of its own: its score is the logarithm of how probable a yes to it is. */
function answers(opened: OpenedJoint, labels: readonly string[] | undefined) {
  async function scores(image: ImageSource, question: string, signal?: AbortSignal) {
    if (!labels)
      throw new UsageError(
        'answer: nothing says what this file’s answers are; put answers.json, a list of them in order, beside it',
      );
    if (!question.trim()) throw new UsageError('answer: the question is empty');
    const [seen, text] = await Promise.all([opened.see([image], signal), opened.read([question])]);
    const [logits] = await opened.run('classify', { ...seen, ...text, of: aboutFirst(1) }, signal);
    return { labels, logits };
  }

  return {
    async answer(image: ImageSource, question: string, { signal }: TaskOptions = {}): Promise<Caption> {
      const { labels, logits } = await scores(image, question, signal);
      const best = logits.indexOf(Math.max(...logits));
      return { text: labels[best], score: logSigmoid(logits[best]), tokens: 0 };
    },

    async rankAnswers(
      image: ImageSource,
      question: string,
      answers: readonly string[],
      { signal }: TaskOptions = {},
    ): Promise<RankedAnswer[]> {
      const { labels, logits } = await scores(image, question, signal);
      const ranked = answers.map((text) => {
        const at = labels.indexOf(text);
        if (at < 0)
          throw new UsageError(`rankAnswers: '${text}' is not among the ${labels.length} answers of this model`);
        return { text, score: logSigmoid(logits[at]) };
      });
      return ranked.sort((a, b) => b.score - a.score);
    },
  };
}

/** Statements about several pictures. */
const judges = (opened: OpenedJoint) => ({
  async judge(pictures: readonly ImageSource[], text: string, { signal }: TaskOptions = {}): Promise<number> {
    const { images } = opened.source;
    if (pictures.length !== images) throw new UsageError(`judge: this model judges ${images} pictures together`);
    const feeds = { ...(await opened.read([text])) } as Parameters<OpenedJoint['run']>[1];
    for (const [i, picture] of pictures.entries())
      for (const [name, value] of Object.entries(await opened.see([picture], signal))) feeds[`${i}.${name}`] = value;
    const [[no, yes]] = await opened.run('classify', feeds, signal);
    return sigmoid(yes - no);
  },
});

const matches =
  (opened: OpenedJoint) =>
  async (image: ImageSource, texts: readonly string[], options: TaskOptions = {}): Promise<MatchProbability[]> =>
    (await aboutOne(opened, 'match', image, texts, options)).map(([no, yes]) => sigmoid(yes - no));

const ranks =
  (opened: OpenedJoint) =>
  async (image: ImageSource, texts: readonly string[], options: TaskOptions = {}): Promise<number[]> =>
    (await aboutOne(opened, 'rank', image, texts, options)).map(([score]) => score);

const compares =
  (opened: OpenedJoint) =>
  async (image: ImageSource, texts: readonly string[], options: TaskOptions = {}): Promise<TextScores[]> => {
    const { heads } = opened.source;
    const match = heads.includes('match') ? await matches(opened)(image, texts, options) : undefined;
    const rank = heads.includes('rank') ? await ranks(opened)(image, texts, options) : undefined;
    return texts.map((_, i) => ({ ...(match && { match: match[i] }), ...(rank && { rank: rank[i] }) }));
  };

/** Texts that are read at once. */
const textsAtOnce = 16;

async function aboutOne(
  opened: OpenedJoint,
  head: 'match' | 'rank',
  image: ImageSource,
  texts: readonly string[],
  { signal }: TaskOptions,
): Promise<Float32Array[]> {
  if (texts.length === 0) throw new UsageError(`${head}: give at least one text`);
  const seen = await opened.see([image], signal);
  return await inPieces(texts, textsAtOnce, async (piece) => {
    const rows = await opened.read(piece, { cut: true });
    return await opened.run(head, { ...seen, ...rows, of: aboutFirst(piece.length) }, signal);
  });
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const logSigmoid = (x: number) => (x < 0 ? x - Math.log1p(Math.exp(x)) : -Math.log1p(Math.exp(-x)));
