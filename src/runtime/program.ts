/**
 * A compiled graph: one engine session with named inputs and outputs.
 *
 * `using program = await compile(graph, …)` releases the native memory at the end of the scope.
 */
import {
  graph as collect,
  type Graph,
  lower,
  type NDArray,
  SightreadError,
  type Tensor,
  type WeightSource,
  type Weights,
} from '../core/index.ts';
import { usePacked } from '../precision/index.ts';
import type { Device, Engine, NativeSession } from './engine.ts';
import { nodeEngine } from './node.ts';
import { type Repacking, RepackingSession } from './repacking.ts';
import { type Watch, watched } from './watch.ts';

export interface CompileOptions {
  /** Where parameters come from; `'inputs'` (the default) feeds them at every run. */
  weights?: Weights;
  device?: Device;
  threads?: number;
  /** Have the engine repack constant weights, at once (the default), never, or once it pays; see repacking.ts. */
  prepack?: boolean | Repacking;
  profile?: string;
  /** Is told when the program is open, and of every run. */
  watch?: Watch;
  signal?: AbortSignal;
  engine?: Engine;
}

export interface RunOptions {
  /** Arrays that outputs are written into instead of into fresh memory. They may share memory with a feed. */
  into?: Record<string, NDArray>;
  /** Compute these outputs only. Default: all. */
  only?: readonly string[];
  signal?: AbortSignal;
}

export class Program implements AsyncDisposable {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly device: Device;
  readonly threads: number;
  #session: NativeSession | undefined;

  constructor(session: NativeSession, details: Pick<Program, 'inputs' | 'outputs' | 'device' | 'threads'>) {
    this.#session = session;
    this.inputs = details.inputs;
    this.outputs = details.outputs;
    this.device = details.device;
    this.threads = details.threads;
  }

  /** Runs once. Feeds are arrays by input name; extra feeds are refused, so that no option is ignored in silence. */
  async run(
    feeds: Record<string, NDArray>,
    { into = {}, only = this.outputs, signal }: RunOptions = {},
  ): Promise<Record<string, NDArray>> {
    signal?.throwIfAborted();
    if (!this.#session) throw new SightreadError('this program was released');
    const missing = this.inputs.filter((name) => !(name in feeds));
    const unknown = Object.keys(feeds).filter((name) => !this.inputs.includes(name));
    if (missing.length || unknown.length)
      throw new SightreadError(
        `a program takes [${this.inputs.slice(0, 8)}]; missing [${missing}], unknown [${unknown}]`,
      );
    const wanted = Object.fromEntries(only.map((name) => [name, into[name] ?? null]));
    const results = await this.#session.run(feeds, wanted);
    signal?.throwIfAborted();
    return results;
  }

  /** Frees the session's memory; safe to call twice. */
  async release(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.release();
  }

  endProfiling(): void {
    this.#session?.endProfiling();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}

/** Compiles a traced graph, or the graph of named outputs. */
export async function compile(
  target: Graph | Record<string, Tensor>,
  {
    weights = 'inputs',
    engine = nodeEngine,
    device = 'cpu',
    threads = engine.threads,
    prepack = true,
    profile,
    watch,
    signal,
  }: CompileOptions = {},
): Promise<Program> {
  const start = performance.now();
  signal?.throwIfAborted();
  if (!engine.devices.includes(device))
    throw new SightreadError(`${engine.name} has no device '${device}' here; use ${engine.devices.join(' or ')}`);
  const isGraph = (value: Graph | Record<string, Tensor>): value is Graph => Array.isArray(value.nodes);
  const traced = isGraph(target) ? target : collect(target);
  const packed = weights === 'inputs' ? undefined : usePacked(traced, weights);
  const placed = packed?.weights ?? weights;
  const { folder, relative } = placed === 'inputs' ? { folder: undefined, relative: placed } : inOneFolder(placed);
  const keepNarrow = placed !== 'inputs' && bytesWidened(placed) > engine.memory * widenedShare;
  const { bytes, inputs, outputs } = lower(packed?.graph ?? traced, relative, { keepNarrow });
  // Kernels for packed weights are many times slower on weights that the engine has not laid out for them. And a profile
  // is of one session.
  const layOut = packed !== undefined || (profile && prepack !== false) ? true : prepack;
  const fed = weights === 'inputs';
  const open = (now: boolean) =>
    engine.open(bytes, { device, threads, prepack: now, planMemory: !fed, profile, weightFolder: folder });
  const session =
    typeof layOut === 'boolean'
      ? await open(layOut)
      : new RepackingSession(await open(false), () => open(true), layOut);
  watch?.opened?.({
    graph: traced,
    weights: (packed?.graph ?? traced).parameters.flatMap((x) => sourceOf(x, placed) ?? []),
    milliseconds: performance.now() - start,
  });
  return new Program(watch ? watched(session, traced, watch) : session, { inputs, outputs, device, threads });
}

const sourceOf = ({ source }: Tensor, weights: Weights): WeightSource | undefined =>
  weights === 'inputs' || !('path' in source) ? undefined : weights.get(source.path);

/** Half-precision weights are widened once, when a program opens, if they take no more than this share of the memory then. */
const widenedShare = 1 / 4;

/** Bytes of the half-precision weights of files, once they are float32. */
function bytesWidened(weights: ReadonlyMap<string, WeightSource>): number {
  let bytes = 0;
  for (const source of weights.values())
    if (source.kind === 'range' && /^b?float16$/.test(source.dtype)) bytes += 2 * source.byteLength;
  return bytes;
}

/** The engine reads external weights from one folder, by name: split every path, and refuse a second folder. */
function inOneFolder(weights: ReadonlyMap<string, WeightSource>): {
  folder?: string;
  relative: Map<string, WeightSource>;
} {
  let folder: string | undefined;
  const relative = new Map<string, WeightSource>();
  for (const [path, source] of weights) {
    if (source.kind === 'data') {
      relative.set(path, source);
      continue;
    }
    const cut = Math.max(source.file.lastIndexOf('/'), source.file.lastIndexOf('\\'));
    const here = source.file.slice(0, cut) || '/';
    if (folder !== undefined && here !== folder)
      throw new SightreadError(`${source.file}: weights of one model lie in two folders; put them in ${folder}`);
    folder = here;
    relative.set(path, { ...source, file: source.file.slice(cut + 1) });
  }
  return { folder, relative };
}

/** Runs a graph of constants and inputs once: for tests, scripts and small tools. */
export async function evaluate(
  outputs: Record<string, Tensor>,
  feeds: Record<string, NDArray> = {},
): Promise<Record<string, NDArray>> {
  await using program = await compile(outputs);
  return await program.run(feeds);
}
