/** GIT compiled: one program sees, one reads and writes. */
import { dim, input, ParameterList, type Size } from '../../core/index.ts';
import { MemoryRecorder, PoolCache } from '../../nn/index.ts';
import { compile, type Program } from '../../runtime/index.ts';
import { type RuntimeOptions, repackText, type WeightMap } from '../running.ts';
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
  // Hundreds of tokens a product: repacked weights gain nothing here, and reading them in place opens at once.
  return compile(memory.outputs, { ...runtime, weights, prepack: false });
}

/** ids [r, t] after a pool that the picture's memory starts → logits [r, vocabulary] of the next token, and fresh.*. */
export function compileText(config: GitConfig, weights: WeightMap, runtime: RuntimeOptions = {}): Promise<Program> {
  const model = git(new ParameterList().root, config);
  const cache = new PoolCache();
  const hidden = model.resume(input('ids', [cache.rows, cache.tokens], 'int64'), cache);
  const logits = model.head(hidden.slice(1, -1).squeeze(1));
  return compile({ logits, ...cache.outputs }, { ...runtime, weights, prepack: repackText });
}
