/** What every stage shares: sizes, words, how pictures come in, and model folders that `load` opens. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publishTensors, writeSafetensors } from '../../src/checkpoint/index.ts';
import type { NDArray } from '../../src/core/index.ts';
import { imageProcessor } from '../../src/image/index.ts';
import { type BlipConfig, blipConfig } from '../../src/models/blip/config.ts';
import { fromPretrained } from '../../src/models/blip/pretrained.ts';
import { type BlipParts, blipParameters } from '../../src/models/blip/tasks.ts';
import { blipNames } from '../../src/models/blip/weights.ts';
import { type Tokenizer, tokenizerFromJson, trainWordPiece } from '../../src/text/index.ts';

export interface Setup {
  /** Hugging Face's configuration. */
  published: object;
  config: BlipConfig;
  tokenizer: Tokenizer;
  preprocessing: object;
  processor: ReturnType<typeof imageProcessor>;
}

/** A BLIP of width 128 for pictures of `side` pixels and the words of `texts`. */
export function setupFor(texts: readonly string[], side: number, patch: number): Setup {
  const tokenizer = tokenizerFromJson(trainWordPiece(texts, { size: 2000 }));
  const words = tokenizer.vocabularySize;
  const sizes = { hidden_size: 128, intermediate_size: 512, num_attention_heads: 4 };
  const published = {
    model_type: 'blip',
    architectures: ['BlipForConditionalGeneration'],
    image_text_hidden_size: 64,
    ground_token_id: words + 1,
    vision_config: { ...sizes, num_hidden_layers: 3, image_size: side, patch_size: patch },
    text_config: {
      ...sizes,
      num_hidden_layers: 2,
      vocab_size: words + 2,
      max_position_embeddings: 40,
      pad_token_id: tokenizer.special.pad,
      sep_token_id: tokenizer.special.sep,
      bos_token_id: words,
    },
  };
  const preprocessing = {
    image_processor_type: 'BlipImageProcessor',
    size: { height: side, width: side },
    // Of these drawings, most of whose pixels are a light ground; CLIP's numbers are those of photographs.
    image_mean: [0.8, 0.8, 0.8],
    image_std: [0.25, 0.25, 0.25],
  };
  return {
    published,
    config: blipConfig(published),
    tokenizer,
    preprocessing,
    processor: imageProcessor(preprocessing),
  };
}

/** Writes a model folder with these parts; what stacks share is written for both. */
export async function saveModel(
  folder: string,
  { published, config, tokenizer, preprocessing }: Setup,
  weights: ReadonlyMap<string, NDArray>,
  parts: BlipParts = { encoder: true, decoder: true, heads: true },
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const tensors = publishTensors(fromPretrained(weights, blipParameters(config, parts)), blipNames);
  await writeSafetensors(join(folder, 'model.safetensors'), tensors, { metadata: { format: 'pt' } });
  for (const [name, content] of Object.entries({
    'config.json': published,
    'tokenizer.json': tokenizer.json,
    'preprocessor_config.json': preprocessing,
  }))
    writeFileSync(join(folder, name), JSON.stringify(content));
}
