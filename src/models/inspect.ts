/** What a model's files hold and what it costs to run, without running it. */
import {
  type DType,
  dtypes,
  evaluateSize,
  flopsOf,
  graph,
  input,
  ParameterList,
  type Size,
  sizeOf,
} from '../core/index.ts';
import { MemoryRecorder, PoolCache } from '../nn/index.ts';
import type { ModelFiles } from './files.ts';
import { type GitConfig, gitConfig } from './git/config.ts';
import { git } from './git/model.ts';
import { isOriginalGit, originalConfig } from './git/original.ts';

export interface StoredTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

export interface Inspection {
  id: string;
  /** `model_type`; of an original repository's file, the family that its tensors show. */
  family: string | undefined;
  /** The weight files. */
  files: string[];
  /** As the file names them. */
  tensors: StoredTensor[];
  /** Floating-point numbers, those that two names share counted once. */
  parameters: number;
  /** Bytes of all tensors in the file. */
  bytes: number;
  /** Numbers by dtype. */
  dtypes: Partial<Record<DType, number>>;
  work: Work | undefined;
}

/** Floating-point operations, a multiply-add counted as two. */
export interface Work {
  /** Shape of what one picture (or video) is fed as. */
  input: number[];
  pictureTokens: number;
  /** Seeing one picture. */
  picture: number;
  /** Writing one token, the tenth of a sentence. */
  token: number;
}

/** Reads what describes the tensors; no tensor is read and nothing is compiled. */
export function inspectModel({ id, config, folder, checkpoint }: ModelFiles): Inspection {
  const entries = [...checkpoint.entries.values()];
  const distinct = [...new Map(entries.map((entry) => [`${entry.file}:${entry.offset}`, entry])).values()];
  const counts: Inspection['dtypes'] = {};
  for (const { dtype, shape } of distinct) counts[dtype] = (counts[dtype] ?? 0) + sizeOf(shape);
  const original = !config && isOriginalGit(checkpoint);
  const family = original ? 'git' : config && String(config.model_type);
  const ours = original
    ? originalConfig(checkpoint)
    : family === 'git'
      ? gitConfig(config, `${folder}/config.json`)
      : undefined;
  return {
    id,
    family,
    files: [...new Set(entries.map(({ file }) => file))],
    tensors: entries.map(({ name, dtype, shape }) => ({ name, dtype, shape })),
    parameters: distinct.reduce((sum, { dtype, shape }) => sum + (/float/.test(dtype) ? sizeOf(shape) : 0), 0),
    bytes: distinct.reduce((sum, { dtype, shape }) => sum + sizeOf(shape) * dtypes[dtype].bytes, 0),
    dtypes: counts,
    work: ours && gitWork(ours),
  };
}

function gitWork(config: GitConfig): Work {
  const model = git(new ParameterList().root, config);
  const { channels, imageSize } = config.vision;
  const shape = [1, ...(config.frames ? [config.frames] : []), channels, imageSize, imageSize];
  const picture = model.encode(input('pixels', shape));
  const memory = new MemoryRecorder();
  model.remember(picture, memory);

  const cache = new PoolCache(1);
  const logits = model.head(model.resume(input('ids', [cache.rows, 1], 'int64'), cache));

  const pictureTokens = picture.size(1) as number;
  const sizes = { pictures: 1, beams: 1, slots: pictureTokens + 9 };
  const count = (flops: Size) => evaluateSize(flops, sizes);
  return {
    input: shape,
    pictureTokens,
    picture: count(flopsOf(graph(memory.outputs))),
    token: count(flopsOf(graph({ logits, ...cache.outputs }))),
  };
}
