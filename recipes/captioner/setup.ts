/** What training, evaluation and export of the default captioner share: sizes, vocabulary, batches. */
import { float32, int64, type NDArray } from '../../src/core/index.ts';
import { captionVocabulary, type EmojiSet, type Sample } from '../../src/data/index.ts';
import { imageProcessor } from '../../src/image/index.ts';
import { type Tokenizer, tokenizerFromJson, trainWordPiece } from '../../src/text/index.ts';

/** Pixels a side of the finished model: 5 × 5 patches of 16. */
export const fullSide = 80;

/** Hugging Face's configuration of the model. */
export const configuration = (tokenizer: Tokenizer, side: number) => ({
  model_type: 'git',
  architectures: ['GitForCausalLM'],
  vocab_size: tokenizer.vocabularySize,
  hidden_size: 192,
  num_hidden_layers: 2,
  num_attention_heads: 6,
  intermediate_size: 768,
  hidden_act: 'gelu',
  hidden_dropout_prob: 0,
  attention_probs_dropout_prob: 0,
  max_position_embeddings: 48,
  layer_norm_eps: 1e-12,
  pad_token_id: tokenizer.special.pad,
  bos_token_id: tokenizer.special.cls,
  eos_token_id: tokenizer.special.sep,
  tie_word_embeddings: false,
  vision_config: {
    model_type: 'git_vision_model',
    hidden_size: 192,
    num_hidden_layers: 5,
    num_attention_heads: 6,
    intermediate_size: 768,
    image_size: side,
    patch_size: 16,
    hidden_act: 'quick_gelu',
    layer_norm_eps: 1e-5,
  },
});

/** How any picture reaches the model: squeezed to a square, so that nothing at its edges is lost. */
export const preprocessing = (side: number) => ({
  image_processor_type: 'CLIPImageProcessor',
  do_resize: true,
  size: { height: side, width: side },
  resample: 3,
  do_center_crop: false,
  do_rescale: true,
  rescale_factor: 1 / 255,
  do_normalize: true,
  // Of the training pictures, most of whose pixels are a light ground; CLIP's numbers are those of photographs.
  image_mean: [0.8, 0.8, 0.8],
  image_std: [0.25, 0.25, 0.25],
  do_convert_rgb: true,
});

/** One token a word that any caption may hold; other words are spelled. */
export const makeTokenizer = (set: EmojiSet): Tokenizer =>
  tokenizerFromJson(trainWordPiece(captionVocabulary(set), { size: 4000 }));

export const pictureNormaliser = (side: number) => imageProcessor(preprocessing(side));

/** Samples → pixels [b, 3, s, s], ids and labels [b, t]: start, words, end; padding is never predicted. */
export function collate(
  samples: readonly Sample[],
  tokenizer: Tokenizer,
  normalise: ReturnType<typeof pictureNormaliser>,
): Record<string, NDArray> {
  const pictures = samples.map(({ pixels, side }) => ({
    width: side,
    height: side,
    channels: 3 as const,
    data: pixels,
  }));
  const { pixelValues } = normalise.batch(pictures);
  const rows = samples.map(({ caption }) => tokenizer.encode(caption).ids);
  const length = Math.max(...rows.map((row) => row.length));
  const padded = (fill: number) => rows.flatMap((row) => [...row, ...Array<number>(length - row.length).fill(fill)]);
  return {
    pixels: float32(pixelValues.shape, pixelValues.data as Float32Array),
    ids: int64([rows.length, length], padded(tokenizer.special.pad ?? 0)),
    labels: int64([rows.length, length], padded(-100)),
  };
}
