/** The models and the pictures that the benchmark runs on: random weights, written once into an ignored folder. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { configuration, preprocessing } from '../recipes/captioner/setup.ts';
import { type NameRules, publishTensors, writeSafetensors } from '../src/checkpoint/index.ts';
import type { ParameterList } from '../src/core/index.ts';
import { encodePng, type Pixels, pixels } from '../src/image/index.ts';
import { blipConfig } from '../src/models/blip/config.ts';
import { type BlipParts, blipParameters } from '../src/models/blip/tasks.ts';
import { blipNames } from '../src/models/blip/weights.ts';
import { gitConfig } from '../src/models/git/config.ts';
import { gitParameters } from '../src/models/git/tasks.ts';
import { gitNames } from '../src/models/git/weights.ts';
import { load } from '../src/models/load.ts';
import { frcnnConfig } from '../src/models/regions/frcnn/config.ts';
import { frcnnParameters } from '../src/models/regions/frcnn/programs.ts';
import { frcnnNames } from '../src/models/regions/frcnn/weights.ts';
import { tokenizerFromJson, wordPieceJson } from '../src/text/index.ts';
import { initialise } from '../src/train/index.ts';
import { writeUniter, writeVilt } from './joint-models.ts';

const root = join(import.meta.dirname, '..');
const folder = join(root, '.cache', 'bench');

export const places = {
  captioner: join(root, 'assets', 'captioner'),
  git: join(folder, 'git-base'),
  gitSmall: join(folder, 'git-small'),
  blip: join(folder, 'blip-base'),
  blipVqa: join(folder, 'blip-base-vqa'),
  blipItm: join(folder, 'blip-base-itm'),
  blipSmall: join(folder, 'blip-small'),
  blipDemo: join(folder, 'blip-demo'),
  vilt: join(folder, 'vilt-b32'),
  uniter: join(folder, 'uniter-base'),
  detector: join(folder, 'faster-rcnn'),
  picture: join(folder, 'picture.png'),
  photos: join(folder, 'photos'),
  profiles: join(folder, 'profiles'),
  outcomes: join(folder, 'outcomes'),
  /** Where packed copies of weights and compiled kernels are kept between runs. */
  hub: join(folder, 'hub'),
  kernels: join(folder, 'inductor'),
  command: join(root, 'dist', 'cli', 'main.js'),
};

/** Photographs in `places.photos`. */
export const photoCount = 200;
export const photo = (i: number): string => join(places.photos, `${String(i).padStart(3, '0')}.jpg`);

/** Vocabulary of the default captioner, and a side at which its training step is neither all matrices nor all overhead. */
const smallVocabulary = 1596;
const smallSide = 112;
const bertVocabulary = 30522;

