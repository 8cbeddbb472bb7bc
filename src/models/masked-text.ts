/** Text encoders with a head for masked words (BERT, RoBERTa), opened to fill in what is missing. r texts, t tokens, k masks. */
import { bindWeights, type NameRules } from '../checkpoint/index.ts';
import {
  CheckpointError,
  dim,
  InputError,
  input,
  ParameterList,
  type Params,
  type Tensor,
  UsageError,
} from '../core/index.ts';
import { compile, type Program } from '../runtime/index.ts';
import { batch } from '../text/index.ts';
import type { ModelFiles } from './files.ts';
import { fillMasks, usualBest, withMasks } from './fill.ts';
import type { FilledText, FillOptions, LoadedModel } from './model.ts';
import type { RuntimeOptions } from './running.ts';
import { flopsAt, textTokens, type Work } from './work.ts';

export interface MaskedTextSource {
  readonly family: string;
  readonly names: NameRules;
  /** A tensor of the head, which files of the bare encoder lack. */
  readonly head: string;
  /** The most tokens of a text, special ones included. */
  readonly longest: number;
  model(p: Params): { read(ids: Tensor): { tokens: Tensor }; fill(tokens: Tensor): Tensor };
}

export async function openMaskedText(
  { id, checkpoint, tokenizer: openTokenizer }: ModelFiles,
  { family, names, head, longest, model }: MaskedTextSource,
  runtime: RuntimeOptions,
): Promise<LoadedModel> {
  if (!checkpoint.entries.has(head))
    throw new CheckpointError(
      `${checkpoint.path}: holds a text encoder without ${head}, its head for masked words, so there is no task that it ` +
        'does; load a file for masked language modelling',
    );
  const list = new ParameterList();
  const logits = traceFill(model(list.root));
  const weights = await bindWeights({ wanted: list, checkpoint, names });
  let program: Promise<Program> | undefined;
  const open = () => (program ??= compile({ logits }, { ...runtime, weights, prepack: false }));

  async function fill(text: string, { image, best = usualBest, signal }: FillOptions = {}): Promise<FilledText> {
    if (image !== undefined) throw new UsageError(`fill: ${family} reads text alone; leave the picture out`);
    const tokenizer = await openTokenizer();
    const { ids } = batch(tokenizer, [withMasks(text, tokenizer)]);
    if (ids.shape[1] > longest)
      throw new InputError(`the text is ${ids.shape[1]} tokens long and this model reads ${longest}; make it shorter`);
    return await fillMasks({
      tokenizer,
      ids,
      best,
      async logitsAt(at) {
        const { logits } = await (await open()).run({ ids, at }, { signal });
        const [rows, width] = logits.shape;
        const data = logits.data as Float32Array;
        return Array.from({ length: rows }, (_, row) => data.subarray(row * width, (row + 1) * width));
      },
    });
  }

  const release = async () => {
    const opened = await program;
    program = undefined;
    await opened?.release();
  };
  const work = (): Work => ({ text: flopsAt({ logits }, { rows: 1, tokens: textTokens, places: 1 }) });
  return { id, family, tasks: ['fill'], fill, work, release, [Symbol.asyncDispose]: release };
}

/** ids int64 [r, t], at int64 [k] of r · t → logits [k, vocabulary]: only masked places meet the vocabulary. */
function traceFill({ read, fill }: ReturnType<MaskedTextSource['model']>): Tensor {
  const { tokens } = read(input('ids', [dim('rows'), dim('tokens')], 'int64'));
  return fill(tokens.reshape([-1, tokens.width]).gather(input('at', [dim('places')], 'int64')));
}
