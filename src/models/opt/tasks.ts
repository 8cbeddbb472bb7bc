/** What a person asks of an OPT model: texts that go on from their beginnings. */
import { bindWeights } from '../../checkpoint/index.ts';
import { input, ParameterList, UsageError } from '../../core/index.ts';
import { type OptConfig, optDecoder } from '../../nn/index.ts';
import type { Program } from '../../runtime/index.ts';
import { CachedDecoder } from '../cached-decoder.ts';
import type { ModelFiles } from '../files.ts';
import type { Family } from '../load.ts';
import type { Caption, LoadedModel, Task, WriteOptions } from '../model.ts';
import type { RuntimeOptions, WeightMap } from '../running.ts';
import type { Work } from '../work.ts';
import { checkStream, wordIds, writeTexts } from '../writing.ts';
import { type OptModelConfig, optConfig } from './config.ts';
import { compileOpt } from './programs.ts';
import { optNames } from './weights.ts';
import { optWork } from './work.ts';

/** Where nothing is asked for. */
const usualLength = 40;

export const optFamily: Family = {
  modelTypes: ['opt'],
  // The original repository's files hold other names for every size; only Hugging Face's are read.
  recognises: () => false,

  async load(files, runtime) {
    const config = optConfig(files.config, `${files.folder}/config.json`);
    const wanted = optParameters(config.text);
    const weights = await bindWeights({ wanted, checkpoint: files.checkpoint, names: optNames(config.text) });
    return new OptModel(files, config, weights, runtime);
  },
};

/** Every parameter that a configuration implies. */
export function optParameters(config: OptConfig): ParameterList {
  const list = new ParameterList();
  const model = optDecoder(list.root.at('text'), config);
  model.head(model.read(model.embed(input('ids', [1, 1], 'int64'))));
  return list;
}

class OptModel implements LoadedModel {
  readonly id: string;
  readonly family = 'opt';
  readonly tasks: readonly Task[] = ['complete'];
  readonly #files: ModelFiles;
  readonly #config: OptModelConfig;
  readonly #weights: WeightMap;
  readonly #runtime: RuntimeOptions;
  #program: Promise<Program> | undefined;

  constructor(files: ModelFiles, config: OptModelConfig, weights: WeightMap, runtime: RuntimeOptions) {
    this.id = files.id;
    this.#files = files;
    this.#config = config;
    this.#weights = weights;
    this.#runtime = runtime;
  }

  async complete(starts: readonly string[], options: WriteOptions = {}): Promise<Caption[]> {
    if (starts.length === 0) throw new UsageError('complete: give at least one text');
    checkStream(starts.length, options);
    const { bos, eos, pad, text } = this.#config;
    const tokenizer = await this.#files.tokenizer();
    const prompts = starts.map((start) => [bos, ...wordIds(tokenizer, start)]);
    const longest = Math.max(...prompts.map((prompt) => prompt.length));
    const end = options.maxNewTokens ? longest + options.maxNewTokens : (options.maxLength ?? longest + usualLength);
    if (end > text.positions)
      throw new UsageError(
        `complete: ${longest} tokens and what is to follow make ${end}, and ${this.id} has ${text.positions} positions; give a shorter text or ask for less`,
      );
    this.#program ??= compileOpt(text, this.#weights, this.#runtime);
    const decoder = new CachedDecoder({ program: await this.#program, text });
    return await writeTexts({ decoder, tokenizer, eos, pad, usualLength }, { prompts, hidden: 1 }, options);
  }

  work(): Work {
    return optWork(this.#config.text);
  }

  async release(): Promise<void> {
    const program = this.#program;
    this.#program = undefined;
    await (await program)?.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}
