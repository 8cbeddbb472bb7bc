/** For tests: weights of a joint model drawn from a seed, a tokenizer of a few words, and pictures of noise. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type NameRules, publishTensors, writeSafetensors } from '../../checkpoint/index.ts';
import { type NDArray, ParameterList, uniformNumber } from '../../core/index.ts';
import { drawnParameters } from '../../core/testing.ts';
import { type Pixels, pixels } from '../../image/index.ts';
import { trainWordPiece } from '../../text/index.ts';
import { type JointSource, traceHead } from './index.ts';

const words = ['a red cat', 'two blue dogs', 'a dog on the grass', 'what colour is the cat ?'];
export const tinyTokenizer = trainWordPiece(words, { size: 200 });
export const tinyVocabulary = Object.keys(tinyTokenizer.model.vocab as object).length;

/** Norms and gains near 1, the rest wide enough that nothing is negligible. */
const spread = 0.3;

/** Every parameter of the source's heads. */
export function drawnWeights<Picture>(source: JointSource<Picture>): Map<string, NDArray> {
  const list = new ParameterList();
  for (const head of source.heads) traceHead(source, head, list);
  return drawnParameters(list, { seed: 1, spread });
}

/** Writes a model's folder; `more` are further JSON files by name. */
export async function writeModel(
  folder: string,
  weights: ReadonlyMap<string, NDArray>,
  names: NameRules,
  more: Record<string, unknown>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeSafetensors(join(folder, 'model.safetensors'), publishTensors(weights, names));
  for (const [name, value] of Object.entries({ 'tokenizer.json': tinyTokenizer, ...more }))
    await writeFile(join(folder, name), JSON.stringify(value));
}

export const noise = (seed: number, width: number, height: number): Pixels =>
  pixels(
    width,
    height,
    Uint8Array.from({ length: width * height * 3 }, (_, i) => 256 * uniformNumber(seed, 0, i)),
  );
