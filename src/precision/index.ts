/** Reduced precision: what is asked for, what becomes of each weight, and products with packed weights. */
export { automatic, checkPrecision, type Precision, type PrecisionChoice, precisions } from './dtype.ts';
export { bitsOf, blockSize, fits, MatrixPacker, packedSizes } from './pack.ts';
export { usePacked } from './pass.ts';
export { planOf, productNumbers, type Treatment } from './plan.ts';
