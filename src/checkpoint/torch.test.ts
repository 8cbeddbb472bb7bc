import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toFloat32 } from '../core/array.ts';
import { CheckpointError } from '../core/errors.ts';
import { bindWeights, openCheckpoint, under } from './index.ts';
import { storedTensors } from './testing.ts';

const fixtures = resolve(import.meta.dirname, '../../test/fixtures/checkpoint');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'torch-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe.each(['training.pt', 'legacy.bin'])('%s, as torch.save writes it', (name) => {
  const open = () => openCheckpoint(join(fixtures, name));
  it.each([
    ...storedTensors,
    ['parameter', 'float32', [6], [0, 1, 2, 3, 4, 5]],
    [
      'turned',
      'float32',
      [6, 4],
      [0, 6, 12, 18, 1, 7, 13, 19, 2, 8, 14, 20, 3, 9, 15, 21, 4, 10, 16, 22, 5, 11, 17, 23],
    ],
    ['corner', 'float32', [2, 2], [8, 9, 14, 15]],
    ['rows', 'float32', [2, 6], [12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]],
    ['expanded', 'float32', [3], [5, 5, 5]],
    ['linear.weight', 'float32', [2, 3], [0, 1, 2, 3, 4, 5]],
    ['linear.bias', 'float32', [2], [7, 8]],
  ])('%s', async (tensor, dtype, shape, values) => {
    const array = await under(await open(), 'model').read(tensor);
    expect(array).toMatchObject({ dtype, shape });
    expect([...toFloat32(array)]).toEqual(values);
  });

  it('keeps the places of contiguous tensors, and shares those of tied ones', async () => {
    const { entries } = await open();
    expect(entries.get('model.corner')?.strides).toEqual([6, 1]);
    expect(entries.get('model.rows')).not.toHaveProperty('strides');
    expect(entries.get('model.rows')?.offset).toBe((entries.get('model.tied')?.offset ?? 0) + 12 * 4);
  });

  it('has what lies beside the model', async () => {
    const checkpoint = await open();
    expect([...toFloat32(await checkpoint.read('optimizer.state.0.exp_avg'))]).toEqual([0, 2, 4, 6, 8, 10]);
    expect(checkpoint.metadata).toMatchObject({
      epoch: '7',
      big: String(1n << 70n),
      note: 'a picture',
      'args.width': '8',
      'args.nested.y': 'true',
    });
  });

  it('binds by byte range, and gathers what has strides', async () => {
    const checkpoint = under(await open(), 'model');
    const sources = await bindWeights({
      wanted: new Map([
        ['a', [6, 4]],
        ['b', [2, 6]],
      ]),
      checkpoint,
      names: {
        rules: [
          ['a', 'turned'],
          ['b', 'rows'],
        ],
        ignore: ['*'],
      },
    });
    expect([...sources.values()].map(({ kind }) => kind)).toEqual(['data', 'range']);
  });

  it('says what there is when a part is asked for that is not there', async () => {
    const checkpoint = await open();
    expect(() => under(checkpoint, 'ema')).toThrow(`${name}: has no tensors under 'ema'; it has model, optimizer`);
  });

  it('any damage gives an error or ranges inside the file', async () => {
    const good = await readFile(join(fixtures, name));
    const path = join(folder, name);
    const damage = fc.array(fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(damage, fc.option(fc.nat(good.length)), async (changes, length) => {
        const bytes = Buffer.from(good.subarray(0, length ?? good.length));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        await writeFile(path, bytes);
        try {
          for (const { offset, byteLength } of (await openCheckpoint(path)).entries.values())
            expect(offset >= 0 && offset + byteLength <= bytes.length).toBe(true);
        } catch (error) {
          if (!(error instanceof CheckpointError)) throw error;
          expect(error.message).not.toContain('\n');
        }
      }),
      { numRuns: 150 },
    );
  });
});

