/** The smallest layers: linear, norms, tables, activations, the two-layer perceptron. */
import {
  dropout,
  type GeluVariant,
  type Init,
  init,
  type Key,
  layerNorm as normalise,
  rmsNorm as normaliseRms,
  type Params,
  linear as product,
  type Tensor,
  UsageError,
} from '../core/index.ts';

export interface LinearOptions {
  bias?: boolean;
  weight?: Init;
}

/** x [..., in] → [..., out], with the weight [out, in] as PyTorch stores it. */
export function linear(
  p: Params,
  x: Tensor,
  out: number,
  { bias = true, weight = init.normal(0.02) }: LinearOptions = {},
): Tensor {
  return product(x, p.get('weight', [out, x.width], weight), bias ? p.get('bias', [out]) : undefined);
}

export const layerNorm = (p: Params, x: Tensor, eps: number): Tensor =>
  normalise(x, p.get('weight', [x.width], init.ones), p.get('bias', [x.width]), eps);

export const rmsNorm = (p: Params, x: Tensor, eps: number): Tensor =>
  normaliseRms(x, p.get('weight', [x.width], init.ones), eps);

/** A learned table [rows, width]. */
export const table = (p: Params, rows: number, width: number, weight: Init = init.normal(0.02)): Tensor =>
  p.get('weight', [rows, width], weight);

/** Rows scaled to length 1. */
export const unit = (x: Tensor): Tensor => x.div(x.mul(x).sum(-1, { keep: true }).sqrt());

export type Activation = 'gelu' | 'gelu_new' | 'gelu_pytorch_tanh' | 'quick_gelu' | 'relu' | 'tanh' | 'silu';

const gelus: Partial<Record<Activation, GeluVariant>> = {
  gelu: 'erf',
  gelu_new: 'tanh',
  gelu_pytorch_tanh: 'tanh',
  quick_gelu: 'quick',
};

/** An activation by its name in published configurations. */
export function activate(x: Tensor, name: Activation): Tensor {
  const variant = gelus[name];
  if (variant) return x.gelu(variant);
  if (name === 'relu') return x.relu();
  if (name === 'tanh') return x.tanh();
  if (name === 'silu') return x.mul(x.sigmoid());
  throw new UsageError(
    `unknown activation '${name}'; known are ${[...Object.keys(gelus), 'relu', 'tanh', 'silu'].join(', ')}`,
  );
}

export interface MlpOptions {
  hidden: number;
  activation: Activation;
}

/** Up, activation, down. */
export function mlp(p: Params, x: Tensor, { hidden, activation }: MlpOptions): Tensor {
  const inner = activate(linear(p.at('up'), x, hidden), activation);
  return linear(p.at('down'), inner, x.width);
}

/** Dropout of a model in training: rates of hidden states and of attention probabilities; absent at inference. */
export interface Dropout {
  hidden: number;
  attention: number;
  key: Key;
}

/** Drops hidden states at a named place, so that no two places share random numbers. */
export const drop = (x: Tensor, noise: Dropout | undefined, place: string): Tensor =>
  noise ? dropout(x, noise.hidden, noise.key.fold(place)) : x;
