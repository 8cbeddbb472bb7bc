import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadTokenizer, type Tokenizer, tokenizerFromFiles } from './index.ts';

const bertVocabulary = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'a', 'dog', '##s', 'cafe', 'Cafe', '.'].join(
  '\n',
);
const byteVocabulary = JSON.stringify({ '<s>': 0, '<pad>': 1, '</s>': 2, '<unk>': 3, a: 4, Ġ: 5, Ġa: 6, b: 7 });
const merges = '#version: 0.2\nĠ a\n';
const tokens = (tokenizer: Tokenizer, text: string) => tokenizer.encode(text).ids.map((id) => tokenizer.token(id));

test('vocab.txt follows do_lower_case of the configuration, whose default is lower case', () => {
  const lower = tokenizerFromFiles({ 'vocab.txt': bertVocabulary });
  expect(tokens(lower, 'A Café.')).toEqual(['[CLS]', 'a', 'cafe', '.', '[SEP]']);
  expect(lower.special).toMatchObject({ pad: 0, unk: 1, cls: 2, sep: 3, mask: 4, bos: undefined });
  expect(lower.vocabularySize).toBe(11);
  const config = JSON.stringify({ do_lower_case: false, model_max_length: 512 });
  const cased = tokenizerFromFiles({ 'vocab.txt': bertVocabulary, 'tokenizer_config.json': config });
  expect(tokens(cased, 'a Cafe.')).toEqual(['[CLS]', 'a', 'Cafe', '.', '[SEP]']);
  expect(cased.modelMaxLength).toBe(512);
});

test('tokens listed beside a vocabulary are added to it and matched whole', () => {
  const tokenizer = tokenizerFromFiles({
    'vocab.txt': bertVocabulary,
    'added_tokens.json': '{"[DEC]": 11}',
    'tokenizer_config.json': '{"bos_token": "[DEC]", "model_max_length": 1000000000000000019884624838656}',
  });
  expect(tokens(tokenizer, '[DEC] a dog')).toEqual(['[CLS]', '[DEC]', 'a', 'dog', '[SEP]']);
  expect(tokenizer.special.bos).toBe(11);
  expect(tokenizer.modelMaxLength).toBeUndefined();
});

test('byte pairs get the special tokens that the configuration asks for', () => {
  const load = (config: object) =>
    tokenizerFromFiles({
      'vocab.json': byteVocabulary,
      'merges.txt': merges,
      'tokenizer_config.json': JSON.stringify(config),
    });
  expect(tokens(load({}), 'a a')).toEqual(['a', 'Ġa']);
  expect(tokens(load({ add_bos_token: true, bos_token: '</s>' }), 'a a')).toEqual(['</s>', 'a', 'Ġa']);
  const roberta = load({ tokenizer_class: 'RobertaTokenizer' });
  expect(tokens(roberta, 'a')).toEqual(['<s>', 'a', '</s>']);
  expect(roberta.encode('a', { pair: 'a' })).toEqual({
    ids: [0, 4, 2, 2, 4, 2],
    typeIds: [0, 0, 0, 0, 0, 0],
    mask: [1, 1, 1, 1, 1, 1],
  });
});

test('CLIP text loses its end-of-word marks only where the repository names the class', () => {
  const files = {
    'vocab.json': JSON.stringify({ a: 0, 'a</w>': 1, b: 2, 'b</w>': 3, '<|startoftext|>': 4, '<|endoftext|>': 5 }),
    'merges.txt': '#version: 0.2\n',
  };
  expect(tokenizerFromFiles(files).decode([4, 0, 3, 1, 5])).toBe('ab</w>a</w>');
  const named = tokenizerFromFiles({ ...files, 'tokenizer_config.json': '{"tokenizer_class": "CLIPTokenizer"}' });
  expect(named.decode([4, 0, 3, 1, 5])).toBe('ab a');
  expect(named.special).toMatchObject({ bos: 4, eos: 5, pad: 5, unk: 5 });
});

test('ids outside the vocabulary are left out of the text', () => {
  expect(tokenizerFromFiles({ 'vocab.txt': bertVocabulary }).decode([5, 99, 6, 7])).toBe('a dogs');
});

test('characters of the further planes and capital sigma are treated as in Rust', () => {
  const tokenizer = tokenizerFromFiles({ 'vocab.txt': `${bertVocabulary}\nοδοσ\nοδος` });
  expect(tokens(tokenizer, '𠀀a𠀁')).toEqual(['[CLS]', '[UNK]', 'a', '[UNK]', '[SEP]']);
  expect(tokens(tokenizer, 'ΟΔΟΣ')).toEqual(['[CLS]', 'οδοσ', '[SEP]']);
});

test.each([
  [{}, 'no vocabulary'],
  [{ 'vocab.json': '{}' }, 'no vocabulary'],
  [{ 'tokenizer.json': '<html>' }, 'tokenizer.json is not JSON'],
  [{ 'tokenizer.json': '[]' }, 'tokenizer.json holds no JSON object'],
  [{ 'tokenizer.json': '{"model": {}}' }, 'no model.vocab'],
  [{ 'tokenizer.json': '{"normalizer": {"type": "Odd"}, "model": {"type": "BPE", "vocab": {}, "merges": []}}' }, 'Odd'],
  [{ 'tokenizer.json': '{"post_processor": {"type": "Odd"}, "model": {"vocab": {}}}' }, 'post_processor Odd'],
  [
    {
      'tokenizer.json': JSON.stringify({
        post_processor: { type: 'TemplateProcessing', single: [{ SpecialToken: { id: '<s>', type_id: 0 } }], pair: [] },
        model: { type: 'BPE', vocab: {}, merges: [] },
      }),
    },
    'post_processor uses <s> but gives no ids',
  ],
  [{ 'vocab.txt': 'version https://git-lfs' }, 'vocab.txt lacks [UNK], [CLS], [SEP]'],
  [{ 'vocab.json': '{}', 'merges.txt': 'a b c' }, 'merges.txt: "a b c" is not two pieces'],
  [{ 'vocab.json': '{"a</w>": 0}', 'merges.txt': '' }, 'vocab.json lacks <|startoftext|>'],
])('damaged files are refused by name: %j', (files, message) => {
  expect(() => tokenizerFromFiles(files)).toThrow(message);
});

test('a directory is read, and its name is in the error when it cannot be used', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sightread-text-'));
  try {
    await expect(loadTokenizer(directory)).rejects.toThrow(`${directory}: no vocabulary`);
    await writeFile(join(directory, 'vocab.txt'), bertVocabulary);
    expect((await loadTokenizer(directory)).encode('a dog').ids).toEqual([2, 5, 6, 3]);
    await expect(loadTokenizer(join(directory, 'none'))).rejects.toThrow('is not a directory');
  } finally {
    await rm(directory, { recursive: true });
  }
});
