/** Classifiers over pooled vectors. b examples, d width. */
import type { Params, Tensor } from '../core/index.ts';
import { layerNorm, linear } from './layers.ts';

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
