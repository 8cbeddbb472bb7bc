/** GIT compiled: one program sees, one reads and writes. */
import { dim, input, type NDArray, ParameterList, type Size } from '../../core/index.ts';
import { MemoryRecorder, PoolCache } from '../../nn/index.ts';
import { compile, type PartOptions, type Program, runInParts } from '../../runtime/index.ts';
import { picturesAtOnce, type RuntimeOptions, repackSight, repackText, type WeightMap } from '../running.ts';
import type { GitConfig } from './config.ts';
import { git } from './model.ts';

export interface PictureSize {
  height: number;
  width: number;
  /** Absent for pictures. */
  frames?: number;
}

/** pixels [p, 3, h, w], or [p, f, 3, h, w] of videos → memory.*: all that the decoder keeps of a picture. */
export function compileSight(
  config: GitConfig,
  weights: WeightMap,
  size: PictureSize,
  runtime: RuntimeOptions = {},
): Promise<Program> {
  const model = git(new ParameterList().root, config);
  const frame: Size[] = [config.vision.channels, size.height, size.width];
  const pixels = input('pixels', [dim('pictures'), ...(size.frames ? [size.frames] : []), ...frame]);
  const memory = new MemoryRecorder();
  model.remember(model.encode(pixels), memory);
  return compile(memory.outputs, { ...runtime, weights, prepack: repackSight });
}

/** Runs `compileSight`'s program on any number of pictures or videos, pixels as it takes them → memory.* of all. */
export function see(
  program: Program,
  pixels: NDArray,
  { vision }: GitConfig,
  options: Pick<PartOptions, 'signal'> = {},
): Promise<Record<string, NDArray>> {
  const [height, width] = pixels.shape.slice(-2).map((size) => Math.floor(size / vision.patchSize));
  const frames = pixels.shape.length === 5 ? pixels.shape[1] : 1;
  return runInParts(program, { pixels }, { ...options, rows: picturesAtOnce(frames * (1 + height * width)) });
}

/** ids [r, t] after a pool that the picture's memory starts → logits [r, vocabulary] of the next token, and fresh.*. */
export function compileText(config: GitConfig, weights: WeightMap, runtime: RuntimeOptions = {}): Promise<Program> {
  const model = git(new ParameterList().root, config);
  const cache = new PoolCache();
  const hidden = model.resume(input('ids', [cache.rows, cache.tokens], 'int64'), cache);
  const logits = model.head(hidden.slice(1, -1).squeeze(1));
  return compile({ logits, ...cache.outputs }, { ...runtime, weights, prepack: repackText });
}
