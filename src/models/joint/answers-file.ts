/** Lists of answers, in the order of a classifier's outputs: given, or in a file beside a model that has no configuration. */
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
  const answers = inOrder(parse(path), path);
  if (answers.length !== classes)
    throw new CheckpointError(`${path}: has ${answers.length} answers, and the model chooses from ${classes}`);
  return answers;
}

/**
 * A list that is given in place of a model's own. Undefined where none is given.
 * @throws CheckpointError where its length is not that of the head, or where the file has no such head
 */
export function answersGiven(answers: readonly string[] | undefined, classes: number): readonly string[] | undefined {
  if (!answers) return undefined;
  if (classes === 0) throw new CheckpointError('answers: this file has no answering head; leave the list out');
  if (answers.length !== classes)
    throw new CheckpointError(
      `answers: the list has ${answers.length}, and the head chooses from ${classes}; give the list of its training, in order`,
    );
  return answers;
}

/** A list in a file: JSON as above, or one answer a line. Throws CheckpointError when it cannot be read. */
export function readAnswers(path: string): string[] {
  if (/\.json$/i.test(path)) return inOrder(parse(path), path);
  try {
    return readFileSync(path, 'utf8')
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter(Boolean);
  } catch (error) {
    throw new CheckpointError(`${path}: cannot be read (${reason(error)}); check the path`);
  }
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new CheckpointError(`${path}: cannot be read as JSON (${reason(error)}); give a list of answers`);
  }
}

function inOrder(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.map(String);
  const numbers = Object.entries((value ?? {}) as Record<string, number>);
  if (numbers.length === 0 || !numbers.every(([, number]) => Number.isInteger(number)))
    throw new CheckpointError(`${path}: is neither a list of answers nor an object of their numbers; give one of both`);
  return numbers.sort(([, a], [, b]) => a - b).map(([answer]) => answer);
}
