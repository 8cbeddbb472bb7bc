/** A joint model compiled, one program for each head. p pictures, r rows of text, t tokens, k masked places. */
import { dim, input, ParameterList, type Tensor } from '../../core/index.ts';
import { compile, type Program } from '../../runtime/index.ts';
import { type Joined, judge, type PictureTextModel } from '../objectives/index.ts';
import type { RuntimeOptions, WeightMap } from '../running.ts';
import type { Head, JointSource } from './source.ts';

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

export function compileHead(
  source: JointSource,
  head: Head,
  weights: WeightMap,
  runtime: RuntimeOptions,
): Promise<Program> {
  // Hundreds of tokens a product: repacked weights gain nothing, and reading them in place opens at once.
  return compile(traceHead(source, head).outputs, { ...runtime, weights, prepack: false });
}
