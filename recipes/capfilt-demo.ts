/**
 * Everything that docs/bootstrap.md needs: a BLIP of 0.3 million numbers that learns, from nothing, to caption and to
 * judge drawings of coloured shapes, a noisy set of such drawings, a third of which has the text of another, and 20 drawings
 * with texts that are right, as people write them.
 *
 * Cost: 0.27 s of one core a step, two minutes in all. It shows how the command is used; it is no benchmark.
 *
 *     npx tsx recipes/capfilt-demo.ts --out runs/capfilt-demo
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { publishTensors, writeSafetensors } from '../src/checkpoint/index.ts';
import { dim, float32, input, int64, Key, ParameterList } from '../src/core/index.ts';
import { Random } from '../src/data/random.ts';
import { decodeImage, encodePng, imageProcessor, type Pixels } from '../src/image/index.ts';
import { blipConfig } from '../src/models/blip/config.ts';
import { retrieving } from '../src/models/blip/finetune.ts';
import { blip } from '../src/models/blip/model.ts';
import { startMomentum } from '../src/models/blip/momentum.ts';
import { captioning } from '../src/models/blip/pretrain.ts';
import { fromPretrained } from '../src/models/blip/pretrained.ts';
import { blipParameters } from '../src/models/blip/tasks.ts';
import { blipNames } from '../src/models/blip/weights.ts';
import { batch as textBatch, tokenizerFromJson, trainWordPiece } from '../src/text/index.ts';
import { batchKey, compileStep, Learner, rateAt } from '../src/train/index.ts';
import { drawWeights } from './first-weights.ts';

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'runs/capfilt-demo' },
    steps: { type: 'string', default: '400' },
    pairs: { type: 'string', default: '120' },
  },
});
const [steps, pairs, size, side] = [Number(values.steps), Number(values.pairs), 32, 32];

const colours = { red: '#d22', green: '#2a2', blue: '#23d', yellow: '#ec1', black: '#111' };
const shapes = {
  square: '<rect x="-1" y="-1" width="2" height="2"/>',
  circle: '<circle r="1"/>',
  triangle: '<path d="M0 -1.1 L1.1 0.9 H-1.1 Z"/>',
  cross: '<path d="M-0.35 -1.1 h0.7 v0.75 h0.75 v0.7 h-0.75 v0.75 h-0.7 v-0.75 h-0.75 v-0.7 h0.75 Z"/>',
};
const things = Object.keys(colours).flatMap((colour) => Object.keys(shapes).map((shape) => `${colour} ${shape}`));
const wordings = [(thing: string) => `a ${thing}`, (thing: string) => `picture of a ${thing}`];

interface Drawing {
  /** Which of the things. */
  kind: number;
  text: string;
  picture: Pixels;
}

/** Drawing number `i`: a thing somewhere on light ground, with one of the wordings. */
async function draw(i: number): Promise<Drawing> {
  const random = new Random(7, i);
  const kind = random.below(things.length);
  const [colour, shape] = things[kind].split(' ') as [keyof typeof colours, keyof typeof shapes];
  const radius = random.between(5, 9);
  const [x, y] = [random.between(radius + 1, side - radius - 1), random.between(radius + 1, side - radius - 1)];
  const ground = `hsl(${random.below(360)} 40% 92%)`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}"><rect width="100%" height="100%" fill="${ground}"/><g fill="${colours[colour]}" transform="translate(${x} ${y}) scale(${radius})">${shapes[shape]}</g></svg>`;
  return { kind, text: random.pick(wordings)(things[kind]), picture: await decodeImage(new TextEncoder().encode(svg)) };
}

const vocabulary = trainWordPiece(
  things.flatMap((thing) => wordings.map((word) => word(thing))),
  { size: 200 },
);
const tokenizer = tokenizerFromJson(vocabulary);
const words = Object.keys(vocabulary.model.vocab as object).length;
const layers = { num_hidden_layers: 2, num_attention_heads: 4 };
const stored = {
  model_type: 'blip',
  architectures: ['BlipForConditionalGeneration'],
  image_text_hidden_size: 32,
  vision_config: { hidden_size: 64, intermediate_size: 128, ...layers, image_size: side, patch_size: 8 },
  text_config: {
    vocab_size: words + 1,
    hidden_size: 64,
    intermediate_size: 128,
    ...layers,
    max_position_embeddings: 40,
    pad_token_id: tokenizer.special.pad,
    sep_token_id: tokenizer.special.sep,
    bos_token_id: words,
  },
};
const config = blipConfig(stored);
const preprocessing = { image_processor_type: 'BlipImageProcessor', size: { height: side, width: side } };
const processor = imageProcessor(preprocessing);

