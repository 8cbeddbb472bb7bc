/** The names that a PyTorch file may use: those that make tensors, and settings that often lie beside them. */
import type { DType } from '../core/array.ts';
import { Inert, type PickleName } from './pickle.ts';

/** A block of numbers in the file. */
export interface Storage {
  readonly key: string;
  readonly dtype: DType;
  /** Elements, not bytes. */
  readonly length: number;
  /** Elements between the start of the block `key` and this one: old files let storages be views of others. */
  readonly start: number;
}

/** A view of a storage; checked when its place in the file is known. */
export class TorchTensor {
  readonly storage: unknown;
  readonly offset: unknown;
  readonly shape: unknown;
  readonly strides: unknown;

  constructor([storage, offset, shape, strides]: readonly unknown[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

const storageTypes: Readonly<Record<string, DType>> = {
  'torch.FloatStorage': 'float32',
  'torch.HalfStorage': 'float16',
  'torch.BFloat16Storage': 'bfloat16',
  'torch.DoubleStorage': 'float64',
  'torch.LongStorage': 'int64',
  'torch.IntStorage': 'int32',
  'torch.CharStorage': 'int8',
  'torch.ByteStorage': 'uint8',
  'torch.BoolStorage': 'bool',
};

/** The dtype of what a persistent id names as its storage class. */
export const storageType = (value: unknown): DType | undefined =>
  storageTypes[(value as PickleName | undefined)?.name ?? ''];

const tensor = (args: readonly unknown[]) => new TorchTensor(args);
const firstArgument = ([value]: readonly unknown[]) => value;
const list = ([items = []]: readonly unknown[]) => [...(items as unknown[])];

const builders: Readonly<Record<string, PickleName['build']>> = {
  'torch._utils._rebuild_tensor': tensor,
  'torch._utils._rebuild_tensor_v2': tensor,
  'torch._utils._rebuild_parameter': firstArgument,
  'torch._utils._rebuild_parameter_with_state': firstArgument,
  'torch.Size': list,
  'builtins.set': list,
  '__builtin__.set': list,
  'builtins.frozenset': list,
  '__builtin__.frozenset': list,
  'collections.OrderedDict': ([pairs = []]) => new Map(pairs as [unknown, unknown][]),
  'collections.Counter': ([counts = new Map()]) => counts,
  // The settings of Swin and its kin: a dict with attributes.
  'yacs.config.CfgNode': () => new Map(),
};

const inert = [
  'argparse.Namespace',
  'torch.device',
  'numpy.dtype',
  'numpy.core.multiarray.scalar',
  'numpy._core.multiarray.scalar',
  'numpy.core.multiarray._reconstruct',
  'numpy._core.multiarray._reconstruct',
  // How protocol 2 spells bytes.
  '_codecs.encode',
];

/** Named, never called. */
const mentioned = [
  ...Object.keys(storageTypes),
  'numpy.ndarray',
  ...[
    ...['float', 'float16', 'float32', 'float64', 'bfloat16', 'half', 'double'],
    ...['int', 'int8', 'int16', 'int32', 'int64', 'long', 'short', 'uint8', 'bool'],
  ].map((dtype) => `torch.${dtype}`),
];

const names = new Map<string, PickleName>([
  ...Object.entries(builders).map(([name, build]) => [name, { name, build }] as const),
  ...inert.map((name) => [name, { name, build: (args: readonly unknown[]) => new Inert(name, args) }] as const),
  ...mentioned.map((name) => [name, { name }] as const),
]);

export const findTorchName = (name: string): PickleName | undefined => names.get(name);