/** The layout of `microsoft/git-base`. */
const gitBase = {
  model_type: 'git',
  architectures: ['GitForCausalLM'],
  vocab_size: bertVocabulary,
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

interface BlipSizes {
  width: number;
  layers: number;
  heads: number;
  side: number;
  /** Of words; [DEC] and [ENC] come after them. */
  vocabulary: number;
  /** Id of [SEP], which ends texts. */
  end: number;
}

/** The layout of `Salesforce/blip-*`. */
function blipLayout(architecture: string, { width, layers, heads, side, vocabulary, end }: BlipSizes) {
  const blocks = { hidden_size: width, intermediate_size: 4 * width, num_hidden_layers: layers };
  const vision = { ...blocks, num_attention_heads: heads, hidden_act: 'gelu', layer_norm_eps: 1e-5 };
  return {
    model_type: 'blip',
    architectures: [architecture],
    image_text_hidden_size: 256,
    tie_word_embeddings: true,
    vision_config: { model_type: 'blip_vision_model', ...vision, image_size: side, patch_size: 16 },
    text_config: {
      model_type: 'blip_text_model',
      ...blocks,
      encoder_hidden_size: width,
      num_attention_heads: heads,
      hidden_act: 'gelu',
      layer_norm_eps: 1e-12,
      hidden_dropout_prob: 0,
      attention_probs_dropout_prob: 0,
      max_position_embeddings: 512,
      vocab_size: vocabulary + 2,
      bos_token_id: vocabulary,
      pad_token_id: 0,
      eos_token_id: 2,
      sep_token_id: end,
      is_decoder: true,
    },
  };
}

const blipBase: BlipSizes = { width: 768, layers: 12, heads: 12, side: 384, vocabulary: bertVocabulary, end: 102 };
/** Of the default captioner's sizes. */
const blipTiny: BlipSizes = { width: 192, layers: 5, heads: 6, side: smallSide, vocabulary: smallVocabulary, end: 3 };
/** Small enough for ten thousand pictures in minutes. */
const blipDemo: BlipSizes = { ...blipTiny, width: 128, layers: 2, heads: 4, side: 64 };

const bertWords = (): string[] => [
  '[PAD]',
  // BERT's places for the special tokens: 0, and 100 to 103.
  ...Array.from({ length: 99 }, (_, i) => `[unused${i}]`),
  ...['[UNK]', '[CLS]', '[SEP]', '[MASK]'],
  ...syllables(bertVocabulary - 104),
];
const fewWords = (): string[] => ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...syllables(smallVocabulary - 5)];
const blipWords = (words: readonly string[]): string[] => [...words, '[DEC]', '[ENC]'];

/** Words that are all different, half of them pieces inside words. */
const syllables = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => (i % 2 ? `##${word(i)}` : word(i)));
const word = (i: number): string => (i + 26 ** 3).toString(26).replace(/\d/g, (digit) => 'qrstuvwxyz'[Number(digit)]);

/** A text of so many words, each one token of every vocabulary here. */
export const sentence = (words: number, salt = 0): string =>
  Array.from({ length: words }, (_, i) => word(2 * ((salt * 31 + i * 7) % 700))).join(' ');

const centred = (side: number) => ({
  ...preprocessing(side),
  size: { shortest_edge: side },
  do_center_crop: true,
  crop_size: { height: side, width: side },
});
const squeezed = (side: number) => ({ ...preprocessing(side), image_processor_type: 'BlipImageProcessor' });
const halves = [0.5, 0.5, 0.5];
const viltPreprocessing = {
  image_processor_type: 'ViltImageProcessor',
  size: { shortest_edge: 384 },
  size_divisor: 32,
  resample: 3,
  image_mean: halves,
  image_std: halves,
};

interface Layout {
  config: object;
  parameters: ParameterList;
  names: NameRules;
  processor: object;
  words: readonly string[];
}

const gitLayoutOf = (config: object, processor: object, words: readonly string[]): Layout => {
  const layout = gitConfig(config);
  return { config, processor, words, parameters: gitParameters(layout), names: gitNames(layout) };
};

function blipLayoutOf(architecture: string, sizes: BlipSizes, parts: Partial<BlipParts>): Layout {
  const config = blipLayout(architecture, sizes);
  const all = { encoder: false, decoder: false, heads: false, ...parts };
  const words = blipWords(sizes === blipBase ? bertWords() : fewWords());
  const parameters = blipParameters(blipConfig(config), all);
  return { config, processor: squeezed(sizes.side), words, parameters, names: blipNames };
}

const everyPart: BlipParts = { encoder: true, decoder: true, heads: true };

/** What is written where, made when it is needed. */
const layouts: Record<string, () => Layout> = {
  [places.git]: () => gitLayoutOf(gitBase, centred(224), bertWords()),
  [places.gitSmall]: () => {
    const config = configuration(tokenizerFromJson(wordPieceJson(fewWords())), smallSide);
    return gitLayoutOf(config, preprocessing(smallSide), fewWords());
  },
  [places.blip]: () => blipLayoutOf('BlipForConditionalGeneration', blipBase, { decoder: true }),
  [places.blipVqa]: () => blipLayoutOf('BlipForQuestionAnswering', blipBase, { encoder: true, decoder: true }),
  [places.blipItm]: () => blipLayoutOf('BlipForImageTextRetrieval', blipBase, { encoder: true, heads: true }),
  [places.blipSmall]: () => blipLayoutOf('BlipForConditionalGeneration', blipTiny, { decoder: true }),
  [places.blipDemo]: () => blipLayoutOf('BlipForConditionalGeneration', blipDemo, everyPart),
};

