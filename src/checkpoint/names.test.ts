import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { float32, type NDArray } from '../core/array.ts';
import { readBytes } from './files.ts';
import {
  bindWeights,
  type NameRules,
  openCheckpoint,
  publishedName,
  publishedNames,
  publishTensors,
  writeSafetensors,
} from './index.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'names-'));
});
afterAll(() => rm(folder, { recursive: true }));

const count = (length: number, from = 0) => Array.from({ length }, (_, i) => from + i);

const names: NameRules = {
  rules: [
    ['class', 'vit.cls', { leading: 2 }],
    ['blocks.{i}.attn.{q|k|v}.{weight|bias}', 'vit.layer.{i}.in_proj_{weight|bias}', { fused: true }],
    ['blocks.{i}.mlp.{up|down}', 'vit.layer.{i}.{fc1|fc2}', { transpose: true }],
    ['key', 'vit.pair', { rows: [1, 2] }],
    ['value', 'vit.pair', { rows: [0, 2] }],
    ['head', 'output'],
    ['words', 'vit.words'],
  ],
  fallbacks: { 'head.weight': 'vit.words.weight' },
  ignore: ['*.position_ids'],
  prefixes: ['vit.', 'module.'],
};

const published = new Map<string, NDArray>([
  ['vit.cls', float32([1, 1, 2], [1, 2])],
  ['vit.layer.3.in_proj_weight', float32([6, 2], count(12))],
  ['vit.layer.3.in_proj_bias', float32([6], count(6, 100))],
  ['vit.layer.3.fc1.weight', float32([2, 3], count(6))],
  ['vit.layer.3.fc1.bias', float32([3], [7, 8, 9])],
  ['vit.pair', float32([2], [5, 6])],
  ['vit.words.weight', float32([4, 2], count(8))],
  ['vit.embeddings.position_ids', float32([1, 2], [0, 1])],
]);

const wanted = new Map<string, number[]>([
  ['class', [2]],
  ['blocks.3.attn.q.weight', [2, 2]],
  ['blocks.3.attn.k.weight', [2, 2]],
  ['blocks.3.attn.v.weight', [2, 2]],
  ['blocks.3.attn.q.bias', [2]],
  ['blocks.3.attn.k.bias', [2]],
  ['blocks.3.attn.v.bias', [2]],
  ['blocks.3.mlp.up.weight', [3, 2]],
  ['blocks.3.mlp.up.bias', [3]],
  ['key', [1]],
  ['value', [1]],
  ['words.weight', [4, 2]],
  ['head.weight', [4, 2]],
]);

async function write(tensors: ReadonlyMap<string, NDArray>, rename = (name: string) => name) {
  const path = join(folder, `${Math.random()}.safetensors`);
  await writeSafetensors(
    path,
    [...tensors].map(([name, value]) => [rename(name), value]),
  );
  return openCheckpoint(path);
}

/** What the compiler would see. */
async function values(sources: Awaited<ReturnType<typeof bindWeights>>) {
  const out: Record<string, number[]> = {};
  for (const [path, source] of sources)
    out[path] =
      source.kind === 'data'
        ? [...(source.value.data as Float32Array)]
        : [...new Float32Array((await readBytes(source.file, source.offset, source.byteLength)).buffer)];
  return out;
}

const expected = {
  class: [1, 2],
  'blocks.3.attn.q.weight': [0, 1, 2, 3],
  'blocks.3.attn.k.weight': [4, 5, 6, 7],
  'blocks.3.attn.v.weight': [8, 9, 10, 11],
  'blocks.3.attn.q.bias': [100, 101],
  'blocks.3.attn.k.bias': [102, 103],
  'blocks.3.attn.v.bias': [104, 105],
  'blocks.3.mlp.up.weight': [0, 3, 1, 4, 2, 5],
  'blocks.3.mlp.up.bias': [7, 8, 9],
  key: [6],
  value: [5],
  'words.weight': count(8),
  'head.weight': count(8),
};

