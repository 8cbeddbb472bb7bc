/**
 * The shifted-window transformer (Swin, arXiv 2103.14030): attention inside windows, which every second block moves by
 * half a window, and maps that halve their sides from stage to stage.
 * b pictures, h × w patches of a stage, s side of a window, d width of a stage.
 */
import {
  boundary,
  concat,
  constant,
  float32,
  init,
  int64,
  type Params,
  ShapeError,
  type Tensor,
} from '../core/index.ts';
import { attention } from './attention.ts';
import { type Activation, type Dropout, drop, layerNorm, linear, mlp } from './layers.ts';
import { forbidden } from './masks.ts';
import { projectPatches } from './vit.ts';

export interface SwinConfig {
  /** Width of the first stage; each next one is twice as wide. */
  width: number;
  /** Blocks and heads of every stage. */
  depths: readonly number[];
  heads: readonly number[];
  window: number;
  /** Width of the perceptron, in widths of the stage. */
  mlpRatio: number;
  activation: Activation;
  eps: number;
  channels: number;
  patchSize: number;
  /** Side of the pictures that the tables of relative positions were made for. */
  imageSize: number;
}

/** A map of a stage, [b, h·w, d]. */
interface Stage {
  x: Tensor;
  h: number;
  w: number;
}

/** Shows the maps while a tower is traced, by 'stages.0.blocks.1' and 'stages.0' (after its merging). */
export type Watch = (place: string, map: Tensor) => void;

/** pixels [b, c, H, W] of fixed size → normed tokens of the last stage, [b, n, d]. */
export function swinTransformer(
  p: Params,
  pixels: Tensor,
  config: SwinConfig,
  { dropout, watch }: { dropout?: Dropout; watch?: Watch } = {},
): Tensor {
  let stage = patches(p, pixels, config, dropout);
  for (const [i, depth] of config.depths.entries()) {
    const scope = p.at('stages', i);
    const window = trainedWindow(config, i);
    for (let k = 0; k < depth; k++) {
      const shift = k % 2 === 1 && Math.min(stage.h, stage.w) > window ? Math.floor(window / 2) : 0;
      const options = { ...config, heads: config.heads[i], window, shift, dropout };
      stage = { ...stage, x: block(scope.at('blocks', k), stage, options) };
      watch?.(`stages.${i}.blocks.${k}`, stage.x);
    }
    if (i < config.depths.length - 1) stage = merge(scope.at('merge'), stage, config.eps);
    watch?.(`stages.${i}`, stage.x);
  }
  return layerNorm(p.at('norm'), stage.x, config.eps);
}

/** Width of the last stage. */
export const swinWidth = ({ width, depths }: SwinConfig): number => width * 2 ** (depths.length - 1);

/** Where the whole map of a stage is no larger than a window, the window was made as large as the map. */
function trainedWindow({ window, imageSize, patchSize }: SwinConfig, stage: number): number {
  let side = Math.ceil(imageSize / patchSize);
  for (let i = 0; i < stage; i++) side = Math.ceil(side / 2);
  return Math.min(window, side);
}

/** Projected and normed patches; the picture is filled up with zeros to whole ones. */
function patches(p: Params, pixels: Tensor, config: SwinConfig, dropout?: Dropout): Stage {
  const { patchSize, eps } = config;
  const [height, width] = pixels.shape.slice(2);
  if (typeof height !== 'number' || typeof width !== 'number')
    throw new ShapeError('a shifted-window transformer needs pictures of fixed height and width');
  const [h, w] = [Math.ceil(height / patchSize), Math.ceil(width / patchSize)];
  const whole = pixels.pad(2, 0, h * patchSize - height).pad(3, 0, w * patchSize - width);
  const projected = projectPatches(p.at('patch'), whole, { ...config, patchBias: true });
  return { x: drop(layerNorm(p.at('patchNorm'), projected, eps), dropout, `${p.path}.patch`), h, w };
}

interface BlockOptions extends Pick<SwinConfig, 'window' | 'mlpRatio' | 'activation' | 'eps'> {
  heads: number;
  /** How far the windows are moved: half a side in every second block. */
  shift: number;
  dropout?: Dropout;
}

