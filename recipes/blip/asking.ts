/** Learning to answer questions about pictures (section 4.2): the encoder reads a question, the decoder writes its answer. */
import { dim, float32, input, int64, type NDArray, type Params, type Tensor } from '../../src/core/index.ts';
import type { Random } from '../../src/data/random.ts';
import { answering } from '../../src/models/blip/finetune.ts';
import { blip } from '../../src/models/blip/model.ts';
import { batch as textBatch } from '../../src/text/index.ts';
import { type Lesson, pixelInput, size } from './learn.ts';
import type { Setup } from './setup.ts';
import type { Asked } from './world.ts';

type Inputs = Record<'pixels' | 'question' | 'questionMask' | 'answer' | 'answerMask' | 'of' | 'weight', Tensor>;

/** Questions drawn at random, each with its one answer. */
export function answeringLesson(asked: readonly Asked[], setup: Setup): Lesson<Inputs> {
  const { config, tokenizer, processor } = setup;
  const rows = (texts: readonly string[]) => textBatch(tokenizer, texts, { padId: config.pad });
  const ids = (name: string, length: string) => input(name, [size, dim(length)], 'int64');
  return {
    inputs: {
      pixels: pixelInput(setup),
      question: ids('question', 'words'),
      questionMask: ids('questionMask', 'words'),
      answer: ids('answer', 'tokens'),
      answerMask: ids('answerMask', 'tokens'),
      of: input('of', [size], 'int64'),
      weight: input('weight', [size]),
    },
    objective: (p: Params, x: Inputs) => {
      const model = blip(p, config);
      const batch = {
        question: { ids: x.question, mask: x.questionMask },
        answer: { ids: x.answer, mask: x.answerMask },
        of: x.of,
        weight: x.weight,
        seen: model.see(x.pixels),
      };
      return { loss: answering(model, config, batch).loss };
    },
    batch: (random: Random): Record<string, NDArray> => {
      const chosen = random.sample(asked, size);
      const question = rows(chosen.map((one) => one.question));
      const answer = rows(chosen.map((one) => one.answer));
      return {
        pixels: processor.batch(chosen.map(({ picture }) => picture)).pixelValues,
        question: question.ids,
        questionMask: question.mask,
        answer: answer.ids,
        answerMask: answer.mask,
        of: int64([size], [...chosen.keys()]),
        weight: float32([size], Array(size).fill(1)),
      };
    },
  };
}
