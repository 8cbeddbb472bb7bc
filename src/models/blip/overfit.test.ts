/**
 * Ten examples learned by heart, then asked for by name: near-zero loss and the right words. A label that moves twice, or
 * not at all, learns to near-zero loss too and then says the wrong words, so both are looked at.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { publishTensors, writeSafetensors } from '../../checkpoint/index.ts';
import { float32, input, int64, type NDArray, ParameterList, type Tensor } from '../../core/index.ts';
import { imageProcessor } from '../../image/index.ts';
import { batch, tokenizerFromJson, trainWordPiece } from '../../text/index.ts';
import { compileStep, Learner } from '../../train/index.ts';
import { load } from '../load.ts';
import { type BlipConfig, blipConfig } from './config.ts';
import { answering } from './finetune.ts';
import { type Blip, blip } from './model.ts';
import { captioning } from './pretrain.ts';
import { noise, tinyConfig, tinyProcessor } from './testing.ts';
import { blipNames } from './weights.ts';

const root = mkdtempSync(join(tmpdir(), 'blip-overfit-'));
afterAll(() => rmSync(root, { recursive: true }));

const pictures = Array.from({ length: 10 }, (_, i) => noise(i + 1));
const captions = ['red', 'green', 'blue', 'grey', 'pink'].flatMap((c) => [`a ${c} cat on a mat`, `two ${c} dogs`]);
const questions = pictures.map((_, i) => ['what is it', 'how many are there'][i % 2]);
const answers = captions.map((caption, i) => (i % 2 ? caption : caption.split(' ').slice(1, 3).join(' ')));

const vocabulary = trainWordPiece([...captions, ...questions, ...answers], { size: 100 });
const tokenizer = tokenizerFromJson(vocabulary);
const stored = tinyConfig(vocabulary.model.vocab as Record<string, number>);
const config = blipConfig(stored);

type Named<T> = Record<string, T>;
const rows = (texts: readonly string[]) => batch(tokenizer, texts, { padId: config.pad });

/** Trains on one batch of everything and writes a model folder. */
async function learn(
  name: string,
  feeds: Named<NDArray>,
  lossOf: (model: Blip, config: BlipConfig, inputs: Named<Tensor>) => Tensor,
): Promise<{ loss: number; folder: string }> {
  const parameters = new ParameterList();
  const inputs = Object.fromEntries(
    Object.entries(feeds).map(([key, { shape, dtype }]) => [key, input(key, shape, dtype)]),
  );
  const loss = lossOf(blip(parameters.root, config), config, inputs);
  await using step = await compileStep({ parameters, inputs, loss });
  step.store.initialise(2);
  const learner = new Learner(step, { optimizer: { decay: 0 } });
  let last = Number.POSITIVE_INFINITY;
  for (let count = 1; count <= 400 && last > 0.01; count++) {
    const next = async () => ({ batch: feeds, key: count });
    last = (await learner.update(next, { rate: 3e-3 * Math.min(1, count / 20), count })).loss;
  }
  const folder = join(root, name);
  await mkdir(folder);
  await writeSafetensors(join(folder, 'model.safetensors'), publishTensors(learner.weights, blipNames));
  for (const [file, value] of Object.entries({
    'config.json': stored,
    'tokenizer.json': vocabulary,
    'preprocessor_config.json': tinyProcessor,
  }))
    await writeFile(join(folder, file), JSON.stringify(value));
  return { loss: last, folder };
}

const pixels = imageProcessor(tinyProcessor).batch(pictures).pixelValues;

test('captions', async () => {
  const { ids, mask } = rows(captions);
  const { loss, folder } = await learn(
    'captions',
    { pixels, ids, mask },
    (model, config, x) =>
      captioning(model, config, { seen: model.see(x.pixels), ids: x.ids, mask: x.mask }, { smoothing: 0 }).loss,
  );
  expect(loss).toBeLessThan(0.05);
  await using model = await load(folder);
  expect((await model.caption!(pictures)).map(({ text }) => text)).toEqual(captions);
});

test('answers, which come in another order than their questions', async () => {
  const [question, answer] = [rows(questions), rows(answers.toReversed())];
  const feeds = {
    pixels,
    question: question.ids,
    questionMask: question.mask,
    answer: answer.ids,
    answerMask: answer.mask,
    of: int64([10], [...pictures.keys()].reverse()),
    weight: float32([10], Array(10).fill(1)),
  };
  const { loss, folder } = await learn('answers', feeds, (model, config, x) => {
    const batch = {
      question: { ids: x.question, mask: x.questionMask },
      answer: { ids: x.answer, mask: x.answerMask },
      of: x.of,
      weight: x.weight,
      seen: model.see(x.pixels),
    };
    return answering(model, config, batch, { smoothing: 0 }).loss;
  });
  expect(loss).toBeLessThan(0.05);
  await using model = await load(folder);
  for (const [i, picture] of pictures.entries()) {
    expect((await model.answer!(picture, questions[i])).text).toBe(answers[i]);
    expect((await model.rankAnswers!(picture, questions[i], answers))[0].text).toBe(answers[i]);
  }
});
