/** Heads: what stands between a transformer's tokens and logits. d width. */
import type { Params, Tensor } from '../core/index.ts';
import { type Activation, activate, layerNorm, linear } from './layers.ts';

export interface TransformOptions {
  /** Default: the width of `x`. */
  width?: number;
  activation: Activation;
  eps: number;
}

/** Linear, activation, norm: [..., d] → [..., width]; what BERT's and UNITER's heads start with. */
export const headTransform = (p: Params, x: Tensor, { width = x.width, activation, eps }: TransformOptions): Tensor =>
  layerNorm(p.at('norm'), activate(linear(p.at('dense'), x, width), activation), eps);

export interface ClassifierOptions {
  hidden: number;
  classes: number;
  /** Default 1e-5, PyTorch's, whatever the towers below use. */
  eps?: number;
}

/** Linear, norm, gelu, linear: [b, d] → logits [b, classes] (ViLT, METER). */
export function classifier(p: Params, x: Tensor, { hidden, classes, eps = 1e-5 }: ClassifierOptions): Tensor {
  const inner = layerNorm(p.at('norm'), linear(p.at('up'), x, hidden), eps).gelu();
  return linear(p.at('down'), inner, classes);
}
