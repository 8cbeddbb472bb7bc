/**
 * ViLT: words and raw patches in one transformer, without a picture tower (arXiv 2102.03334).
 *
 * b pairs, t text tokens, n patches, d width. The sequence is text, the picture's class token, patches.
 */
import { concat, filled, init, type Key, type Params, type Tensor } from '../../core/index.ts';
import {
  bertEmbeddings,
  classifier,
  type Dropout,
  drop,
  layerNorm,
  linear,
  maskedLanguageHead,
  paddingBias,
  pooler,
  preNormBlock,
  projectPatches,
  table,
} from '../../nn/index.ts';
import type { Joined, PictureTextModel, Tokens } from '../objectives/index.ts';
import type { ViltConfig } from './config.ts';
import { gridOf, stretchedPositions } from './positions.ts';

export interface TextOptions {
  /** 1 where a token is real, int64 [b, t]; default: everywhere. */
  mask?: Tensor;
  /** Segments, int64 [b, t]; default: the first. */
  types?: Tensor;
  key?: Key;
}

export interface Picture {
  /** float32 [b, c, h·p, w·p], smaller pictures padded on the right and below */
  pixels: Tensor;
  /** 1 where a patch is of the picture and not of padding, int64 [b, h, w]; default: everywhere. */
  mask?: Tensor;
  /** Which patches are read, int64 [b, k], from `keepPatches`; default: all. */
  kept?: Tensor;
}

export function vilt(p: Params, config: ViltConfig) {
  const { text, vision } = config;
  const { width } = text;
  const noise = (key?: Key): Dropout | undefined => key && { ...config.dropout, key };

  /** Row 0 marks text; row 1 the first picture, row 2 the second. */
  const modality = (row: number) =>
    table(p.at('modality'), config.modalities, width)
      .slice(0, row, row + 1)
      .reshape([width]);

  /** ids int64 [b, t] → normed words without their modality, [b, t, d] */
  const words = (ids: Tensor, { types, key }: TextOptions = {}) =>
    bertEmbeddings(p.at('text'), ids, text, { types, dropout: noise(key) });

  /** ids int64 [b, t] → tokens of the text */
  const read = (ids: Tensor, options: TextOptions = {}): Tokens => ({
    tokens: words(ids, options).add(modality(0)),
    mask: options.mask ?? filled(ids.shape, 1).cast('int64'),
  });

  /** The class token and patches without their modality; nothing is normed (section 3.1) */
  const patches = ({ pixels, mask, kept }: Picture, key?: Key): Tokens => {
    const [h, w] = gridOf(pixels, vision.patchSize);
    const batch = pixels.size(0);
    const side = Math.floor(vision.imageSize / vision.patchSize);
    const places = table(p.at('positions'), 1 + side * side, width);
    const real = mask ?? filled([batch, h, w], 1).cast('int64');
    const stretched = stretchedPositions(places.slice(0, 1), real).rearrange('b h w d -> b (h w) d');
    const all = {
      tokens: projectPatches(p.at('patch'), pixels, vision).add(stretched),
      mask: real.reshape([batch, -1]),
    };
    const some = kept ? keep(all, kept) : all;
    const first = p.get('class', [width], init.normal(0.02)).add(places.slice(0, 0, 1).reshape([width]));
    const tokens = concat([first.expand([batch, 1, width]), some.tokens], 1);
    return { tokens: drop(tokens, noise(key), 'picture'), mask: some.mask.pad(1, 1, 0, 1) };
  };

  /** A picture → its tokens; `image` is 1 for the second picture of a pair */
  const see = (picture: Picture, { image = 0, key }: { image?: number; key?: Key } = {}): Tokens => {
    const { tokens, mask } = patches(picture, key);
    return { tokens: tokens.add(modality(1 + image)), mask };
  };

  /** Both through the blocks: normed tokens, and the first text token through a dense layer and tanh, [b, d] */
  const encode = (words: Tokens, picture: Tokens, key?: Key): Joined => {
    const bias = paddingBias(concat([words.mask, picture.mask], 1));
    let x = concat([words.tokens, picture.tokens], 1);
    for (let i = 0; i < vision.layers; i++)
      x = preNormBlock(p.at('blocks', i), x, { ...vision, bias, dropout: noise(key) });
    const normed = layerNorm(p.at('norm'), x, vision.eps);
    const [textTokens, pictureTokens] = normed.split(1, [words.tokens.size(1), picture.tokens.size(1)]);
    return { text: textTokens, picture: pictureTokens, pooled: pooler(p.at('pooler'), textTokens) };
  };

  /** text tokens [..., d] → logits of words [..., vocabulary] */
  const fill = (x: Tensor) => {
    const scope = p.at('fill');
    const matrix = config.tied
      ? table(p.at('text', 'words'), text.vocabulary, width)
      : table(scope, text.vocabulary, width);
    return maskedLanguageHead(scope, x, matrix, text);
  };

  /** pooled [b, d], or of two pictures side by side [b, 2·d] → logits of the labels */
  const classify = (pooled: Tensor) =>
    classifier(p.at('classifier'), pooled, { hidden: width * 2, classes: config.labels.length });

  /** pooled [b, d] → logits [b, 2]; 1 means that text and picture belong together */
  const match = (pooled: Tensor) => linear(p.at('match'), pooled, 2);

  /** pooled [b, d] → how well they fit, [b, 1]: row 1 of `match`, trained further */
  const rank = (pooled: Tensor) => linear(p.at('rank'), pooled, 1);

  return { words, patches, read, see, encode, fill, classify, match, rank };
}

export type Vilt = ReturnType<typeof vilt> & PictureTextModel<Picture>;

/** The tokens at int64 positions [b, k]. */
const keep = ({ tokens, mask }: Tokens, at: Tensor): Tokens => ({
  tokens: tokens.takeAlong(at.unsqueeze(2).expand([...at.shape, tokens.width]), 1),
  mask: mask.takeAlong(at),
});
