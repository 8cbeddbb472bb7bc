import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openCheckpoint } from '../checkpoint/index.ts';
import { checkpointSteps, newestCheckpoint } from './checkpoints.ts';
import { readLog, type StepEntry } from './log.ts';
import { points, shortRun } from './testing.ts';

const root = mkdtempSync(join(tmpdir(), 'sightread-train-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const folder = (name: string) => join(root, name);

const losses = (run: string) =>
  readLog(join(run, 'log.jsonl'))
    .filter((entry): entry is StepEntry => entry.kind === 'step')
    .map(({ step, loss, norm }) => ({ step, loss, norm }));
const evaluations = (run: string) => readLog(join(run, 'log.jsonl')).filter(({ kind }) => kind === 'evaluation');
const weights = (run: string) => readFileSync(join(run, 'step-000000060', 'average.safetensors'));

/** Starts the run as a process, sends it a signal when it has done `step` steps, and says how it ended. */
async function stopped(run: string, step: number, signal: NodeJS.Signals) {
  const program = join(import.meta.dirname, 'testing.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', program, run], { stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.on('data', (text) => {
    if (Math.max(...String(text).trim().split('\n').map(Number)) >= step && !child.killed) child.kill(signal);
  });
  return await new Promise((resolve) => child.on('close', (code, by) => resolve(by ?? code)));
}

test('a run killed twice with SIGKILL goes on to the same losses and weights, bit for bit', async () => {
  const [whole, killed] = [folder('whole'), folder('killed')];
  await shortRun(whole);
  for (const step of [17, 40]) {
    expect(await stopped(killed, step, 'SIGKILL')).toBe('SIGKILL');
    // What a kill in the middle of writing leaves: half a line, half a checkpoint.
    appendFileSync(join(killed, 'log.jsonl'), '{"kind":"step","st');
    mkdirSync(join(killed, '.writing-step-000000049'));
    expect((await checkpointSteps(killed)).at(-1)).toBeLessThan(60);
  }
  await shortRun(killed);
  expect(losses(killed)).toEqual(losses(whole));
  expect(losses(killed)).toHaveLength(60);
  expect(evaluations(killed)).toEqual(evaluations(whole));
  expect(weights(killed).equals(weights(whole))).toBe(true);
  expect(readdirSync(killed)).toEqual(readdirSync(whole));
});

test('SIGINT saves the step in progress and stops; the run goes on from there', async () => {
  const run = folder('interrupted');
  expect(await stopped(run, 11, 'SIGINT')).toBe(0);
  const at = (await checkpointSteps(run)).at(-1)!;
  expect(losses(run)).toHaveLength(at);
  expect(at).toBeLessThan(60);
  expect(await shortRun(run)).toMatchObject({ step: 60, finished: true });
  expect(losses(run)).toHaveLength(60);
});

test('a folder keeps the last checkpoints and the best one, and refuses a run with other settings', async () => {
  const run = folder('kept');
  const scores = new Map([
    [10, 1],
    [20, 3],
    [30, 2],
  ]);
  const evaluate = async (_: unknown, step: number) => ({ scores: { size: scores.get(step) ?? 0 } });
  const { best } = await shortRun(run, { evaluate });
  expect(best).toEqual({ step: 20, score: 3 });
  expect(await checkpointSteps(run)).toEqual([20, 56, 60]);
  await expect(shortRun(run, { clip: 2, evaluate })).rejects.toThrow('clip was 1, is 2');
});

test('a loss that is not a number stops the run, and the last good checkpoint stays', async () => {
  const run = folder('bad');
  const data = async (index: number) => {
    const batch = await points(index);
    if (index === 25) (batch.x.data as Float32Array)[3] = Number.NaN;
    return batch;
  };
  await expect(shortRun(run, { data })).rejects.toThrow(/^step 13: the loss is NaN/);
  expect(await checkpointSteps(run)).toEqual([7, 10]);
  const { state, place } = (await newestCheckpoint(run))!;
  expect(state.step).toBe(10);
  const kept = await (await openCheckpoint(join(place, 'weights.safetensors'))).read('head.weight');
  expect((kept.data as Float32Array).every(Number.isFinite)).toBe(true);
});
