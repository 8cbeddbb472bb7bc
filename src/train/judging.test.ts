import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checkpointFolder, newestCheckpoint } from './checkpoints.ts';
import type { Evaluate } from './judging.ts';
import { type EvaluationEntry, readLog } from './log.ts';
import { shortRun } from './testing.ts';
import type { TrainOptions } from './trainer.ts';

const root = mkdtempSync(join(tmpdir(), 'sightread-judging-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const folder = (name: string) => join(root, name);

const size: Evaluate = async (weights) => ({
  scores: { size: Math.hypot(...(weights.get('head.weight')!.data as Float32Array)) },
});
const entries = (run: string) => readLog(join(run, 'log.jsonl'));
const evaluations = (run: string) => entries(run).filter((e): e is EvaluationEntry => e.kind === 'evaluation');
/** 30 steps with evaluations after 10, 20 and 30, checkpoints after 7, 14, 21, 28. */
const run = (name: string, options: Partial<TrainOptions>) => shortRun(folder(name), { steps: 30, ...options });

/** The same run with evaluations between its steps; once there, it is only read. */
async function between() {
  const { best } = await run('between', { evaluate: size });
  return { best, evaluations: evaluations(folder('between')) };
}

/** The evaluation after step 10 ends when `end` is called. */
function held() {
  let end!: () => void;
  const open = new Promise<void>((resolve) => (end = resolve));
  const evaluate: Evaluate = async (weights, step) => {
    if (step === 10) await open;
    return size(weights, step);
  };
  return { evaluate, end };
}

test('steps go on while an evaluation runs beside them, and it judges the weights of its own step', async () => {
  const expected = await between();
  const { evaluate, end } = held();
  const onProgress: TrainOptions['onProgress'] = ({ step }) => step === 15 && end();
  const beside = await run('beside', { evaluate, beside: true, onProgress });
  expect(evaluations(folder('beside'))).toEqual(expected.evaluations);
  expect(beside.best).toEqual(expected.best);
  const order = entries(folder('beside')).map(({ kind, step }) => `${kind} ${step}`);
  expect(order.indexOf('evaluation 10')).toBeGreaterThan(order.indexOf('step 15'));
});

test('the next evaluation waits for the one before, and the end of a run for the last', async () => {
  const started: number[] = [];
  const ended: number[] = [];
  const slow: Evaluate = async (weights, step) => {
    started.push(step);
    expect(ended).toEqual(started.slice(0, -1));
    await new Promise((resolve) => setTimeout(resolve, step === 30 ? 50 : 200));
    ended.push(step);
    return size(weights, step);
  };
  await run('slow', { evaluate: slow, beside: true });
  expect(ended).toEqual([10, 20, 30]);
  expect(evaluations(folder('slow'))).toHaveLength(3);
});

test.each([true, false])(
  'a failed evaluation is reported and does not stop the training (beside: %s)',
  async (beside) => {
    const told: EvaluationEntry[] = [];
    const evaluate: Evaluate = async (weights, step) => {
      if (step === 20) throw new Error('no pictures left');
      return size(weights, step);
    };
    const name = `failed-${beside}`;
    const result = await run(name, { evaluate, beside, onEvaluation: (entry) => told.push(entry) });
    expect(result).toMatchObject({ step: 30, finished: true });
    expect(told.map(({ step, fault }) => [step, fault])).toEqual([
      [10, undefined],
      [20, 'no pictures left'],
      [30, undefined],
    ]);
    expect(evaluations(folder(name))).toEqual(told);
    expect(readFileSync(join(folder(name), 'report.html'), 'utf8')).toContain('failed: no pictures left');
  },
);

test('a score that the evaluation does not give stops the run: its settings are wrong', async () => {
  const best = { score: 'cider', higher: true };
  for (const beside of [true, false])
    await expect(run(`other-${beside}`, { evaluate: size, beside, best })).rejects.toThrow(
      "no score 'cider', only size",
    );
});

test.each([true, false])(
  'an evaluation that a stop cut off is done when the run goes on (beside: %s)',
  async (beside) => {
    const stop = new AbortController();
    const cut: Evaluate = (weights, step) =>
      step === 10
        ? new Promise((_, reject) => {
            stop.signal.addEventListener('abort', () => reject(stop.signal.reason));
            if (!beside) stop.abort();
          })
        : size(weights, step);
    const onProgress: TrainOptions['onProgress'] = ({ step }) => beside && step === 16 && stop.abort();
    const name = `cut-${beside}`;
    const first = await run(name, { evaluate: cut, beside, signal: stop.signal, onProgress });
    expect(first.step).toBe(beside ? 16 : 10);
    expect((await newestCheckpoint(folder(name)))!.state.unjudged).toBe(10);
    const second = await run(name, { evaluate: size, beside });
    expect({ best: second.best, evaluations: evaluations(folder(name)) }).toEqual(await between());
    expect((await newestCheckpoint(folder(name)))!.state.unjudged).toBeUndefined();
  },
);

test('a result that no checkpoint knew of when the process died is taken from the log', async () => {
  const { evaluate, end } = held();
  const onProgress: TrainOptions['onProgress'] = ({ step }) => {
    if (step === 12) end();
    if (step === 13) throw new Error('power cut');
  };
  await expect(run('dead', { evaluate, beside: true, onProgress })).rejects.toThrow('power cut');
  expect((await newestCheckpoint(folder('dead')))!.state).toMatchObject({ step: 10, unjudged: 10 });
  const judged: number[] = [];
  const counted: Evaluate = (weights, step) => {
    judged.push(step);
    return size(weights, step);
  };
  const { best } = await run('dead', { evaluate: counted, beside: true });
  expect(judged).toEqual([20, 30]);
  expect({ best, evaluations: evaluations(folder('dead')) }).toEqual(await between());
});

test('weights that are gone are said to be, and the run goes on', async () => {
  const stop = new AbortController();
  const never: Evaluate = () => new Promise(() => undefined);
  const onProgress: TrainOptions['onProgress'] = ({ step }) => step === 16 && stop.abort();
  await run('gone', { evaluate: never, beside: true, signal: stop.signal, onProgress });
  rmSync(checkpointFolder(folder('gone'), 10), { recursive: true });
  await run('gone', { evaluate: size, beside: true });
  expect(evaluations(folder('gone'))[0]).toMatchObject({
    step: 10,
    scores: {},
    fault: expect.stringContaining('step-000000010'),
  });
  expect(evaluations(folder('gone')).map(({ step }) => step)).toEqual([10, 20, 30]);
});
