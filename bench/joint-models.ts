/** ViLT and UNITER of base size with random weights, for the benchmark: as their published files are laid out. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NameRules, publishTensors, writeSafetensors } from '../src/checkpoint/index.ts';
import { ParameterList } from '../src/core/index.ts';
import { type JointSource, traceHead } from '../src/models/joint/index.ts';
import { uniterConfig } from '../src/models/uniter/config.ts';
import { uniterSource } from '../src/models/uniter/tasks.ts';
import { uniterNames } from '../src/models/uniter/weights.ts';
import { viltConfig } from '../src/models/vilt/config.ts';
import { viltSource } from '../src/models/vilt/tasks.ts';
import { viltNames } from '../src/models/vilt/weights.ts';
import { initialise } from '../src/train/index.ts';

/** Answers of VQA v2's usual list. */
const answers = Object.fromEntries(Array.from({ length: 3129 }, (_, i) => [i, `answer ${i}`]));

const transformer = {
  hidden_size: 768,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  intermediate_size: 3072,
  hidden_act: 'gelu',
  hidden_dropout_prob: 0,
  attention_probs_dropout_prob: 0,
};

/** The layout of `dandelin/vilt-b32-finetuned-vqa`. */
const viltBase = {
  model_type: 'vilt',
  architectures: ['ViltForQuestionAnswering'],
  ...transformer,
  vocab_size: 30522,
  max_position_embeddings: 40,
  image_size: 384,
  patch_size: 32,
  id2label: answers,
};

/** The sizes of `uniter-base.pt`. */
const uniterBase = {
  model_type: 'uniter',
  ...transformer,
  vocab_size: 28996,
  max_position_embeddings: 512,
  type_vocab_size: 2,
  id2label: answers,
};

export async function writeVilt(place: string): Promise<void> {
  const config = viltConfig(viltBase);
  const processor = () => {
    throw new Error('pictures of this benchmark are numbers already');
  };
  await write(place, viltBase, viltSource(config, ['classify'], { processor }), viltNames(config));
}

export async function writeUniter(place: string): Promise<void> {
  await write(place, uniterBase, uniterSource(uniterConfig(uniterBase), ['classify']), uniterNames);
}

async function write<Picture>(place: string, config: object, source: JointSource<Picture>, names: NameRules) {
  const weights = join(place, 'model.safetensors');
  if (existsSync(weights)) return;
  console.error(`writing random weights: ${weights}`);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'config.json'), JSON.stringify(config));
  const list = new ParameterList();
  for (const head of source.heads) traceHead(source, head, list);
  await writeSafetensors(weights, publishTensors(initialise(list, 1), names), { metadata: { format: 'pt' } });
}
