/** An opened joint model: programs compiled when first needed, texts made into ids, pictures into feeds. */
import { InputError, int64, type NDArray, UsageError } from '../../core/index.ts';
import type { ImageSource } from '../../image/index.ts';
import { batch, type Tokenizer } from '../../text/index.ts';
import type { ModelFiles } from '../files.ts';
import { OpenedPrograms } from '../opened-programs.ts';
import type { RuntimeOptions, WeightMap } from '../running.ts';
import { compileHead, compileTransport } from './programs.ts';
import type { Head, JointSource } from './source.ts';

type Feeds = Record<string, NDArray>;

export class OpenedJoint {
  readonly source: JointSource;
  readonly #files: Pick<ModelFiles, 'tokenizer'>;
  readonly #weights: WeightMap;
  readonly #runtime: RuntimeOptions;
  readonly #programs = new OpenedPrograms();

  constructor(source: JointSource, files: Pick<ModelFiles, 'tokenizer'>, weights: WeightMap, runtime: RuntimeOptions) {
    this.source = source;
    this.#files = files;
    this.#weights = weights;
    this.#runtime = runtime;
  }

  tokenizer(): Promise<Tokenizer> {
    return this.#files.tokenizer();
  }

  /** Logits of a head as rows. */
  async run(head: Head, feeds: Feeds, signal?: AbortSignal): Promise<Float32Array[]> {
    const program = this.#programs.open(head, () => compileHead(this.source, head, this.#weights, this.#runtime));
    const { logits } = await (await program).run(feeds, { signal });
    const width = logits.shape[1];
    const data = logits.data as Float32Array;
    return Array.from({ length: logits.shape[0] }, (_, row) => data.slice(row * width, (row + 1) * width));
  }

  /** The plan of the transport between the words of one text and the tokens of one picture, [1, t, n]. */
  async transport(feeds: Feeds, signal?: AbortSignal): Promise<NDArray> {
    const { alignment } = this.source;
    if (!alignment) throw new UsageError(`align: ${this.source.family} is not trained to align words with places`);
    const program = this.#programs.open('transport', () =>
      compileTransport(this.source, alignment, this.#weights, this.#runtime),
    );
    return (await (await program).run(feeds, { signal })).plan;
  }

  see(images: readonly ImageSource[], signal?: AbortSignal): Promise<Feeds> {
    return this.source.look(images, signal);
  }

  /**
   * Texts → ids and mask [r, t].
   * @param cut whether texts that are too long lose their end, as the original repositories do; else they are refused
   */
  async read(texts: readonly string[], { cut = false } = {}): Promise<{ ids: NDArray; mask: NDArray }> {
    const { longestText, pad } = this.source;
    const { ids, mask } = batch(await this.tokenizer(), texts, {
      padId: pad,
      ...(cut && { maxLength: longestText }),
    });
    if (ids.shape[1] > longestText)
      throw new InputError(
        `the text is ${ids.shape[1]} tokens long and this model reads ${longestText}; make it shorter`,
      );
    return { ids, mask };
  }

  release(): Promise<void> {
    return this.#programs.release();
  }
}

/** All rows are about the first picture. */
export const aboutFirst = (rows: number): NDArray => int64([rows], Array(rows).fill(0));
