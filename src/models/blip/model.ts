/**
 * BLIP: one picture encoder and a text transformer in three roles (arXiv 2201.12086, section 3.1): it reads text alone, it
 * reads text about a picture, and it writes text about a picture.
 *
 * b pictures, n picture tokens, t text tokens, d text width, e width of the shared space.
 */
import { concat, filled, type Key, type Params, type Tensor } from '../../core/index.ts';
import {
  bertBlocks,
  bertEmbeddings,
  type Cache,
  causalBias,
  crossAttention,
  crossMemory,
  type Dropout,
  linear,
  maskedLanguageHead,
  paddingBias,
  type Sublayer,
  table,
  unit,
  visionTransformer,
} from '../../nn/index.ts';
import type { BlipConfig } from './config.ts';

export interface ReadOptions {
  /** 1 where a text token may be looked at, int64 [b, t] */
  mask?: Tensor;
  /** What the text is about, as cross-attention: see `about`. Absent: nothing but the text. */
  cross?: Sublayer;
  /** Training: where dropout gets its numbers. */
  key?: Key;
}

export interface WriteOptions extends ReadOptions {
  /** int64 [b, t]; default: 0 … t − 1. */
  positions?: Tensor;
  cache?: Cache;
}

export interface BlipOptions {
  /** Pre-training: the decoder has its self-attention to itself and shares all else with the encoder (section 3.2). */
  sharing?: boolean;
  /** This id's word rows get no gradient from being read, as in PyTorch. It matters only where padding is looked at. */
  padding?: number;
}

export function blip(p: Params, config: BlipConfig, { sharing = false, padding }: BlipOptions = {}) {
  const { vision, text } = config;
  const encoder = p.at('encoder');
  const decoder = p.at('decoder');
  const decoderRest = sharing ? encoder : decoder;
  const dropoutOf = (key?: Key): Dropout | undefined => key && { ...config.dropout, key };

  /** pixels [b, 3, h, w] → normed picture tokens, [b, n, vision width]; the class token comes first */
  const see = (pixels: Tensor) => visionTransformer(p.at('vision'), pixels, vision);

  /** Attention to all tokens of a picture, or to those of a question that its mask [b, n] keeps. */
  const about = (seen: Tensor, { mask, key }: { mask?: Tensor; key?: Key } = {}): Sublayer =>
    crossAttention(seen, { heads: text.heads, bias: mask && paddingBias(mask), dropout: dropoutOf(key) });

  /** ids [b, t] → hidden states [b, t, d]; every token sees every other. Alone, or about a picture. */
  const read = (ids: Tensor, { mask, cross, key }: ReadOptions = {}) => {
    const dropout = dropoutOf(key);
    const words = bertEmbeddings(encoder, ids, text, { padding, dropout });
    return bertBlocks(encoder, words, text, { bias: mask && paddingBias(mask), cross: () => cross, dropout });
  };

  /** ids [b, t] → hidden states [b, t, d]; every token sees itself and what came before. */
  const write = (ids: Tensor, { mask, cross, key, positions, cache }: WriteOptions = {}) => {
    const dropout = dropoutOf(key);
    const words = bertEmbeddings(decoderRest, ids, text, { positions, padding, dropout });
    const bias = cache ? undefined : causalBias(ids.size(1), mask);
    return bertBlocks(decoderRest, words, text, { own: decoder, bias, cross: () => cross, cache, dropout });
  };

  /** Seen tokens, of a picture or a question → memory.*: the keys and values of the stack's cross-attentions. */
  const remember = (stack: 'encoder' | 'decoder', seen: Tensor): Record<string, Tensor> => {
    const scope = stack === 'encoder' ? encoder : decoderRest;
    const layers = Array.from({ length: text.layers }, (_, i) => scope.at('blocks', i, 'cross'));
    return Object.assign({}, ...layers.map((layer) => crossMemory(layer, seen, text)));
  };

  /** hidden states [..., d] of `write` → logits [..., vocabulary] */
  const head = (x: Tensor) => {
    const words = table(decoderRest.at('words'), text.vocabulary, text.width);
    return maskedLanguageHead(p.at('head'), x, words, text);
  };

  /** picture tokens [b, n, vision width] → unit vectors [b, e] */
  const embedPicture = (seen: Tensor) => unit(linear(p.at('projectImage'), first(seen), config.shared));

  /** hidden states of a text read alone, [b, t, d] → unit vectors [b, e] */
  const embedText = (hidden: Tensor) => unit(linear(p.at('projectText'), first(hidden), config.shared));

  /** hidden states of a text read about a picture, [b, t, d] → logits [b, 2] of "does not match" and "matches" */
  const match = (hidden: Tensor) => linear(p.at('match'), first(hidden), 2);

  return { see, about, read, write, remember, head, embedPicture, embedText, match };
}

export type Blip = ReturnType<typeof blip>;

/** The first token, which stands for the whole: [b, t, d] → [b, d]. */
export const first = (x: Tensor): Tensor => x.slice(1, 0, 1).squeeze(1);

/** ids int64 [b, t] with another first token; [ENC] for reading about a picture, [DEC] for writing. */
export const startWith = (ids: Tensor, token: number | undefined): Tensor =>
  token === undefined ? ids : concat([filled([ids.size(0), 1], token).cast('int64'), ids.slice(1, 1)], 1);
