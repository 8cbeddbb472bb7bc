/** Reading published configurations: unknown keys are allowed, known keys are checked, defaults are the reference's. */
import * as z from 'zod';
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

export interface BlockDefaults {
  width?: number;
  layers?: number;
  heads?: number;
  hidden?: number;
  activation?: Activation;
}

/** The keys of a stack of blocks under Hugging Face's names; where a family says nothing, the sizes are BERT's and ViT's. */
export const blockKeys = ({
  width = 768,
  layers = 12,
  heads = 12,
  hidden = 3072,
  activation: act = 'gelu',
}: BlockDefaults = {}) => ({
  hidden_size: count.default(width),
  num_hidden_layers: count.default(layers),
  num_attention_heads: count.default(heads),
  intermediate_size: count.default(hidden),
  hidden_act: activation.default(act),
});

type BlockValues = {
  hidden_size: number;
  num_hidden_layers: number;
  num_attention_heads: number;
  intermediate_size: number;
  hidden_act: Activation;
  layer_norm_eps: number;
};

/** The same in our words. */
export const blockSizes = (c: BlockValues) => ({
  width: c.hidden_size,
  layers: c.num_hidden_layers,
  heads: c.num_attention_heads,
  hidden: c.intermediate_size,
  activation: c.hidden_act,
  eps: c.layer_norm_eps,
});

/** Names of classes or answers, keyed by their number. */
export const labelTable = z.record(z.string(), z.string()).default({});

/** Those names in the order of the logits. */
export const labelsInOrder = (table: Readonly<Record<string, string>>): string[] =>
  Object.entries(table)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, label]) => label);

/** Parses a configuration, or says which key of which file is wrong. */
export function parseConfig<S extends z.ZodType>(schema: S, value: unknown, file = 'config.json'): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`);
  throw new CheckpointError(`${file} does not describe this family: ${faults.slice(0, 4).join('; ')}`);
}
