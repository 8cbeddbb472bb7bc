/** What a running training tells, and the line that a terminal shows. */

export interface Progress {
  /** Steps done, and steps in all. */
  step: number;
  steps: number;
  loss: number;
  rate: number;
  norm: number;
  examplesPerSecond: number;
  /** Share of the time spent waiting for data, 0 to 1. */
  waiting: number;
  /** Seconds until the end at the present speed. */
  left: number;
}

/** `step 120/2000  loss 2.314  rate 3.0e-4  norm 0.82  41.0 examples/s  data 1%  left 12 min` */
export function progressLine(progress: Progress): string {
  const { step, steps, loss, rate, norm, examplesPerSecond, waiting, left } = progress;
  return [
    `step ${step}/${steps}`,
    `loss ${loss.toFixed(4)}`,
    `rate ${rate.toExponential(1)}`,
    `norm ${norm.toPrecision(3)}`,
    `${examplesPerSecond.toFixed(1)} examples/s`,
    `data ${Math.round(100 * waiting)}%`,
    `left ${duration(left)}`,
  ].join('  ');
}

export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Shows progress on standard error: one line rewritten in place on a terminal, else a line every `seconds`. */
export function terminalProgress({
  seconds = 10,
  stream = process.stderr,
}: {
  seconds?: number;
  stream?: Pick<NodeJS.WriteStream, 'isTTY'> & { write(text: string): boolean };
} = {}): (progress: Progress) => void {
  let shown = Number.NEGATIVE_INFINITY;
  return (progress) => {
    const last = progress.step === progress.steps;
    const now = performance.now();
    if (!last && now - shown < (stream.isTTY ? 100 : seconds * 1000)) return;
    shown = now;
    if (stream.isTTY) stream.write(`\r\x1b[2K${progressLine(progress)}${last ? '\n' : ''}`);
    else stream.write(`${progressLine(progress)}\n`);
  };
}

/** Speed over the last steps, smoothed, so that the time left follows a machine that others use too. */
export class Speed {
  #ms = 0;
  #waited = 0;
  #examples = 0;

  /** Takes in one step of `ms` milliseconds. */
  after(
    ms: number,
    waited: number,
    examples: number,
    stepsLeft: number,
  ): Pick<Progress, 'examplesPerSecond' | 'waiting' | 'left'> {
    const keep = this.#ms === 0 ? 0 : 0.95;
    this.#ms = keep * this.#ms + (1 - keep) * ms;
    this.#waited = keep * this.#waited + (1 - keep) * waited;
    this.#examples = keep * this.#examples + (1 - keep) * examples;
    return {
      examplesPerSecond: (1000 * this.#examples) / this.#ms,
      waiting: this.#waited / this.#ms,
      left: (stepsLeft * this.#ms) / 1000,
    };
  }
}