describe('bindWeights', () => {
  it('points into the file, and reads only what must be turned', async () => {
    const sources = await bindWeights({ wanted, checkpoint: await write(published), names });
    expect([...sources].filter(([, { kind }]) => kind === 'data').map(([path]) => path)).toEqual([
      'blocks.3.mlp.up.weight',
    ]);
    expect(await values(sources)).toEqual(expected);
  });

  it.each([
    ['lacks a prefix', (name: string) => name.replace('vit.', '')],
    ['adds a prefix', (name: string) => `module.${name}`],
    ['adds one and lacks another', (name: string) => name.replace('vit.', 'module.')],
  ])('accepts a file that %s', async (_, rename) => {
    expect(await values(await bindWeights({ wanted, checkpoint: await write(published, rename), names }))).toEqual(
      expected,
    );
  });

  it("prefers the rule's own tensor to the tied one", async () => {
    const tensors = new Map([...published, ['output.weight', float32([4, 2], count(8, 50))]]);
    const sources = await bindWeights({ wanted, checkpoint: await write(tensors), names });
    expect((await values(sources))['head.weight']).toEqual(count(8, 50));
  });

  it('tries later rules as other spellings, and writes by the first', async () => {
    const twice: NameRules = {
      rules: [
        ['norm', 'LayerNorm'],
        ['norm.{weight|bias}', 'LayerNorm.{gamma|beta}'],
      ],
    };
    const old = new Map([
      ['LayerNorm.gamma', float32([1], [1])],
      ['LayerNorm.beta', float32([1], [2])],
    ]);
    const both = new Map([
      ['norm.weight', [1]],
      ['norm.bias', [1]],
    ]);
    const sources = await bindWeights({ wanted: both, checkpoint: await write(old), names: twice });
    expect(await values(sources)).toEqual({ 'norm.weight': [1], 'norm.bias': [2] });
    expect(publishedName('norm.bias', twice)).toBe('LayerNorm.bias');
  });

  it('lists everything that is missing, misshapen and unused in one error', async () => {
    const tensors = new Map(published);
    tensors.delete('vit.pair');
    tensors.set('vit.layer.3.in_proj_bias', float32([4], count(4)));
    tensors.set('vit.extra', float32([1], [0]));
    const checkpoint = await write(tensors);
    const error = await bindWeights({ wanted, checkpoint, names }).catch((fault) => fault);
    expect(error.name).toBe('CheckpointError');
    expect(error.message).toContain(`${checkpoint.path}: does not fit the model: 1 missing (vit.pair); 3 misshapen (`);
    expect(error.message).toContain('vit.layer.3.in_proj_bias for blocks.3.attn.q.bias: [4] in 3 slices, wanted [2]');
    expect(error.message).toContain('; 1 unused (vit.extra); check that config.json');
    expect(error.message).not.toContain('\n');
  });

  it('says so when the file is of another family, and keeps long lists short', async () => {
    const other = new Map(count(20).map((i) => [`encoder.${i}`, float32([1], [i])]));
    await expect(bindWeights({ wanted, checkpoint: await write(other), names })).rejects.toThrow(
      /8 missing \(.*\); 20 unused \(encoder\.0(, encoder\.\d+){7}, …\); it seems to belong to another family/,
    );
  });

  it('does not accept a transposed matrix for its equal', async () => {
    const checkpoint = await write(new Map([['a', float32([2, 3], count(6))]]));
    const attempt = bindWeights({ wanted: new Map([['a', [3, 2]]]), checkpoint, names: { rules: [] } });
    await expect(attempt).rejects.toThrow('1 misshapen (a for a: [2, 3], wanted [3, 2])');
  });
});

describe('publishTensors', () => {
  it('is the inverse of bindWeights', async () => {
    const sources = await bindWeights({ wanted, checkpoint: await write(published), names });
    const found = await values(sources);
    const ours = new Map(
      [...wanted]
        .filter(([path]) => path !== 'head.weight')
        .map(([path, shape]) => [path, float32(shape, found[path])]),
    );
    const back = publishTensors(ours, names);
    const kept = new Map([...published].filter(([name]) => !name.endsWith('position_ids')));
    expect(new Set(back.keys())).toEqual(new Set(kept.keys()));
    for (const [name, value] of kept) expect(back.get(name), name).toEqual(value);
  });

  it('refuses to save half of a fused tensor', () => {
    expect(() => publishTensors(new Map([['key', float32([1], [0])]]), names)).toThrow(
      'vit.pair: has 1 of our tensors',
    );
  });
});

describe('publishedName', () => {
  it.each([
    ['blocks.12.mlp.down.bias', 'vit.layer.12.fc2.bias'],
    ['blocks.0.attn.v.bias', 'vit.layer.0.in_proj_bias'],
    ['words', 'vit.words'],
    ['wordsmith.weight', 'wordsmith.weight'],
    ['blocks.x.mlp.up', 'blocks.x.mlp.up'],
  ])('%s is %s', (path, name) => {
    expect(publishedName(path, names)).toBe(name);
  });

  it('maps many at once', () => {
    expect(publishedNames(['head.weight', 'key'], names)).toEqual(
      new Map([
        ['head.weight', 'output.weight'],
        ['key', 'vit.pair'],
      ]),
    );
  });

  it('refuses a rule whose alternatives do not pair', () => {
    expect(() => publishedName('a', { rules: [['{a|b}', '{x|y|z}']] })).toThrow("'{a|b}' has no 2 alternatives");
    expect(() => publishedName('a', { rules: [['a', '{x|y}']] })).toThrow('has nothing for the alternatives {x|y}');
  });
});
