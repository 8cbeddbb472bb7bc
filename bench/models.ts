/** The models and the picture that the benchmark runs on: random weights, written once into an ignored folder. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configuration, preprocessing } from '../recipes/captioner/setup.ts';
import { publishTensors, writeSafetensors } from '../src/checkpoint/index.ts';
import { encodePng, pixels } from '../src/image/index.ts';
import { gitConfig } from '../src/models/git/config.ts';
import { gitParameters } from '../src/models/git/tasks.ts';
import { gitNames } from '../src/models/git/weights.ts';
import { frcnnConfig } from '../src/models/regions/frcnn/config.ts';
import { frcnnParameters } from '../src/models/regions/frcnn/programs.ts';
import { frcnnNames } from '../src/models/regions/frcnn/weights.ts';
import { tokenizerFromJson, wordPieceJson } from '../src/text/index.ts';
import { initialise } from '../src/train/index.ts';

const root = join(import.meta.dirname, '..');
const folder = join(root, '.cache', 'bench');

export const places = {
  base: join(folder, 'git-base'),
  small: join(folder, 'git-small'),
  detector: join(folder, 'faster-rcnn'),
  picture: join(folder, 'picture.png'),
  profiles: join(folder, 'profiles'),
  command: join(root, 'dist', 'cli', 'main.js'),
  captioner: join(root, 'assets', 'captioner'),
};

/** Vocabulary of the default captioner, and a side at which its training step is neither all matrices nor all overhead. */
const smallVocabulary = 1596;
const smallSide = 112;

/** The layout of `microsoft/git-base`. */
const baseConfig = {
  model_type: 'git',
  architectures: ['GitForCausalLM'],
  vocab_size: 30522,
  hidden_size: 768,
  num_hidden_layers: 6,
  num_attention_heads: 12,
  intermediate_size: 3072,
  hidden_act: 'gelu',
  // Dropout would draw different numbers on the two sides, and their losses could not be compared.
  hidden_dropout_prob: 0,
  attention_probs_dropout_prob: 0,
  max_position_embeddings: 1024,
  layer_norm_eps: 1e-12,
  pad_token_id: 0,
  bos_token_id: 101,
  eos_token_id: 102,
  tie_word_embeddings: false,
  vision_config: {
    model_type: 'git_vision_model',
    hidden_size: 768,
    num_hidden_layers: 12,
    num_attention_heads: 12,
    intermediate_size: 3072,
    image_size: 224,
    patch_size: 16,
    hidden_act: 'quick_gelu',
    layer_norm_eps: 1e-5,
  },
};

const basePreprocessing = {
  ...preprocessing(224),
  size: { shortest_edge: 224 },
  do_center_crop: true,
  crop_size: { height: 224, width: 224 },
};

/** Writes what is not there yet. */
export async function prepare(): Promise<void> {
  mkdirSync(places.profiles, { recursive: true });
  await writeModel(places.base, baseConfig, basePreprocessing, bertPieces(baseConfig.vocab_size));
  const pieces = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...syllables(smallVocabulary - 5)];
  const smallConfig = configuration(tokenizerFromJson(wordPieceJson(pieces)), smallSide);
  await writeModel(places.small, smallConfig, preprocessing(smallSide), pieces);
  await writeDetector(places.detector);
  if (!existsSync(places.picture)) writeFileSync(places.picture, await encodePng(drawing(640, 480)));
}

/** The published Faster R-CNN's sizes, which are the defaults of its configuration. */
async function writeDetector(place: string): Promise<void> {
  const weights = join(place, 'model.safetensors');
  if (existsSync(weights)) return;
  console.error(`writing random weights: ${weights}`);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'config.yaml'), '{}\n');
  const layout = frcnnConfig({});
  await writeSafetensors(weights, publishTensors(initialise(frcnnParameters(layout), 1), frcnnNames(layout)));
}

async function writeModel(place: string, config: object, processor: object, pieces: readonly string[]): Promise<void> {
  const weights = join(place, 'model.safetensors');
  if (existsSync(weights)) return;
  console.error(`writing random weights: ${weights}`);
  mkdirSync(place, { recursive: true });
  const write = (name: string, value: object) => writeFileSync(join(place, name), JSON.stringify(value));
  write('config.json', config);
  write('preprocessor_config.json', processor);
  write('tokenizer.json', wordPieceJson(pieces));
  write('tokenizer_config.json', { tokenizer_class: 'BertTokenizer', do_lower_case: true });
  const layout = gitConfig(config);
  const tensors = publishTensors(initialise(gitParameters(layout), 1), gitNames(layout));
  // transformers refuses files that do not name the framework of their layout.
  await writeSafetensors(weights, tensors, { metadata: { format: 'pt' } });
}

/** BERT's places for the special tokens: 0, and 100 to 103. */
const bertPieces = (size: number): string[] => [
  '[PAD]',
  ...Array.from({ length: 99 }, (_, i) => `[unused${i}]`),
  ...['[UNK]', '[CLS]', '[SEP]', '[MASK]'],
  ...syllables(size - 104),
];

/** Words that are all different, half of them pieces inside words. */
const syllables = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => {
    const word = (i + 26 ** 3).toString(26).replace(/\d/g, (digit) => 'qrstuvwxyz'[Number(digit)]);
    return i % 2 ? `##${word}` : word;
  });

/** A picture with edges and slopes, so that decoding and resizing have real work. */
function drawing(width: number, height: number) {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const inside = Math.hypot(x - width / 2, y - height / 2) < height / 3;
      data.set(
        [inside ? 220 : (x * 255) / width, (y * 255) / height, inside ? 40 : (x ^ y) & 255],
        (y * width + x) * 3,
      );
    }
  return pixels(width, height, data);
}
