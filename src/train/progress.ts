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

/** `step 120/2000  loss 2.314  rate 3.0e-4  norm 0.82  41.0 examples/s  data 1%  left 12 min`, padded to stand still. */
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
export function terminalProgress({ seconds = 10, stream = process.stderr } = {}): (progress: Progress) => void {
  let shown = 0;
  return (progress) => {
    const last = progress.step === progress.steps;
    const now = performance.now();
    if (!last && now - shown < (stream.isTTY ? 100 : seconds * 1000)) return;
    shown = now;
    if (stream.isTTY) stream.write(`\r\x1b[2K${progressLine(progress)}${last ? '\n' : ''}`);
    else stream.write(`${progressLine(progress)}\n`);
  };
}