/** Learns to write and to match: contrast, matching with hard negatives, and language modelling, in one step. */
async function learn(drawings: readonly Drawing[], folder: string): Promise<void> {
  const parameters = new ParameterList();
  const inputs = {
    pixels: input('pixels', [size, 3, side, side]),
    ids: input('ids', [size, dim('tokens')], 'int64'),
    mask: input('mask', [size, dim('tokens')], 'int64'),
    pictureIds: input('pictureIds', [size], 'int64'),
    alpha: input('alpha', []),
    key: input('key', [], 'int64'),
  };
  // All drawings of a thing are one picture here: their texts are right for each other, and no negatives.
  const { itc, itm, online, moves } = retrieving(parameters.root, config, inputs, {
    queue: 128,
    key: new Key(inputs.key),
  });
  const lm = captioning(blip(parameters.root, config), config, { ...inputs, seen: online.seen }, { smoothing: 0 });
  await using step = await compileStep({
    parameters,
    inputs,
    loss: itc.loss.add(itm.loss).add(lm.loss),
    metrics: { itc: itc.loss, itm: itm.loss, lm: lm.loss },
    trainable: (path) => !/^(momentum|queue)\./.test(path),
    moves,
  });
  drawWeights(step, 1);
  step.store.load(startMomentum(step.store.views()));
  const learner = new Learner(step, {});
  for (let count = 1; count <= steps; count++) {
    const random = new Random(8, count);
    const chosen = Array.from({ length: size }, () => random.pick(drawings));
    const { ids, mask } = textBatch(
      tokenizer,
      chosen.map(({ text }) => text),
      { padId: config.pad },
    );
    const batch = {
      pixels: processor.batch(chosen.map(({ picture }) => picture)).pixelValues,
      ...{ ids, mask },
      pictureIds: int64(
        [size],
        chosen.map(({ kind }) => kind),
      ),
      alpha: float32([], [0]),
    };
    const rate = rateAt({ kind: 'cosine', peak: 2e-3, warmup: 50, steps, floor: 2e-5 }, count - 1);
    const { metrics } = await learner.update(async () => ({ batch, key: batchKey(1, count) }), { rate, count });
    if (count % 50 === 0)
      console.log(
        `step ${count} of ${steps}: ${Object.entries(metrics)
          .map(([name, loss]) => `${name} ${loss.toFixed(3)}`)
          .join(', ')}`,
      );
  }
  const whole = blipParameters(config, { encoder: true, decoder: true, heads: true });
  const weights = publishTensors(fromPretrained(learner.weights, whole), blipNames);
  mkdirSync(folder, { recursive: true });
  await writeSafetensors(join(folder, 'model.safetensors'), weights, { metadata: { format: 'pt' } });
  for (const [name, content] of Object.entries({
    'config.json': stored,
    'tokenizer.json': vocabulary,
    'preprocessor_config.json': preprocessing,
  }))
    writeFileSync(join(folder, name), JSON.stringify(content));
}

/** Pair 3k has the text of another thing. */
const noisy = (drawings: readonly Drawing[]): Drawing[] =>
  drawings.map((drawing, i) => {
    const other = drawings.find(({ kind }, j) => j > i && kind !== drawing.kind) ?? drawings[0];
    return i % 3 === 0 ? { ...drawing, text: other.text } : drawing;
  });

/** A folder of PNG files with a table of texts; picture `broken` is none. */
async function writePairs(drawings: readonly Drawing[], folder: string, { broken = -1 } = {}): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const rows = ['file_name\ttext'];
  for (const [i, { text, picture }] of drawings.entries()) {
    const name = `${String(i).padStart(3, '0')}.png`;
    rows.push(`${name}\t${text}`);
    writeFileSync(join(folder, name), i === broken ? 'not found' : await encodePng(picture));
  }
  writeFileSync(join(folder, 'captions.tsv'), `${rows.join('\n')}\n`);
}

const many = (from: number, count: number) => Promise.all(Array.from({ length: count }, (_, i) => draw(from + i)));
await learn(await many(0, 1500), join(values.out, 'model'));
await writePairs(noisy(await many(10_000, pairs)), join(values.out, 'web'), { broken: 10 });
await writePairs(await many(20_000, 20), join(values.out, 'people'));
console.log(
  `${values.out}/model captions and matches; ${values.out}/web holds ${pairs} noisy pairs, ${values.out}/people 20 right ones`,
);
