/** A joint model compiled, one program for each head. p pictures, r rows of text, t tokens, k masked places. */
import { dim, input, ParameterList, type Tensor } from '../../core/index.ts';
import { compile, type Program } from '../../runtime/index.ts';
import { align, type Joined, judge, type PictureTextModel } from '../objectives/index.ts';
import { type RuntimeOptions, repackPairs, type WeightMap } from '../running.ts';
import type { AlignmentSource, Head, JointSource } from './source.ts';

/** Traced outputs of a head, and the parameters that it needs. */
export function traceHead<Picture>(source: JointSource<Picture>, head: Head, list = new ParameterList()) {
  const model = source.model(list.root);
  const texts = (rows: string) => ({
    ids: input('ids', [dim(rows), dim('tokens')], 'int64'),
    mask: input('mask', [dim(rows), dim('tokens')], 'int64'),
  });
  if (head === 'classify' && source.images > 1) {
    const pictures = Array.from({ length: source.images }, (_, i) => source.inputs(`${i}.`));
    return { list, outputs: { logits: judge(model, texts('pictures'), pictures) } };
  }
  const { ids, mask } = texts('rows');
  const text = model.read(ids, { mask });
  const seen = model.see(source.inputs(''));
  // Every picture is seen once, however many texts are about it.
  const of = input('of', [dim('rows')], 'int64');
  const joined = model.encode(text, { tokens: seen.tokens.gather(of), mask: seen.mask.gather(of) });
  return { list, outputs: { logits: heads[head](model, joined) } };
}

const heads: Record<Head, (model: PictureTextModel<never>, joined: Joined) => Tensor> = {
  classify: (model, { pooled }) => model.classify(pooled),
  match: (model, { pooled }) => model.match(pooled),
  rank: (model, { pooled }) => model.rank(pooled),
  /** Only masked places meet the vocabulary: `at` int64 [k] are their positions in [r · t]. */
  fill: (model, { text }) => model.fill(text.reshape([-1, text.width]).gather(input('at', [dim('places')], 'int64'))),
};

/** ids, mask int64 [p, t] of a text for each picture → plan [p, t, n]: how much of each word is moved to each of the picture's tokens. */
export function compileTransport(
  source: JointSource,
  { words, regions }: AlignmentSource,
  weights: WeightMap,
  runtime: RuntimeOptions,
): Promise<Program> {
  const model = source.model(new ParameterList().root);
  const ids = input('ids', [dim('pictures'), dim('tokens')], 'int64');
  const text = model.read(ids, { mask: input('mask', ids.shape, 'int64') });
  const seen = model.see(source.inputs(''));
  const joined = model.encode(text, seen);
  const { plan } = align(joined.text, joined.picture, words(text.mask), regions(seen.mask));
  return compile({ plan }, { ...runtime, weights, prepack: false });
}

export function compileHead(
  source: JointSource,
  head: Head,
  weights: WeightMap,
  runtime: RuntimeOptions,
): Promise<Program> {
  return compile(traceHead(source, head).outputs, { ...runtime, weights, prepack: repackPairs });
}
