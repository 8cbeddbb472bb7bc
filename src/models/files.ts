/** Everything that a model's folder holds, opened once and checked, for the family that will run it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Checkpoint, openCheckpoint } from '../checkpoint/index.ts';
import { CheckpointError, reason } from '../core/index.ts';
import { type ImageProcessor, imageProcessor } from '../image/index.ts';
import { loadTokenizer, type Tokenizer } from '../text/index.ts';

export interface ModelFiles {
  /** As the caller named it, for results and messages. */
  readonly id: string;
  readonly folder: string;
  /** `config.json`; undefined where there is none, as in original repositories. */
  readonly config: Record<string, unknown> | undefined;
  readonly checkpoint: Checkpoint;
  /** Read when a task first needs them: inspecting weights needs neither. */
  tokenizer(): Promise<Tokenizer>;
  processor(): ImageProcessor;
}

export async function openFiles(id: string, path: string, folder: string): Promise<ModelFiles> {
  const checkpoint = await openCheckpoint(path);
  let tokenizer: Promise<Tokenizer> | undefined;
  let processor: ImageProcessor | undefined;
  return {
    id,
    folder,
    config: readJson(join(folder, 'config.json')),
    checkpoint,
    tokenizer: () => (tokenizer ??= loadTokenizer(folder)),
    processor: () => (processor ??= imageProcessor(processorConfig(folder))),
  };
}

/** transformers 5 nests the picture's part in `processor_config.json`; before that it was a file of its own. */
function processorConfig(folder: string): unknown {
  const own = readJson(join(folder, 'preprocessor_config.json'));
  const nested = readJson(join(folder, 'processor_config.json'))?.image_processor;
  if (!own && !nested)
    throw new CheckpointError(`${folder}: preprocessor_config.json is missing; copy it from the model's repository`);
  return own ?? nested;
}

function readJson(path: string): Record<string, unknown> | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  } catch (error) {
    throw new CheckpointError(`${path} is not JSON (${reason(error)}); fetch it again`);
  }
}
