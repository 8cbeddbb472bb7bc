/**
 * The vision transformer (arXiv 2010.11929) and CLIP's variant of it (arXiv 2103.00020), which differ in a norm before
 * the blocks, the bias of the patch projection and the activation.
 * b pictures, n = 1 + h·w tokens, d width.
 */
import { concat, init, type Params, resize, ShapeError, type Tensor } from '../core/index.ts';
import { preNormBlock, type StackConfig } from './blocks.ts';
import { type Dropout, drop, layerNorm } from './layers.ts';

export interface VisionConfig extends StackConfig {
  channels: number;
  /** Side of the square picture that the position table was made for, in pixels. */
  imageSize: number;
  patchSize: number;
  patchBias: boolean;
  /** CLIP norms the embeddings before the first block. */
  preNorm: boolean;
}

/** pixels [b, c, h·p, w·p] → projections of all patches, [b, h·w, d], row-major. Sizes may be named. */
export function projectPatches(
  p: Params,
  pixels: Tensor,
  { width, channels, patchSize, patchBias }: Pick<VisionConfig, 'width' | 'channels' | 'patchSize' | 'patchBias'>,
): Tensor {
  // A convolution whose kernel equals its stride is a linear layer over patches.
  const rows = pixels.rearrange('b c (h p) (w q) -> b (h w) (c p q)', { p: patchSize, q: patchSize });
  const kernel = p.get('weight', [width, channels, patchSize, patchSize], init.normal(0.02));
  const projected = rows.matmul(kernel.reshape([width, -1]), { transposeB: true });
  return patchBias ? projected.add(p.get('bias', [width])) : projected;
}

/** pixels [b, c, H, W] of fixed size → the same; what does not fill a patch is cut off. */
export function patchEmbedding(
  p: Params,
  pixels: Tensor,
  config: VisionConfig,
): { patches: Tensor; grid: [number, number] } {
  const { patchSize } = config;
  const [, channels, height, wide] = pixels.shape;
  if (typeof channels !== 'number' || typeof height !== 'number' || typeof wide !== 'number')
    throw new ShapeError('a picture needs fixed channels, height and width');
  const grid: [number, number] = [Math.floor(height / patchSize), Math.floor(wide / patchSize)];
  const whole = pixels.slice(2, 0, grid[0] * patchSize).slice(3, 0, grid[1] * patchSize);
  return { patches: projectPatches(p, whole, config), grid };
}

/** The position table [1 + n, d] for a grid of another size: the class row stays, the rest is resized as a picture. */
export function positionTable(
  p: Params,
  { width, imageSize, patchSize }: VisionConfig,
  [h, w]: [number, number],
): Tensor {
  const side = Math.floor(imageSize / patchSize);
  return stretchPositions(p.get('weight', [1 + side * side, width], init.normal(0.02)), side, [h, w]);
}

/** table [1 + side², d] → [1 + h·w, d] */
export function stretchPositions(table: Tensor, side: number, [h, w]: [number, number]): Tensor {
  if (h === side && w === side) return table;
  const map = table.slice(0, 1).rearrange('(h w) d -> d h w', { h: side });
  const resized = resize(map, h, w, { mode: 'bicubic' }).rearrange('d h w -> (h w) d');
  return concat([table.slice(0, 0, 1), resized], 0);
}

/** pixels [b, c, H, W] → tokens before the blocks, [b, n, d]; the class token comes first. */
export function visionEmbedding(p: Params, pixels: Tensor, config: VisionConfig): Tensor {
  const { patches, grid } = patchEmbedding(p.at('patch'), pixels, config);
  const first = p.get('class', [config.width], init.normal(0.02)).expand([pixels.size(0), 1, config.width]);
  return concat([first, patches], 1).add(positionTable(p.at('positions'), config, grid));
}

/** pixels [b, c, H, W] → tokens after the last block, [b, n, d], not normalised. */
export function visionBlocks(p: Params, embedded: Tensor, config: VisionConfig, dropout?: Dropout): Tensor {
  let x = config.preNorm ? layerNorm(p.at('preNorm'), embedded, config.eps) : drop(embedded, dropout, p.path);
  for (let i = 0; i < config.layers; i++) x = preNormBlock(p.at('blocks', i), x, { ...config, dropout });
  return x;
}

/** pixels [b, c, H, W] → normed tokens [b, n, d]. */
export function visionTransformer(p: Params, pixels: Tensor, config: VisionConfig, dropout?: Dropout): Tensor {
  const blocks = visionBlocks(p, visionEmbedding(p, pixels, config), config, dropout);
  return layerNorm(p.at('norm'), blocks, config.eps);
}
