/** One call of each task: what is measured again and again. */
import { UsageError } from '../../core/index.ts';
import type { ImageSource } from '../../image/index.ts';
import { need } from '../load.ts';
import type { LoadedModel, Task, WriteOptions } from '../model.ts';

export interface Asked {
  image: ImageSource;
  text?: string;
  /** Pictures of one call, or texts where the task reads no pictures. */
  batch: number;
  signal?: AbortSignal;
  onWritten: NonNullable<WriteOptions['onWritten']>;
}

/** How many pictures go into the model at once: 0 where it reads texts alone, 2 where it judges pairs. */
export const picturesOf = (model: LoadedModel): number => model.work?.()?.input?.[0] ?? 0;

/** @throws UsageError where the file does not serve the task, or the task takes no batch */
export function callOf(model: LoadedModel, task: Task, asked: Asked): () => Promise<unknown> {
  const call = calls[task](model, asked);
  if (asked.batch > 1 && !batched.includes(task))
    throw new UsageError(`${task} takes one picture at a time; a batch is for ${batched.join(', ')}`);
  return call;
}

const batched: readonly Task[] = ['caption', 'embed', 'complete'];

/** What is asked where no text is given. Any will do: its length is what takes time. */
const usual = {
  question: 'what is in the picture?',
  caption: 'a house with a red roof beside a tree',
  masked: 'a [MASK] beside a tree',
  beginning: 'A house with a red roof stands',
};

const calls: Record<Task, (model: LoadedModel, asked: Asked) => () => Promise<unknown>> = {
  caption(model, { image, text, batch, ...options }) {
    const caption = need(model, 'caption');
    return () => caption(Array(batch).fill(image), { ...options, prompt: text });
  },
  complete(model, { image: _, text = usual.beginning, batch, ...options }) {
    const complete = need(model, 'complete');
    return () => complete(Array(batch).fill(text), options);
  },
  answer(model, { image, text = usual.question, batch: _, ...options }) {
    const answer = need(model, 'answer');
    return () => answer(image, text, options);
  },
  classify(model, { image, text = usual.caption, signal }) {
    const classify = need(model, 'classify');
    return () => classify(image, [text], { signal });
  },
  match(model, { image, text = usual.caption, signal }) {
    const match = need(model, 'match');
    return () => match(image, [text], { signal });
  },
  rank(model, { image, text = usual.caption, signal }) {
    const rank = need(model, 'rank');
    return () => rank(image, [text], { signal });
  },
  judge(model, { image, text = usual.caption, signal }) {
    const judge = need(model, 'judge');
    return () => judge(Array(picturesOf(model)).fill(image), text, { signal });
  },
  embed(model, { image, text, batch, signal }) {
    const [see, read] = [need(model, 'embedImages', 'embed'), need(model, 'embedTexts', 'embed')];
    return async () => {
      await see(Array(batch).fill(image), { signal });
      if (text !== undefined) await read([text], { signal });
    };
  },
  fill(model, { image, text = usual.masked, signal }) {
    const fill = need(model, 'fill');
    const about = picturesOf(model) > 0 ? { image } : {};
    return () => fill(text, { ...about, signal });
  },
};
