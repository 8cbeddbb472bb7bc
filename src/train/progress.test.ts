import { expect, test } from 'vitest';
import { Batches } from './batches.ts';
import { duration, type Progress, progressLine, Speed, terminalProgress } from './progress.ts';
import { points } from './testing.ts';

const at = (step: number): Progress => ({
  ...{ step, steps: 100, loss: 2.31449, rate: 3e-4, norm: 0.8213 },
  ...{ examplesPerSecond: 41.04, waiting: 0.012, left: 725 },
});

test('the line tells step, loss, rate, norm, speed, share of waiting and time left', () => {
  expect(progressLine(at(12))).toBe(
    'step 12/100  loss 2.3145  rate 3.0e-4  norm 0.821  41.0 examples/s  data 1%  left 12 min',
  );
  expect([5, 300, 7500].map(duration)).toEqual(['5 s', '5 min', '2 h 5 min']);
});

test('a terminal gets one line rewritten, a file a line now and then, and both the last step', () => {
  const written = (isTTY: boolean) => {
    const parts: string[] = [];
    const stream = { isTTY, write: (text: string) => parts.push(text) > 0 };
    const show = terminalProgress({ seconds: 60, stream });
    for (const step of [1, 2, 3, 100]) show(at(step));
    return parts;
  };
  expect(written(false)).toEqual([`${progressLine(at(1))}\n`, `${progressLine(at(100))}\n`]);
  const terminal = written(true);
  expect(terminal.every((part) => part.startsWith('\r\x1b[2K'))).toBe(true);
  expect(terminal.map((part) => part.endsWith('\n'))).toEqual([...terminal.slice(1).map(() => false), true]);
});

test('speed and time left come from recent steps', () => {
  expect(new Speed().after(500, 50, 32, 60)).toEqual({ examplesPerSecond: 64, waiting: 0.1, left: 30 });
});

test('batches are started one ahead, in order, and a failure is thrown where it is used', async () => {
  const asked: number[] = [];
  const batches = new Batches(
    async (index) => {
      asked.push(index);
      if (index === 4) throw new Error('no batch 4');
      return points(index, 3);
    },
    2,
    5,
  );
  expect((await batches.next()).index).toBe(2);
  expect(asked).toEqual([2, 3]);
  expect((await batches.next()).batch).toEqual(await points(3, 3));
  expect(batches.account().examples).toBe(6);
  expect(batches.account()).toEqual({ waited: 0, examples: 0 });
  await expect(batches.next()).rejects.toThrow('no batch 4');
});

test('work that a source does in this thread counts as waiting', async () => {
  const busy = (index: number) => {
    const end = performance.now() + 20;
    while (performance.now() < end);
    return points(index);
  };
  const batches = new Batches(busy, 0, 10);
  await batches.next();
  expect(batches.account().waited).toBeGreaterThanOrEqual(40);
  await batches.next();
  expect(batches.account().waited).toBeGreaterThanOrEqual(20);
});
