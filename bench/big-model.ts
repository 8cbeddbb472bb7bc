/**
 * A full-size OPT-2.7B with random weights, in the layout of the published one: shards of half-precision numbers beside an
 * index. Tensors are written one after another and never held together.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { publishedNames } from '../src/checkpoint/name-rules.ts';
import { headerOf, type StoredTensor } from '../src/checkpoint/write.ts';
import { floatToHalf, type Parameter, sizeOf, uniformNumber } from '../src/core/index.ts';
import { optConfig } from '../src/models/opt/config.ts';
import { optParameters } from '../src/models/opt/tasks.ts';
import { optNames } from '../src/models/opt/weights.ts';
import { specialToken } from '../src/text/json.ts';

/** The sizes of `facebook/opt-2.7b`. */
const configuration = {
  model_type: 'opt',
  architectures: ['OPTForCausalLM'],
  vocab_size: 50272,
  hidden_size: 2560,
  word_embed_proj_dim: 2560,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  ffn_dim: 10240,
  max_position_embeddings: 2048,
  activation_function: 'relu',
  do_layer_norm_before: true,
  dropout: 0.1,
  pad_token_id: 1,
  bos_token_id: 2,
  eos_token_id: 2,
};

/** Bytes of a shard, at most. */
const shardSize = 2e9;
/** So many different numbers are drawn; each tensor starts among them at a place of its own. */
const drawn = 1 << 22;

/** Writes the model into `folder`, unless it is there. */
export async function writeBigModel(folder: string): Promise<void> {
  if (existsSync(join(folder, 'model.safetensors.index.json'))) return;
  mkdirSync(folder, { recursive: true });
  const { text } = optConfig(configuration);
  const parameters = [...optParameters(text)];
  const names = publishedNames(
    parameters.map(({ path }) => path),
    optNames(text),
  );
  const shards = inShards(parameters);
  const spread = numbers((value) => 0.02 * value);
  const map: Record<string, string> = {};
  for (const [i, shard] of shards.entries()) {
    const file = `model-${number(i + 1)}-of-${number(shards.length)}.safetensors`;
    const stored = shard.map(({ path, shape }): StoredTensor => ({ name: names.get(path)!, shape, dtype: 'float16' }));
    console.error(`writing random weights: ${file}`);
    const handle = await open(join(folder, file), 'w');
    await handle.writeFile(headerOf(file, stored, { format: 'pt' }));
    for (const [at, { shape, init }] of shard.entries()) {
      const values = init.kind === 'ones' ? ones : spread;
      await writeRun(handle, values, (i * 7919 + at * 104729) % drawn, sizeOf(shape));
    }
    await handle.close();
    for (const { name } of stored) map[name] = file;
  }
  const json = (name: string, value: object) => writeFileSync(join(folder, name), JSON.stringify(value));
  json('config.json', configuration);
  json('tokenizer.json', byteTokenizer(configuration.vocab_size));
  // The index last: it is what says that all is there.
  json('model.safetensors.index.json', { metadata: {}, weight_map: map });
}

const number = (n: number) => String(n).padStart(5, '0');

function inShards(parameters: readonly Parameter[]): Parameter[][] {
  const shards: Parameter[][] = [[]];
  let bytes = 0;
  for (const parameter of parameters) {
    const size = 2 * sizeOf(parameter.shape);
    if (bytes + size > shardSize) {
      shards.push([]);
      bytes = 0;
    }
    shards[shards.length - 1].push(parameter);
    bytes += size;
  }
  return shards;
}

/** Half-precision words of numbers that are near enough to normal. */
const numbers = (of: (value: number) => number): Uint16Array =>
  Uint16Array.from({ length: drawn }, (_, i) => {
    const sum = uniformNumber(1, 1, i) + uniformNumber(1, 2, i) + uniformNumber(1, 3, i);
    return floatToHalf(of(2 * sum - 3));
  });
const ones = new Uint16Array(drawn).fill(floatToHalf(1));

/** `count` words from place `start` on, round and round. */
async function writeRun(
  handle: Awaited<ReturnType<typeof open>>,
  words: Uint16Array,
  start: number,
  count: number,
): Promise<void> {
  for (let left = count, at = start; left > 0; at = 0) {
    const part = words.subarray(at, Math.min(words.length, at + left));
    await handle.writeFile(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
    left -= part.length;
  }
}

/** A byte-level vocabulary of this size: special tokens, all bytes, and as many pairs of bytes as there is room for. */
function byteTokenizer(size: number) {
  const special = ['<s>', '<pad>', '</s>', '<unk>'];
  const bytes = byteLetters();
  const pairs = bytes.flatMap((a) => bytes.map((b) => [a, b])).slice(0, size - special.length - bytes.length);
  const words = [...special, ...bytes, ...pairs.map(([a, b]) => a + b)];
  const template = [{ SpecialToken: { id: '</s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }];
  return {
    version: '1.0',
    added_tokens: special.map(specialToken),
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: {
      type: 'TemplateProcessing',
      single: template,
      pair: template,
      special_tokens: { '</s>': { id: '</s>', ids: [2], tokens: ['</s>'] } },
    },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: { type: 'BPE', vocab: Object.fromEntries(words.map((word, id) => [word, id])), merges: pairs },
  };
}

/** GPT-2's letters for the 256 bytes: printable ones stand for themselves, the others for letters from 256 on. */
function byteLetters(): string[] {
  const printable = (byte: number) => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++));
}
