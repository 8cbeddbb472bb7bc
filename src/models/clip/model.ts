/**
 * CLIP: a picture tower and a text tower whose vectors meet in one space (arXiv 2103.00020).
 * b pictures, c texts, t tokens, e width of the shared space.
 */
import { init, type Params, type Tensor } from '../../core/index.ts';
import { clipTextPool, clipTextTower, layerNorm, linear, visionBlocks, visionEmbedding } from '../../nn/index.ts';
import type { ClipConfig } from './config.ts';

export function clip(p: Params, config: ClipConfig) {
  const { vision_config: vision, text_config: text, projection_dim: shared } = config;

  /** pixels [b, 3, h, w] → tokens [b, n, d] and the normed class token [b, d]; only the class token is normed */
  const see = (pixels: Tensor) => {
    const scope = p.at('vision');
    const tokens = visionBlocks(scope, visionEmbedding(scope, pixels, vision), vision);
    return { tokens, pooled: layerNorm(scope.at('norm'), tokens.slice(1, 0, 1).squeeze(1), vision.eps) };
  };

  /** ids, mask int64 [c, t] → normed tokens [c, t, d] and the one that stands for the text [c, d] */
  const read = (ids: Tensor, mask?: Tensor) => {
    const tokens = clipTextTower(p.at('text'), ids, mask, text);
    return { tokens, pooled: clipTextPool(tokens, ids, text.eos) };
  };

  /** pooled [b, d] → [b, e], not yet of unit length */
  const projectImage = (pooled: Tensor) => linear(p.at('projectImage'), pooled, shared, { bias: false });
  const projectText = (pooled: Tensor) => linear(p.at('projectText'), pooled, shared, { bias: false });

  /** Unit vectors → cosines times the learned temperature, [b, c]. */
  const similarity = (image: Tensor, texts: Tensor) =>
    image
      .matmul(texts, { transposeB: true })
      .mul(p.get('logitScale', [], init.constant(config.logit_scale_init_value)).exp());

  return { see, read, projectImage, projectText, similarity };
}