/** x + windowed attention(norm x), then x + mlp(norm x). */
function block(p: Params, { x, h, w }: Stage, options: BlockOptions): Tensor {
  const { eps, mlpRatio, activation, window, shift, dropout } = options;
  const filled = [Math.ceil(h / window) * window, Math.ceil(w / window) * window] as const;
  const map = layerNorm(p.at('norm1'), x, eps)
    .rearrange('b (h w) d -> b h w d', { h })
    .pad(1, 0, filled[0] - h)
    .pad(2, 0, filled[1] - w);
  const moved = roll(roll(map, 1, shift), 2, shift);
  const windows = moved.rearrange('b (h s) (w t) d -> (b h w) (s t) d', { s: window, t: window });
  const bias = windowBias(p.at('attn'), x, filled, options);
  const mixed = attention(p.at('attn'), windows, { ...options, bias }).rearrange('(b h w) (s t) d -> b (h s) (w t) d', {
    h: filled[0] / window,
    w: filled[1] / window,
    s: window,
  });
  const back = roll(roll(mixed, 1, filled[0] - shift), 2, filled[1] - shift)
    .slice(1, 0, h)
    .slice(2, 0, w)
    .rearrange('b h w d -> b (h w) d');
  const y = x.add(drop(back, dropout, `${p.path}.attn`));
  const inner = mlp(p.at('mlp'), layerNorm(p.at('norm2'), y, eps), { hidden: x.width * mlpRatio, activation });
  return boundary(y.add(drop(inner, dropout, `${p.path}.mlp`)));
}

/** A learned number for every offset inside a window, and what shifting brought together must not meet. */
function windowBias(p: Params, x: Tensor, filled: readonly [number, number], options: BlockOptions): Tensor {
  const { heads, window, shift } = options;
  const table = p.get('relative', [(2 * window - 1) ** 2, heads], init.normal(0.02));
  const relative = table
    .gather(constant(offsets(window)))
    .transpose([2, 0, 1])
    .unsqueeze(0); // [1, heads, s², s²]
  if (shift === 0) return relative;
  const each = relative.add(constant(seams(filled, window, shift))); // [windows, heads, s², s²]
  return each
    .unsqueeze(0)
    .expand([x.size(0), ...each.shape])
    .reshape([-1, ...each.shape.slice(1)]);
}

/** int64 [s², s²]: the row of the table for the offset from one place of a window to another. */
function offsets(side: number) {
  const places = side * side;
  const rows = Array.from({ length: places * places }, (_, i) => {
    const [from, to] = [Math.floor(i / places), i % places];
    const dy = Math.floor(from / side) - Math.floor(to / side) + side - 1;
    const dx = (from % side) - (to % side) + side - 1;
    return dy * (2 * side - 1) + dx;
  });
  return int64([places, places], rows);
}

/** [windows, 1, s², s²]: after the shift the last windows hold places from opposite edges, which are no neighbours. */
function seams([h, w]: readonly [number, number], side: number, shift: number) {
  const band = (at: number, length: number) => (at < length - side ? 0 : at < length - shift ? 1 : 2);
  const [down, across] = [h / side, w / side];
  const places = side * side;
  const values = new Float32Array(down * across * places * places);
  for (let window = 0; window < down * across; window++) {
    const [top, left] = [Math.floor(window / across) * side, (window % across) * side];
    const region = Array.from(
      { length: places },
      (_, i) => 3 * band(top + Math.floor(i / side), h) + band(left + (i % side), w),
    );
    for (let i = 0; i < places * places; i++)
      if (region[Math.floor(i / places)] !== region[i % places]) values[window * places * places + i] = forbidden;
  }
  return float32([down * across, 1, places, places], values);
}

/** Four neighbours become one of twice the width; odd sides are filled up with zeros. */
function merge(p: Params, { x, h, w }: Stage, eps: number): Stage {
  const map = x
    .rearrange('b (h w) d -> b h w d', { h })
    .pad(1, 0, h % 2)
    .pad(2, 0, w % 2);
  const four = map.rearrange('b (h p) (w q) d -> b (h w) (q p d)', { p: 2, q: 2 });
  const merged = linear(p.at('reduce'), layerNorm(p.at('norm'), four, eps), x.width * 2, { bias: false });
  return { x: merged, h: Math.ceil(h / 2), w: Math.ceil(w / 2) };
}

/** Moves the first `by` rows of an axis to its end. */
function roll(x: Tensor, axis: number, by: number): Tensor {
  const size = x.shape[axis] as number;
  return by % size === 0 ? x : concat([x.slice(axis, by), x.slice(axis, 0, by)], axis);
}