/** A `torch.save` archive around a hand-made pickle. */
async function archive(pickle: string, others: Record<string, string> = {}, level: 0 | 6 = 0): Promise<string> {
  const path = join(folder, `${Math.random()}.pt`);
  const members = { 'a/data.pkl': pickle, 'a/version': '3\n', ...others };
  const files = Object.fromEntries(Object.entries(members).map(([key, text]) => [key, Buffer.from(text, 'latin1')]));
  await writeFile(path, zipSync(files, { level }));
  return path;
}

const unicode = (text: string) => `X${String.fromCharCode(text.length)}\0\0\0${text}`;
/** A float32 storage '0' of `length` elements. */
const storage = (length: number) =>
  `(${unicode('storage')}ctorch\nFloatStorage\n${unicode('0')}${unicode('cpu')}K${String.fromCharCode(length)}tQ`;
const tuple = (...numbers: number[]) => `(${numbers.map((number) => `K${String.fromCharCode(number)}`).join('')}t`;
const view = (inside: string, offset: string, shape: string, strides: string) =>
  `ctorch._utils\n_rebuild_tensor_v2\n(${inside}${offset}${shape}${strides}\x89ccollections\nOrderedDict\n)RtR`;
const state = (value: string) => `\x80\x02}${unicode('w')}${value}s.`;

