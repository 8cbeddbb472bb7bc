/** What a loaded model offers, whatever its family. */
import type { GenerateOptions } from '../generate/index.ts';
import type { ImageSource } from '../image/index.ts';

export interface TaskOptions {
  signal?: AbortSignal;
}

export interface CaptionOptions extends TaskOptions, GenerateOptions {
  /** The caption starts with these words. */
  prompt?: string;
  /** Called with every new piece of text. Only for one picture without beams. */
  onText?: (piece: string) => void;
}

export interface Caption {
  text: string;
  /** Mean log-probability of the tokens: nearer to 0 is surer. */
  score: number;
  /** Tokens written, the end token included. */
  tokens: number;
}

export interface ClassifyOptions extends TaskOptions {
  /** Words before the label, such as 'a photo of a'. */
  prompt?: string;
}

export interface LoadedModel extends AsyncDisposable {
  /** As given to `load`. */
  readonly id: string;
  readonly family: string;
  /** The tasks that this file can serve. */
  readonly tasks: readonly Task[];
  caption?(images: readonly ImageSource[], options?: CaptionOptions): Promise<Caption[]>;
  answer?(image: ImageSource, question: string, options?: CaptionOptions): Promise<Caption>;
  classify?(
    image: ImageSource,
    labels: readonly string[],
    options?: ClassifyOptions,
  ): Promise<{ label: string; score: number }>;
  release(): Promise<void>;
}

export type Task = 'caption' | 'answer' | 'classify';
