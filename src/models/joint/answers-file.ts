/** The answers of a file that has no configuration: a list beside it, in the order of the classifier's outputs. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CheckpointError, reason } from '../../core/index.ts';

/** `answers.json` is a list; `ans2label.json`, as UNITER's repository has it, says each answer's number. */
const names = ['answers.json', 'ans2label.json'];

/** Undefined where there is no such file, or nothing to choose. Throws CheckpointError where its length is not that of the classifier. */
export function answersBeside(folder: string, classes: number): string[] | undefined {
  if (classes === 0) return undefined;
  const path = names.map((name) => join(folder, name)).find((candidate) => existsSync(candidate));
  if (!path) return undefined;
  const answers = inOrder(parse(path));
  if (answers.length !== classes)
    throw new CheckpointError(`${path}: has ${answers.length} answers, and the model chooses from ${classes}`);
  return answers;
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new CheckpointError(`${path} is not JSON (${reason(error)}); fetch it again`);
  }
}

function inOrder(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  return Object.entries(value as Record<string, number>)
    .sort(([, a], [, b]) => a - b)
    .map(([answer]) => answer);
}
