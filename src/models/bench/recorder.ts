/** Keeps what programs and texts tell of themselves while a model is measured. */
import type { DType, WeightSource } from '../../core/index.ts';
import type { ProgramRun, Watch } from '../../runtime/index.ts';
import type { WriteOptions } from '../model.ts';

/** One call of a task. */
export interface Call {
  /** On the clock of `performance.now()`. */
  start: number;
  milliseconds: number;
  runs: readonly ProgramRun[];
  /** Tokens a second, where text was written. */
  tokenRate?: number;
}

export class Recorder {
  /** Milliseconds in which programs were opened. */
  compiling = 0;
  readonly #weights = new Map<string | WeightSource, WeightSource>();
  #runs: ProgramRun[] = [];
  #tokenRate: number | undefined;

  readonly watch: Watch = {
    opened: ({ weights, milliseconds }) => {
      this.compiling += milliseconds;
      // Two programs may read one tensor.
      for (const source of weights)
        this.#weights.set(source.kind === 'range' ? `${source.file}:${source.offset}` : source, source);
    },
    ran: (run) => this.#runs.push(run),
  };

  readonly onWritten: NonNullable<WriteOptions['onWritten']> = ({ tokens, seconds }) => {
    this.#tokenRate = tokens / seconds;
  };

  async during(call: () => Promise<unknown>): Promise<Call> {
    this.#runs = [];
    this.#tokenRate = undefined;
    const start = performance.now();
    await call();
    return { start, milliseconds: performance.now() - start, runs: this.#runs, tokenRate: this.#tokenRate };
  }

  /** Bytes that the programs read of the file, by dtype. */
  weightBytes(): Partial<Record<DType, number>> {
    const bytes: Partial<Record<DType, number>> = {};
    for (const source of this.#weights.values()) {
      const { dtype, byteLength } =
        source.kind === 'range' ? source : { dtype: source.value.dtype, byteLength: source.value.data.byteLength };
      bytes[dtype] = (bytes[dtype] ?? 0) + byteLength;
    }
    return bytes;
  }
}
