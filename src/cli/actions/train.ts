/** `sightread train`: a GIT model learns from captioned pictures. */
import { dim, input, Key, ParameterList, type Tensor } from '../../core/index.ts';
import { IGNORED, paddedRows } from '../../data/index.ts';
import { git } from '../../models/git/model.ts';
import { languageModelling } from '../../models/git/pretrain.ts';
import { defaultModel } from '../../models/load.ts';
import { type BatchSource, compileStep, train as run, type TrainStep, terminalProgress } from '../../train/index.ts';
import type { TrainFlags } from '../commands/train.ts';
import { loading } from '../model.ts';
import { measure } from '../numbers.ts';
import type { Session } from '../session.ts';
import { type Examples, openExamples } from '../training/examples.ts';
import { openJudge, writeModel } from '../training/result.ts';
import { newModel, newSide, type Start, startFrom, startNew } from '../training/start.ts';

export async function train(flags: TrainFlags, session: Session): Promise<void> {
  const { stdout, stderr, signal } = session;
  const { out, steps, saveEvery, evaluateEvery = saveEvery, seed } = flags;
  const fresh = flags.model === newModel;
  const given = fresh
    ? undefined
    : await loading(session, (options) => startFrom(flags.model, { ...flags, ...options }));
  const side = given?.config.vision.imageSize ?? newSide;
  const data = await openExamples(flags.data, { holdOut: flags.holdOut, seed, side }, session);
  const start = given ?? startNew(data.texts);
  const batches = batchesOf(data, start, flags.batch);
  await using step = await compileTraining(start, (await batches(0)).pixels.shape, flags);
  if (start.weights) step.store.load(start.weights);
  else step.store.initialise(seed);
  stderr.write(
    `${data.summary}\n${measure(4 * step.store.values.length, 'B')} of weights, ${step.store.trainable.length} of ${step.store.slots.length} tensors learn\n`,
  );

  const { warmup = Math.min(200, Math.floor(steps / 10)), rate } = flags;
  const judge = data.heldOut.length > 0 ? openJudge({ folder: out, model: start, pictures: data.heldOut }) : undefined;
  const result = await run({
    step,
    data: batches,
    steps,
    schedule: { kind: 'cosine', peak: rate, warmup, steps, floor: rate / 100 },
    optimizer: { decay: flags.decay },
    accumulate: flags.accumulate,
    clip: flags.clip,
    average: flags.average,
    seed,
    folder: out,
    title: `${flags.model ?? defaultModel} on ${flags.data}`,
    saveEvery,
    evaluateEvery,
    ...(judge && { evaluate: judge.evaluate, beside: true }),
    onEvaluation({ step, fault }) {
      if (fault) stderr.write(`\nthe model after step ${step} was not judged: ${fault}\n`);
    },
    settings: { data: flags.data, model: flags.model ?? defaultModel, batch: flags.batch, freeze: flags.freeze },
    signal,
    onProgress: terminalProgress({
      stream: { isTTY: stderr.isTTY === true, write: (text) => Boolean(stderr.write(text)) },
    }),
  }).finally(() => judge?.close());
  await writeModel(out, start, result.weights);
  if (result.finished) stdout.write(`${out}\n`);
  else {
    stderr.write(`stopped after step ${result.step} of ${steps}; the same command goes on from there\n`);
    session.exitCode = 130;
  }
}

/** Forward, loss and gradients for batches of pictures of `shape` [b, 3, h, w]. */
function compileTraining(
  { config }: Start,
  shape: readonly number[],
  { freeze, smoothing, threads, recompute, accumulate }: TrainFlags,
): Promise<TrainStep> {
  const parameters = new ParameterList();
  const [batch] = shape;
  const inputs: Record<string, Tensor> & Record<'pixels' | 'ids' | 'labels', Tensor> = {
    pixels: input('pixels', shape),
    ids: input('ids', [batch, dim('tokens')], 'int64'),
    labels: input('labels', [batch, dim('tokens')], 'int64'),
  };
  const drops = config.dropout.hidden + config.dropout.attention > 0;
  if (drops) inputs.key = input('key', [], 'int64');
  const key = drops ? new Key(inputs.key) : undefined;
  const loss = languageModelling(git(parameters.root, config), inputs, key, { smoothing, spread: 'others' });
  const trainable = (path: string) => !freeze.some((part) => path === part || path.startsWith(`${part}.`));
  return compileStep({ parameters, inputs, loss, trainable, threads, recompute, adds: accumulate > 1 });
}

/** Batch i holds the examples from i × size on: pixels [b, 3, h, w], ids and labels [b, t]. */
function batchesOf({ take }: Examples, { config, tokenizer, processor }: Start, size: number): BatchSource {
  const idsOf = (caption: string) => {
    const words = tokenizer.encode(caption, { specialTokens: false }).ids.slice(0, config.text.positions - 2);
    return [config.bos, ...words, config.eos];
  };
  return async (index) => {
    const examples = await Promise.all(Array.from({ length: size }, (_, i) => take(index * size + i)));
    const rows = examples.map(({ caption }) => idsOf(caption));
    return {
      pixels: processor.batch(examples.map(({ picture }) => picture)).pixelValues,
      ids: paddedRows(rows, config.pad),
      labels: paddedRows(rows, IGNORED),
    };
  };
}
