/** One case that an original repository's code computed: outputs, every loss, and gradients against the stored ones. */
import { basename, join } from 'node:path';
import { UsageError } from '../core/index.ts';
import { originalFamilies, originalReference } from '../models/index.ts';
import type { Check } from './comparison.ts';
import { outputOf, readJson, type StoredCase, verifyReference } from './reference-case.ts';

/** Names of inputs and outputs are a list, or the keys of a table of their shapes. */
interface Golden extends Omit<StoredCase, 'inputs' | 'outputs'> {
  task: string;
  inputs: readonly string[] | Record<string, unknown>;
  outputs: readonly string[] | Record<string, unknown>;
}

/**
 * Runs the case in `folder`. The part of the folder's name before the first dash says the family; gradients are of the
 * family's output `objective` where it gives one, else of its `loss`, whether that is stored or not.
 */
export async function verifyOriginal(folder: string): Promise<Check[]> {
  const name = basename(folder);
  const golden = readJson<Golden>(join(folder, 'golden.json'));
  const found = await originalReference(name.split('-')[0]);
  if (!found) throw new UsageError(`${folder}: no family here stands for it; known are ${originalFamilies}`);
  // A case is one task, and its file holds the whole model: what the task does not read may stay unused.
  const reference = { ...found, names: (config: unknown) => ({ ...found.names(config), ignore: ['*'] }) };
  const stored = {
    ...golden,
    inputs: namesOf(golden.inputs),
    outputs: namesOf(golden.outputs),
    options: { task: golden.task, ...golden.options, case: name },
  };
  const { checks } = await verifyReference(folder, stored, reference, (outputs) =>
    outputOf(outputs, outputs.objective ? 'objective' : 'loss'),
  );
  return checks;
}

const namesOf = (names: readonly string[] | Record<string, unknown>): readonly string[] =>
  Array.isArray(names) ? names : Object.keys(names);
