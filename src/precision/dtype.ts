/** What a person can ask for, and what each device has. */
import { UsageError } from '../core/index.ts';

/**
 * - `fp32`: the numbers as the file has them, products in float32.
 * - `fp16`: matrices and tables are stored in half; the engine widens them when a program opens and computes in float32.
 * - `q8`: products with 8-bit weights, a scale for each output, and activations that are rounded to 8 bits as they come.
 * - `q4`: products of texts with 4-bit weights, a scale for every 32 of them; those that see pictures alone as in `q8`.
 */
export const precisions = ['fp32', 'fp16', 'q8', 'q4'] as const;
export type Precision = (typeof precisions)[number];

/** What `--dtype` and `load(model, { dtype })` take. `auto` is q8 where the products are large enough to gain by it. */
export type PrecisionChoice = Precision | 'auto';

/** Products with 8-bit activations have no kernel on a graphics card: the engine would copy every one back and forth. */
const lacking: Readonly<Record<string, readonly Precision[]>> = { webgpu: ['q8'] };

/**
 * Checks a choice against a device.
 * @throws UsageError when the word means nothing or the device lacks it; the message says what would work.
 */
export function checkPrecision(choice: string, device = 'cpu'): PrecisionChoice {
  const known: readonly string[] = [...precisions, 'auto'];
  if (!known.includes(choice)) throw new UsageError(`dtype '${choice}' is unknown; use ${known.join(', ')}`);
  if (lacking[device]?.includes(choice as Precision)) {
    const there = precisions.filter((one) => !lacking[device].includes(one));
    throw new UsageError(`dtype ${choice} does not run on the device ${device}; use ${there.join(' or ')}`);
  }
  return choice as PrecisionChoice;
}

/** Below this many numbers in its products a model is read and run in no time as it is, and rounding gains nothing. */
const worthIt = 16e6;

/** What `auto` means for a model whose products hold so many numbers. */
export const automatic = (numbers: number, device = 'cpu'): Precision =>
  numbers < worthIt || lacking[device]?.includes('q8') ? 'fp32' : 'q8';
