/** What a training starts from: a model's files, or a new small model. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readEntry } from '../../checkpoint/checkpoint.ts';
import { bindWeights } from '../../checkpoint/index.ts';
import { type NDArray, ndarray, UsageError } from '../../core/index.ts';
import { type ImageProcessor, imageProcessor } from '../../image/index.ts';
import { type GitConfig, gitConfig } from '../../models/git/config.ts';
import { gitParameters } from '../../models/git/tasks.ts';
import { gitNames } from '../../models/git/weights.ts';
import { type LoadOptions, openModel } from '../../models/load.ts';
import { type Tokenizer, tokenizerFromJson, trainWordPiece } from '../../text/index.ts';

/** `--model tiny`: a new model instead of the files of one. */
export const newModel = 'tiny';

export interface Start {
  config: GitConfig;
  tokenizer: Tokenizer;
  processor: ImageProcessor;
  /** By our paths; absent: the weights are drawn. */
  weights?: ReadonlyMap<string, NDArray>;
  /** What is written beside trained weights: file name → content. */
  files: Readonly<Record<string, unknown>>;
}

/** A model of the hub or of a folder, to be trained further. */
export async function startFrom(model: string | undefined, options: LoadOptions): Promise<Start> {
  const files = await openModel(model, options);
  if (files.config?.model_type !== 'git')
    throw new UsageError(
      `${files.id}: only GIT models with a config.json can be trained by this command; see recipes/`,
    );
  const config = gitConfig(files.config, join(files.folder, 'config.json'));
  const wanted = gitParameters(config).shapes();
  const sources = await bindWeights({ wanted, checkpoint: files.checkpoint, names: gitNames(config) });
  const weights = new Map<string, NDArray>();
  for (const [name, source] of sources) {
    const shape = wanted.get(name) as readonly number[];
    const value = source.kind === 'data' ? source.value : await readEntry({ name, shape, ...source });
    weights.set(name, ndarray(value.dtype, shape, value.data));
  }
  const tokenizer = await files.tokenizer();
  const beside = ['preprocessor_config.json', 'processor_config.json', 'tokenizer_config.json'];
  return {
    config,
    tokenizer,
    processor: files.processor(),
    weights,
    files: {
      'config.json': files.config,
      'tokenizer.json': tokenizer.json,
      ...Object.fromEntries(beside.flatMap((name) => readIfThere(files.folder, name))),
    },
  };
}

function readIfThere(folder: string, name: string): [string, unknown][] {
  try {
    return [[name, JSON.parse(readFileSync(join(folder, name), 'utf8'))]];
  } catch {
    // Each of these files is optional, and those that matter have been read by now.
    return [];
  }
}

/** Pixels a side of a new model: 7 × 7 patches of 16. */
export const newSide = 112;

const preprocessing = {
  image_processor_type: 'CLIPImageProcessor',
  do_resize: true,
  size: { height: newSide, width: newSide },
  resample: 3,
  do_center_crop: false,
  do_rescale: true,
  rescale_factor: 1 / 255,
  do_normalize: true,
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_std: [0.26862954, 0.26130258, 0.27577711],
};

/** A model of about two million parameters with a vocabulary for `texts`. */
export function startNew(texts: readonly string[]): Start {
  const tokenizer = tokenizerFromJson(trainWordPiece(texts, { size: 4000 }));
  const { pad, cls, sep } = tokenizer.special;
  const published = {
    model_type: 'git',
    architectures: ['GitForCausalLM'],
    vocab_size: tokenizer.vocabularySize,
    hidden_size: 128,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    intermediate_size: 512,
    hidden_dropout_prob: 0.1,
    attention_probs_dropout_prob: 0.1,
    max_position_embeddings: 64,
    pad_token_id: pad,
    bos_token_id: cls,
    eos_token_id: sep,
    vision_config: {
      hidden_size: 128,
      num_hidden_layers: 4,
      num_attention_heads: 4,
      intermediate_size: 512,
      image_size: newSide,
      patch_size: 16,
    },
  };
  return {
    config: gitConfig(published),
    tokenizer,
    processor: imageProcessor(preprocessing),
    files: {
      'config.json': published,
      'tokenizer.json': tokenizer.json,
      'tokenizer_config.json': { tokenizer_class: 'BertTokenizer', do_lower_case: true },
      'preprocessor_config.json': preprocessing,
    },
  };
}
