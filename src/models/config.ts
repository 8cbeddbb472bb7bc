/** Reading published configurations: unknown keys are allowed, known keys are checked, defaults are the reference's. */
import { z } from 'zod';
import { CheckpointError } from '../core/index.ts';
import type { Activation } from '../nn/index.ts';

export const activation = z.enum([
  'gelu',
  'gelu_new',
  'gelu_pytorch_tanh',
  'quick_gelu',
  'relu',
  'tanh',
  'silu',
]) satisfies z.ZodType<Activation>;
export const count = z.int().positive();
export const rate = z.number().min(0).lt(1);

/** Parses a configuration, or says which key of which file is wrong. */
export function parseConfig<S extends z.ZodType>(schema: S, value: unknown, file = 'config.json'): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`);
  throw new CheckpointError(`${file} does not describe this family: ${faults.slice(0, 4).join('; ')}`);
}
