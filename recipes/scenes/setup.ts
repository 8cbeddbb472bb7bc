/** What both models share: words, sizes, batches of texts, and model folders that `load` opens. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NameRules, publishTensors, writeSafetensors } from '../../src/checkpoint/index.ts';
import { float32, int64, type NDArray } from '../../src/core/index.ts';
import { type Tokenizer, batch as textBatch, tokenizerFromJson, trainWordPiece } from '../../src/text/index.ts';
import type { Weights } from './learn.ts';
import type { Asked, SceneSet } from './set.ts';

/** The transformer of both models, in the keys of their configurations. */
export const sizes = { hidden_size: 96, intermediate_size: 384, num_attention_heads: 4, num_hidden_layers: 3 };

export interface Words {
  tokenizer: Tokenizer;
  /** Tokens of the longest text. */
  longest: number;
  /** Texts → ids and mask int64 [b, longest]. */
  read(texts: readonly string[]): { ids: NDArray; mask: NDArray };
}

/** Words of the captions and questions that are trained on; every one is a token. */
export function wordsOf({ scenes, asked, heldOut, otherHand }: SceneSet): Words {
  const captions = scenes.flatMap(({ sample }) => sample.captions);
  const tokenizer = tokenizerFromJson(
    trainWordPiece([...captions, ...asked.map(({ question }) => question)], { size: 600 }),
  );
  const all = [...captions, ...[asked, heldOut, otherHand].flatMap((set) => set.map(({ question }) => question))];
  const longest = Math.max(...all.map((text) => tokenizer.encode(text).ids.length));
  const read = (texts: readonly string[]) => textBatch(tokenizer, texts, { pad: 'max', maxLength: longest });
  return { tokenizer, longest, read };
}

/** Scores of all answers for each question, float32 [b, answers]: 1 for the right one. */
export function targetsOf(asked: readonly Asked[], answers: readonly string[]): NDArray {
  const scores = asked.flatMap(({ answer }) => answers.map((other) => Number(other === answer)));
  return float32([asked.length, answers.length], scores);
}

/** The bias of an answering head that starts from how frequent answers are, instead of from one half. */
export function priorOf(asked: readonly Asked[], answers: readonly string[]): NDArray {
  const logits = answers.map((answer) => {
    const share = asked.filter((one) => one.answer === answer).length / asked.length;
    return Math.log(share / (1 - share));
  });
  return float32([answers.length], logits);
}

/** How words are hidden: any word of the training texts may stand where one was. */
export function maskingOf({ special, vocabularySize, id, token }: Tokenizer) {
  const [pad, start, end, mask] = [special.pad!, special.cls!, special.sep!, special.mask!];
  return {
    mask,
    replacements: [id('[MASK]')! + 1, vocabularySize] as const,
    special: new Set([pad, start, end]),
    edges: new Set([start, end]),
    continues: (piece: number) => token(piece)!.startsWith('##'),
  };
}

export const rowsOf = ({ shape: [rows, width], data }: NDArray): number[][] =>
  Array.from({ length: rows }, (_, row) => Array.from(data.slice(row * width, (row + 1) * width), Number));

export const labelsOf = (labels: readonly number[]): NDArray => int64([labels.length], labels);

/** Writes a model folder. */
export async function saveModel(
  folder: string,
  weights: Weights,
  names: NameRules,
  files: Readonly<Record<string, object>>,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await writeSafetensors(join(folder, 'model.safetensors'), publishTensors(weights, names), {
    metadata: { format: 'pt' },
  });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), JSON.stringify(content));
}
