/**
 * TensorFlow.js graph models: `model.json` holds the nodes of a TensorFlow graph and says where in the `.bin` shards beside it
 * each constant lies. Nothing of TensorFlow.js is needed to read them.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { CheckpointError, halfToFloat, type NDArray, ndarray, reason, sizeOf } from '../../../core/index.ts';
import { parseConfig } from '../../config.ts';

const attribute = z.looseObject({
  b: z.boolean().optional(),
  /** Text in base64. */
  s: z.string().optional(),
  list: z.object({ i: z.array(z.string()).optional(), s: z.array(z.string()).optional() }).optional(),
});

const schema = z.object({
  format: z.literal('graph-model'),
  modelTopology: z.object({
    node: z.array(
      z.object({
        name: z.string(),
        op: z.string(),
        input: z.array(z.string()).default([]),
        attr: z.record(z.string(), attribute).default({}),
      }),
    ),
  }),
  weightsManifest: z.array(
    z.object({
      paths: z.array(z.string().regex(/^[\w.-]+$/)),
      weights: z.array(
        z.object({
          name: z.string(),
          shape: z.array(z.int().min(0)),
          dtype: z.enum(['float32', 'int32']),
          quantization: z.object({ dtype: z.literal('float16') }).optional(),
        }),
      ),
    }),
  ),
});

type StoredNode = z.output<typeof schema>['modelTopology']['node'][number];

export class GraphNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly #attributes: StoredNode['attr'];

  constructor({ name, op, input, attr }: StoredNode) {
    this.name = name;
    this.op = op;
    // `^name` only says what comes first, and no output but the first is read here.
    this.inputs = input.filter((from) => !from.startsWith('^'));
    this.#attributes = attr;
  }

  flag(name: string): boolean {
    return this.#attributes[name]?.b ?? false;
  }

  text(name: string): string {
    return decoded(this.#attributes[name]?.s ?? '');
  }

  texts(name: string): string[] {
    return (this.#attributes[name]?.list?.s ?? []).map(decoded);
  }

  numbers(name: string): number[] {
    return (this.#attributes[name]?.list?.i ?? []).map(Number);
  }
}

const decoded = (base64: string) => new TextDecoder().decode(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));

export interface GraphModel {
  readonly path: string;
  readonly nodes: ReadonlyMap<string, GraphNode>;
  /** float32 or int32, in TensorFlow's order of axes */
  readonly constants: ReadonlyMap<string, NDArray>;
}

/** Reads a graph model. Throws CheckpointError naming the file and what is wrong with it. */
export async function readGraphModel(path: string): Promise<GraphModel> {
  const { modelTopology, weightsManifest } = parseConfig(schema, jsonOf(await bytesOf(path), path), path);
  const constants = new Map<string, NDArray>();
  for (const { paths, weights } of weightsManifest) {
    const shards = await Promise.all(paths.map((name) => bytesOf(join(dirname(path), name))));
    const bytes = Buffer.concat(shards);
    let at = 0;
    for (const { name, shape, dtype, quantization } of weights) {
      const count = sizeOf(shape);
      const length = count * (quantization ? 2 : 4);
      // A copy: the numbers need not lie at a multiple of their size.
      const part = new Uint8Array(bytes.subarray(at, at + length)).buffer;
      if (part.byteLength !== length)
        throw new CheckpointError(`${path}: its weights (${paths}) end before ${name}; get the files again`);
      at += length;
      const data = quantization
        ? Float32Array.from(new Uint16Array(part), halfToFloat)
        : dtype === 'int32'
          ? new Int32Array(part)
          : new Float32Array(part);
      constants.set(name, ndarray(dtype, shape, data));
    }
  }
  return { path, nodes: new Map(modelTopology.node.map((node) => [node.name, new GraphNode(node)])), constants };
}

async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new CheckpointError(`${path}: cannot be read (${reason(error)}); check the path`);
  }
}

function jsonOf(bytes: Uint8Array, path: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new CheckpointError(`${path}: is not JSON (${reason(error)}); get the file again`);
  }
}
