/** For tests: a GIT model of a few thousand random numbers in a folder, pictures good and bad, and runs in-process. */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { publishTensors, writeSafetensors } from '../checkpoint/index.ts';
import { drawnParameters } from '../core/testing.ts';
import { gitConfig } from '../models/git/config.ts';
import { gitParameters } from '../models/git/tasks.ts';
import { gitNames } from '../models/git/weights.ts';
import { trainWordPiece } from '../text/index.ts';
import { run } from './run.ts';
import type { Session } from './session.ts';

const texts = ['a red cat', 'two blue dogs', 'a dog on a boat', 'what colour is the cat ?'];

const pictureConfig = {
  image_processor_type: 'CLIPImageProcessor',
  do_resize: true,
  size: { shortest_edge: 32 },
  do_center_crop: true,
  crop_size: { height: 32, width: 32 },
  do_rescale: true,
  rescale_factor: 1 / 255,
  do_normalize: true,
  image_mean: [0.5, 0.5, 0.5],
  image_std: [0.5, 0.5, 0.5],
  resample: 3,
};

const seed = 1;
/** Wide enough that pictures of different colours get different words. */
const spread = 0.5;

/** Writes a whole model folder; the same numbers every time. */
export async function writeTinyGit(folder: string): Promise<void> {
  const tokenizer = trainWordPiece(texts, { size: 200 });
  const id = (token: string) => (tokenizer.model.vocab as Record<string, number>)[token];
  const vocabulary = Object.keys(tokenizer.model.vocab as object).length;
  const config = {
    model_type: 'git',
    vocab_size: vocabulary,
    hidden_size: 32,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    intermediate_size: 64,
    hidden_dropout_prob: 0,
    attention_probs_dropout_prob: 0,
    max_position_embeddings: 64,
    pad_token_id: id('[PAD]'),
    bos_token_id: id('[CLS]'),
    eos_token_id: id('[SEP]'),
    vision_config: {
      hidden_size: 32,
      intermediate_size: 64,
      num_hidden_layers: 1,
      num_attention_heads: 2,
      image_size: 32,
      patch_size: 16,
    },
  };
  const parsed = gitConfig(config);
  const drawn = drawnParameters(gitParameters(parsed), { seed, spread });
  await mkdir(folder, { recursive: true });
  await writeSafetensors(join(folder, 'model.safetensors'), publishTensors(drawn, gitNames(parsed)));
  await writeJson(join(folder, 'config.json'), config);
  await writeJson(join(folder, 'tokenizer.json'), tokenizer);
  await writeJson(join(folder, 'preprocessor_config.json'), pictureConfig);
}

const writeJson = (path: string, value: unknown) => writeFile(path, JSON.stringify(value));

const goldens = fileURLToPath(new URL('../../test/goldens/models/', import.meta.url));

/** Processors of golden models, which are stored without one: pictures become as large as their positions. */
const processors: Record<string, (side: number) => object> = {
  blip: (side) => ({ image_processor_type: 'BlipImageProcessor', size: { height: side, width: side } }),
  clip: (side) => ({
    image_processor_type: 'CLIPImageProcessor',
    size: { shortest_edge: side },
    crop_size: { height: side, width: side },
  }),
  vilt: (side) => ({ image_processor_type: 'ViltImageProcessor', size: { shortest_edge: side }, size_divisor: 8 }),
};

/** A golden model of a published class as a folder that can be asked: with a tokenizer of a few words and a processor. */
export async function writeGolden(name: string, folder: string): Promise<void> {
  await cp(join(goldens, name), folder, { recursive: true });
  const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
  const tokenizer = trainWordPiece(texts, { size: 100 });
  await writeJson(join(folder, 'tokenizer.json'), tokenizer);
  // CLIP takes a text's vector where its last token stands.
  if (config.model_type === 'clip')
    config.text_config.eos_token_id = (tokenizer.model.vocab as Record<string, number>)['[SEP]'];
  await writeJson(join(folder, 'config.json'), config);
  const processor = processors[config.model_type];
  const side = config.image_size ?? config.vision_config?.image_size;
  if (processor) await writeJson(join(folder, 'preprocessor_config.json'), processor(side));
}

/** A picture of one colour. */
export const writePicture = async (path: string, background = '#c03020'): Promise<void> => {
  await sharp({ create: { width: 40, height: 32, channels: 3, background } }).toFile(path);
};

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  stdin?: Uint8Array | AsyncIterable<Uint8Array>;
  /** Standard error is a terminal. */
  terminal?: boolean;
  env?: Record<string, string>;
  signal?: AbortSignal;
  /** Sees every piece of standard output. */
  onOutput?: (text: string) => void;
  /** Sees every piece of standard error. */
  onNotice?: (text: string) => void;
}

async function* only<T>(...items: T[]): AsyncGenerator<T> {
  yield* items;
}

/** Runs a command line in this process, as `main.ts` does. */
export async function sightread(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { stdin, terminal = false, env = {}, signal = new AbortController().signal, onOutput, onNotice } = options;
  const ran = { stdout: '', stderr: '' };
  const session: Omit<Session, 'exitCode'> = {
    stdin: stdin instanceof Uint8Array ? only(stdin) : (stdin ?? only()),
    stdout: {
      write(text) {
        ran.stdout += text;
        onOutput?.(text);
      },
    },
    stderr: {
      isTTY: terminal,
      write(text) {
        ran.stderr += text;
        onNotice?.(text);
      },
    },
    env,
    signal,
  };
  const code = await run(argv, session);
  return { code, ...ran };
}