describe('hand-made files', () => {
  it('the helpers of these tests make a readable one', async () => {
    const path = await archive(state(view(storage(2), 'K\0', tuple(2), tuple(1))), {
      'a/data/0': '\0\0\x80\x3f\0\0\0\x40',
    });
    expect([...(await (await openCheckpoint(path)).read('w')).data]).toEqual([1, 2]);
  });

  it.each<[string, string, string]>([
    [
      'a command',
      `\x80\x02cposix\nsystem\n(${unicode('touch x')}tR.`,
      'names posix.system, which is not read for safety; save only',
    ],
    ['a command of protocol 4', `\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R.`, 'names os.system'],
    ['eval', `\x80\x02c__builtin__\neval\n(${unicode('1')}tR.`, 'names __builtin__.eval'],
    [
      'a loader of nested pickles',
      '\x80\x02ctorch.storage\n_load_from_bytes\n(tR.',
      'names torch.storage._load_from_bytes',
    ],
    ['a property of Object.prototype', '\x80\x02cconstructor\nconstructor\n(tR.', 'names constructor.constructor'],
    ['a whole model', '\x80\x02cmodels.blip\nBLIP_Decoder\n)\x81}b.', 'names models.blip.BLIP_Decoder'],
    ['a call of a mere name', '\x80\x02ctorch\nFloatStorage\n)R.', 'calls torch.FloatStorage'],
    ['a call of a text', `\x80\x02${unicode('x')})R.`, 'calls something that is no function'],
    ['an instance of the old kind', '\x80\x02(iposix\nsystem\n.', 'uses the pickle operation 0x69 at byte 3'],
    ['a registered extension', '\x80\x02\x82\x01.', 'uses the pickle operation 0x82'],
    ['an empty stack', '\x80\x020.', 'takes more than it made'],
    ['a missing mark', '\x80\x02t.', 'without a mark'],
    ['a missing memory', '\x80\x02h\x05.', 'recalls what it never made'],
    ['a dict without a value', `\x80\x02}(${unicode('a')}u.`, 'a key and no value'],
    ['items of no dict', `\x80\x02]${unicode('a')}Ns.`, 'fills something that is no dict'],
    ['a huge number', '\x80\x02\x8b\xff\xff\xff\x7f.', 'holds a number of 2147483647 bytes'],
    ['a program without end', '\x80\x02}', 'is cut off within its list of tensors'],
    ['a text that is longer than the file', '\x80\x02X\xff\xff\xff\x7fa.', 'is cut off within'],
    ['a dict in itself', `\x80\x02}q\0${unicode('a')}h\0s.`, 'is nested without end'],
    ['a list that doubles', `\x80\x02]q\0${'h\0h\0\x86q\0'.repeat(40)}.`, 'is nested without end'],
    [
      'a view outside its storage',
      state(view(storage(2), 'K\x01', tuple(2), tuple(1))),
      "tensor 'w' leaves its storage",
    ],
    [
      'a negative offset',
      state(view(storage(2), 'J\xff\xff\xff\xff', tuple(1), tuple(1))),
      "tensor 'w' has no storage",
    ],
    [
      'strides that leave the storage',
      state(view(storage(2), 'K\0', tuple(2), tuple(2))),
      "tensor 'w' leaves its storage",
    ],
    ['too few strides', state(view(storage(2), 'K\0', tuple(2, 1), tuple(1))), "tensor 'w' has no valid shape"],
    ['no storage', state(view('N', 'K\0', tuple(2), tuple(1))), "tensor 'w' has no storage"],
    [
      'a storage that is longer than its data',
      state(view(storage(9), 'K\0', tuple(2), tuple(1))),
      'needs storage 0, which is cut off',
    ],
    [
      'a number repeated without end',
      state(view(storage(1), 'K\0', tuple(...Array(5).fill(200)), tuple(0, 0, 0, 0, 0))),
      'repeats numbers to',
    ],
    ['a storage that is no storage', `\x80\x02${unicode('x')}Q.`, 'the description of a storage is broken'],
  ])('%s is refused', async (_, pickle, fault) => {
    const path = await archive(pickle, { 'a/data/0': '\0\0\x80\x3f\0\0\0\x40' });
    const error = await openCheckpoint(path).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(CheckpointError);
    expect(error.message.startsWith(path)).toBe(true);
    expect(error.message).toContain(fault);
    expect(error.message).not.toContain('\n');
  });

  it.each<[string, () => Promise<string>, string]>([
    ['compressed', () => archive(state('N').padEnd(200), {}, 6), "'a/data.pkl' is compressed"],
    [
      'of another kind',
      async () => save('x.pt', zipSync({ 'word/document.xml': Buffer.from('x') }, { level: 0 })),
      'is a zip archive, but not one of torch.save',
    ],
    ['TorchScript', () => archive(state('N'), { 'a/code/x.py': 'pass' }), 'is a TorchScript program'],
    ['big-endian', () => archive(state('N'), { 'a/byteorder': 'big' }), 'was written on a big-endian machine'],
    [
      'a plain pickle',
      () => save('y.pkl', Buffer.from('\x80\x02}.', 'latin1')),
      'is a pickle, but not one of torch.save',
    ],
    ['an HTML page', () => save('z.bin', Buffer.from('<!doctype html>')), 'is an HTML page'],
    [
      'a Git-LFS pointer',
      () => save('l.bin', Buffer.from('version https://git-lfs.github.com/spec/v1\n')),
      'is a Git-LFS pointer',
    ],
    ['noise', () => save('n.bin', Buffer.from('noise')), 'is no PyTorch file'],
  ])('an archive that is %s is refused', async (_, make, fault) => {
    const path = await make();
    await expect(openCheckpoint(path)).rejects.toThrow(`${path}: ${fault}`);
  });

  it('shards of pickles open by their index', async () => {
    const shards = await mkdtemp(join(folder, 'shards-'));
    const bytes = await readFile(join(fixtures, 'training.pt'));
    await writeFile(join(shards, 'pytorch_model-00001-of-00001.bin'), bytes);
    const map = { 'model.f32': 'pytorch_model-00001-of-00001.bin' };
    await writeFile(join(shards, 'pytorch_model.bin.index.json'), JSON.stringify({ weight_map: map }));
    expect([...(await (await openCheckpoint(shards)).read('model.i32')).data]).toEqual([-3, -2, -1, 0, 1, 2]);
  });
});

async function save(name: string, bytes: Uint8Array): Promise<string> {
  await writeFile(join(folder, name), bytes);
  return join(folder, name);
}
