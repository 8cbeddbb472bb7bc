/** Tiny BLIP folders and pictures for tests: the same numbers every time. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { publishTensors, writeSafetensors } from '../../checkpoint/index.ts';
import { type NDArray, type ParameterList, uniformNumber } from '../../core/index.ts';
import { drawnParameters } from '../../core/testing.ts';
import { type Pixels, pixels } from '../../image/index.ts';
import { trainWordPiece } from '../../text/index.ts';
import { blipConfig } from './config.ts';
import { type BlipParts, blipParameters } from './tasks.ts';
import { blipNames } from './weights.ts';

/** What the vocabulary is made of. */
export const texts = [
  'a red apple',
  'a green pear on a table',
  'two dogs',
  'is the dog brown',
  'yes',
  'no',
  'a dog and a pear',
];

const seed = 3;
/** Wide enough that other pictures get other words. */
const spread = 0.4;

/** Numbers for every parameter, drawn by its path. */
export const drawAll = (list: ParameterList): Map<string, NDArray> => drawnParameters(list, { seed, spread });

export interface TinyOptions {
  /** Keys that replace those of the two parts of `config.json`. */
  text?: Record<string, unknown>;
  vision?: Record<string, unknown>;
  /** [ENC] comes first in texts that meet a picture, as in the original's training. */
  ground?: boolean;
}

/** `config.json` of a model whose vocabulary ends with [DEC] and [ENC], as the published ones do. */
export function tinyConfig(vocabulary: Record<string, number>, { text, vision, ground }: TinyOptions = {}) {
  const size = Object.keys(vocabulary).length;
  const layers = { num_hidden_layers: 2, num_attention_heads: 2 };
  return {
    model_type: 'blip',
    image_text_hidden_size: 12,
    vision_config: { hidden_size: 24, intermediate_size: 32, ...layers, image_size: 32, patch_size: 16, ...vision },
    text_config: {
      vocab_size: size + 2,
      hidden_size: 32,
      intermediate_size: 48,
      ...layers,
      max_position_embeddings: 48,
      pad_token_id: vocabulary['[PAD]'],
      sep_token_id: vocabulary['[SEP]'],
      bos_token_id: size,
      ...text,
    },
    ...(ground && { ground_token_id: size + 1 }),
  };
}

export const tinyProcessor = { image_processor_type: 'BlipImageProcessor', size: { height: 32, width: 32 } };

/** Writes a whole model folder. */
export async function writeTinyBlip(folder: string, parts: BlipParts, options?: TinyOptions) {
  const tokenizer = trainWordPiece(texts, { size: 120 });
  const stored = tinyConfig(tokenizer.model.vocab as Record<string, number>, options);
  const config = blipConfig(stored);
  const weights = drawAll(blipParameters(config, parts));
  await mkdir(folder, { recursive: true });
  await writeSafetensors(join(folder, 'model.safetensors'), publishTensors(weights, blipNames));
  const json = (name: string, value: unknown) => writeFile(join(folder, name), JSON.stringify(value));
  await json('config.json', stored);
  await json('tokenizer.json', tokenizer);
  await json('preprocessor_config.json', tinyProcessor);
  return { config, weights };
}

/** A picture of seeded noise. */
export function noise(salt: number, side = 32): Pixels {
  const data = Uint8Array.from({ length: side * side * 3 }, (_, i) => Math.floor(256 * uniformNumber(salt, 5, i)));
  return pixels(side, side, data);
}
