/** Where a backward pass may start computing again, and how it waits with that; see recompute.ts. */
import { apply, primitive, type Tensor } from '../tensor.ts';
import { heldBack } from './layout.ts';

type None = Record<string, never>;

/** The same numbers. It computes nothing, and marks a tensor that is kept when what lies before it is computed again. */
export const boundaryPrimitive = primitive<None>({
  name: 'boundary',
  shape: ([{ dtype, shape }]) => ({ dtype, shape }),
  grad: ({ grad }) => [grad],
  onnx: ({ inputs }) => inputs[0],
});

export const boundary = (x: Tensor): Tensor => apply(boundaryPrimitive, [x], {});

/** The first input, once the second is there; to `share` and to the engine another tensor than the first. */
export const afterPrimitive = primitive<None>({
  name: 'after',
  shape: ([{ dtype, shape }]) => ({ dtype, shape }),
  grad: null,
  onnx: ({ emit, inputs: [x, gate], node }) => heldBack(emit, x, node.outputs[0].shape, gate),
});

export const after = (x: Tensor, gate: Tensor): Tensor => apply(afterPrimitive, [x, gate], {});
