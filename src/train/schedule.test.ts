import { expect, test } from 'vitest';
import { rateAt, type Schedule } from './schedule.ts';

const rates = (schedule: Schedule, steps: number[]) => steps.map((step) => Number(rateAt(schedule, step).toFixed(6)));

test('every kind warms up linearly and learns at its first step', () => {
  for (const kind of ['constant', 'linear', 'cosine'] as const)
    expect(rates({ kind, peak: 1, warmup: 4, steps: 12 }, [0, 1, 3, 4])).toEqual([0.25, 0.5, 1, 1]);
});

test('constant stays, linear and cosine fall to their floor and stay there', () => {
  expect(rates({ kind: 'constant', peak: 0.5 }, [0, 10, 1000])).toEqual([0.5, 0.5, 0.5]);
  expect(rates({ kind: 'linear', peak: 1, steps: 10 }, [0, 5, 10, 20])).toEqual([1, 0.5, 0, 0]);
  const cosine: Schedule = { kind: 'cosine', peak: 1, warmup: 2, steps: 10, floor: 0.1 };
  expect(rates(cosine, [2, 4, 6, 10, 99])).toEqual([1, 0.868198, 0.55, 0.1, 0.1]);
});

test('a warm-up longer than the run is refused', () => {
  expect(() => rateAt({ kind: 'cosine', peak: 1, warmup: 20, steps: 10 }, 20)).toThrow('lengthen');
});
