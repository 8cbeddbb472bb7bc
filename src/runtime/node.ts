/** ONNX Runtime in Node. */
import { availableParallelism, totalmem } from 'node:os';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { type DType, type NDArray, SightreadError, type TypedArray } from '../core/index.ts';
import type { Engine, NativeSession } from './engine.ts';

type Ort = typeof import('onnxruntime-node');

/** The native library is large: it is loaded at the first session, not when the package is imported. */
let library: Promise<Ort> | undefined;
// ONNX Runtime 1.30 reports its use over the network on Linux unless told not to, and the code that would do so reads
// /proc/self/cmdline in a way that crashes the process when the command line is longer than 25 kB (many pictures).
process.env.ORT_DISABLE_TELEMETRY ??= '1';
const load = () =>
  (library ??= import('onnxruntime-node').then((module) => (module as { default?: Ort }).default ?? module));

const toOrt = (ort: Ort, { dtype, data, shape }: NDArray): OrtTensor =>
  // Types of the library's constructor are overloads per dtype; ours are one union.
  new (ort.Tensor as unknown as new (type: DType, data: TypedArray, dims: readonly number[]) => OrtTensor)(
    dtype,
    data,
    shape,
  );

const fromOrt = ({ type, data, dims }: OrtTensor): NDArray => ({
  dtype: type as DType,
  shape: dims,
  data: data as TypedArray,
});

export const nodeEngine: Engine = {
  name: 'onnxruntime-node',
  devices: ['cpu'],
  threads: availableParallelism(),
  memory: totalmem(),

  async open(model, { threads, weightFolder, prepack, planMemory, profile }) {
    const ort = await load();
    const session: Record<string, string> = { disable_prepacking: prepack ? '0' : '1' };
    if (weightFolder) session.model_external_initializers_file_folder_path = weightFolder;
    const options: InferenceSession.SessionOptions = {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
      enableMemPattern: planMemory,
      extra: { session },
      ...(profile ? { enableProfiling: true, profileFilePrefix: profile } : {}),
    };
    const native = await ort.InferenceSession.create(model, options).catch((error: unknown) => {
      throw new SightreadError(`ONNX Runtime refuses the graph: ${firstLine(error)}`);
    });
    return nodeSession(ort, native);
  },
};

function nodeSession(ort: Ort, native: InferenceSession): NativeSession {
  return {
    async run(feeds, into) {
      const inputs = Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, toOrt(ort, value)]));
      const fetches = Object.fromEntries(
        Object.entries(into).map(([name, value]) => [name, value && toOrt(ort, value)]),
      );
      const outputs = await native.run(inputs, fetches).catch((error: unknown) => {
        throw new SightreadError(`ONNX Runtime stopped: ${firstLine(error)}`);
      });
      return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, fromOrt(value as OrtTensor)]));
    },
    release: () => native.release(),
    endProfiling: () => native.endProfiling(),
  };
}

const firstLine = (error: unknown) => (error instanceof Error ? error.message : String(error)).split('\n')[0];