/** Writes those of the models, pictures and packed copies that are needed and not there yet. */
export async function prepare(needed: ReadonlySet<string>): Promise<void> {
  for (const place of [places.profiles, places.outcomes]) mkdirSync(place, { recursive: true });
  if (!existsSync(places.picture)) writeFileSync(places.picture, await encodePng(drawing(640, 480)));
  for (const place of needed) {
    if (place === places.photos) await writePhotos();
    else if (place === places.detector) await writeDetector();
    else if (place === places.vilt) {
      await writeVilt(place);
      writeBeside(place, { processor: viltPreprocessing, words: bertWords() });
    } else if (place === places.uniter) {
      await writeUniter(place);
      writeBeside(place, { words: fewWords() });
    } else if (place in layouts) await writeModel(place, layouts[place]);
  }
}

/** Packs a model's weights once, as the first use of a dtype does, so that no run is slower than those after it. */
export async function pack(model: string, dtype: string): Promise<void> {
  process.env.HF_HOME = places.hub;
  await using _ = await load(model, { dtype });
}

/** The published Faster R-CNN's sizes, which are the defaults of its configuration. */
async function writeDetector(): Promise<void> {
  const weights = weightsIn(places.detector);
  if (!weights) return;
  writeFileSync(join(places.detector, 'config.yaml'), '{}\n');
  const layout = frcnnConfig({});
  await writeSafetensors(weights, publishTensors(initialise(frcnnParameters(layout), 1), frcnnNames(layout)));
}

async function writeModel(place: string, layoutOf: () => Layout): Promise<void> {
  const weights = weightsIn(place);
  if (!weights) return;
  const { config, processor, words, parameters, names } = layoutOf();
  writeFileSync(join(place, 'config.json'), JSON.stringify(config));
  writeBeside(place, { processor, words });
  // transformers refuses files that do not name the framework of their layout.
  await writeSafetensors(weights, publishTensors(initialise(parameters, 1), names), { metadata: { format: 'pt' } });
}

function writeBeside(place: string, { processor, words }: Pick<Layout, 'words'> & { processor?: object }): void {
  const write = (name: string, value: object) => writeFileSync(join(place, name), JSON.stringify(value));
  if (processor) write('preprocessor_config.json', processor);
  write('tokenizer.json', wordPieceJson(words));
  write('tokenizer_config.json', { tokenizer_class: 'BertTokenizer', do_lower_case: true });
}

/** The file of weights to be written in a folder, which is made; undefined where it is there. */
function weightsIn(place: string): string | undefined {
  const weights = join(place, 'model.safetensors');
  if (existsSync(weights)) return undefined;
  console.error(`writing random weights: ${weights}`);
  mkdirSync(place, { recursive: true });
  return weights;
}

async function writePhotos(): Promise<void> {
  mkdirSync(places.photos, { recursive: true });
  for (let i = 0; i < photoCount; i++) {
    if (existsSync(photo(i))) continue;
    const [width, height] = i % 3 ? [640, 480] : [480, 640];
    const { data } = drawing(width, height, i);
    await sharp(data, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 90 })
      .toFile(photo(i));
  }
}

/** A picture with edges and slopes, so that decoding and resizing have real work. */
export function drawing(width: number, height: number, salt = 0): Pixels {
  const data = new Uint8Array(width * height * 3);
  const radius = height / 3 - (salt % 50);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const inside = Math.hypot(x - width / 2, y - height / 2) < radius;
      data.set(
        [inside ? 220 : (x * 255) / width, (y * 255) / height, inside ? 40 : ((x + salt) ^ y) & 255],
        (y * width + x) * 3,
      );
    }
  return pixels(width, height, data);
}
