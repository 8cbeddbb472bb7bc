/**
 * METER: a text tower and a picture tower, joined by blocks of co-attention (arXiv 2111.02387).
 *
 * b pairs, t text tokens, n picture tokens, d width of the joined streams.
 */
import { concat, filled, type Key, type Params, type Tensor } from '../../core/index.ts';
import {
  classifier,
  crossAttention,
  type Dropout,
  linear,
  maskedLanguageHead,
  paddingBias,
  postNormBlock,
  robertaTower,
  swinTransformer,
  table,
  visionTransformer,
} from '../../nn/index.ts';
import type { Joined, PictureTextModel, Tokens } from '../objectives/index.ts';
import type { MeterConfig } from './config.ts';

/** float32 [b, 3, h, w], all of one size: pictures are cropped to squares, so nothing is padding. */
export interface Picture {
  pixels: Tensor;
}

export interface Fused extends Joined {
  /** Both streams after every block. */
  layers: { text: Tensor; picture: Tensor }[];
}

export function meter(p: Params, config: MeterConfig) {
  const { text, vision, fusion } = config;
  const { width } = fusion;
  const noise = (key?: Key): Dropout | undefined => key && { ...config.dropout, key };

  /** Row 0 marks text; row 1 the first picture, row 2 the second. Nothing is normed after it. */
  const modality = (row: number) =>
    table(p.at('modality'), config.modalities, width)
      .slice(0, row, row + 1)
      .reshape([width]);

  /** ids, mask int64 [b, t] → the text tower's tokens, in its own width */
  const readAlone = (ids: Tensor, mask: Tensor, key?: Key) => robertaTower(p.at('text'), ids, mask, text, noise(key));

  /** pixels [b, 3, h, w] → the picture tower's normed tokens, in its own width; towers train without dropout */
  const seeAlone = (pixels: Tensor) =>
    vision.kind === 'clip'
      ? visionTransformer(p.at('vision'), pixels, vision)
      : swinTransformer(p.at('vision'), pixels, vision);

  /** ids int64 [b, t] → tokens of the text */
  const read = (ids: Tensor, { mask, key }: { mask: Tensor; key?: Key }): Tokens => ({
    tokens: linear(p.at('projectText'), readAlone(ids, mask, key), width).add(modality(0)),
    mask,
  });

  /** A picture → its tokens; `image` is 1 for the second picture of a pair */
  const see = ({ pixels }: Picture, { image = 0 }: { image?: number; key?: Key } = {}): Tokens => {
    const tokens = linear(p.at('projectPicture'), seeAlone(pixels), width).add(modality(1 + image));
    return { tokens, mask: filled(tokens.shape.slice(0, 2), 1).cast('int64') };
  };

  /** Both streams through the blocks. In every block each attends to what the other was before it (section 3.1). */
  const encode = (words: Tokens, picture: Tokens, key?: Key): Fused => {
    const options = { ...fusion, dropout: noise(key) };
    const { heads, dropout } = options;
    const hidden = paddingBias(words.mask);
    const layers: Fused['layers'] = [];
    let [x, y] = [words.tokens, picture.tokens];
    for (let i = 0; i < fusion.layers; i++) {
      const cross = {
        text: crossAttention(y, { heads, dropout }),
        picture: crossAttention(x, { heads, dropout, bias: hidden }),
      };
      [x, y] = [
        postNormBlock(p.at('textBlocks', i), x, { ...options, bias: hidden, cross: cross.text }),
        postNormBlock(p.at('pictureBlocks', i), y, { ...options, cross: cross.picture }),
      ];
      layers.push({ text: x, picture: y });
    }
    return {
      text: x,
      picture: y,
      layers,
      pooled: concat([pool('textPooler', first(x)), pool('picturePooler', whole(y))], 1),
    };
  };

  const first = (x: Tensor) => x.slice(1, 0, 1).squeeze(1);
  const whole = (x: Tensor) => (vision.kind === 'clip' ? first(x) : x.mean(1));
  const pool = (name: string, x: Tensor) => linear(p.at(name), x, width).tanh();

  /** text tokens [..., d] → logits of words [..., vocabulary]; the output matrix is its own */
  const fill = (x: Tensor) => {
    const scope = p.at('fill');
    return maskedLanguageHead(scope, x, table(scope, text.vocabulary, width), fusion);
  };

  /** pooled [b, 2·d], or of two pictures side by side [b, 4·d] → logits of the labels */
  const classify = (pooled: Tensor) =>
    classifier(p.at('classifier'), pooled, { hidden: width * 2, classes: config.labels.length });

  /** pooled [b, 2·d] → logits [b, 2]; 1 means that text and picture belong together */
  const match = (pooled: Tensor) => linear(p.at('match'), pooled, 2);

  /** pooled [b, 2·d] → how well they fit, [b, 1]: row 1 of `match`, trained further */
  const rank = (pooled: Tensor) => linear(p.at('rank'), pooled, 1);

  return { readAlone, seeAlone, read, see, encode, fill, classify, match, rank };
}

export type Meter = ReturnType<typeof meter> & PictureTextModel<Picture>;
