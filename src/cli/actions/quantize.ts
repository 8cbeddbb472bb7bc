/** `sightread quantize`: a model in, a smaller folder out. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultModel, quantize as write } from '../../models/load.ts';
import type { QuantizeFlags } from '../commands/quantize.ts';
import { loading } from '../model.ts';
import { measure } from '../numbers.ts';
import type { Session } from '../session.ts';

export async function quantize(
  model: string = defaultModel,
  { dtype, out, ...flags }: QuantizeFlags,
  session: Session,
): Promise<void> {
  await loading(session, (options) => write(model, { ...flags, ...options, dtype, out }));
  const { size } = await stat(join(out, 'model.safetensors'));
  session.stdout.write(`${out}: ${measure(size, 'B')} of weights in ${dtype}\n`);
}
