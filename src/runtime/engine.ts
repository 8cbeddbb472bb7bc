/** What the runtime needs of a platform. Every call into ONNX Runtime, the file system or the DOM sits behind this. */
import type { NDArray } from '../core/index.ts';

export type Device = 'cpu' | 'webgpu';

export interface OpenOptions {
  device: Device;
  /** Threads inside one operator. */
  threads: number;
  /** Folder that external weights may be read from; absent when all weights are embedded or fed. */
  weightFolder?: string;
  /** Repack constant weights for speed: costs time and a copy at opening, wins on every later run. */
  prepack: boolean;
  /**
   * Lay out the values of a run in one stretch of memory, from the second run with the same shapes on. The first run's
   * memory is kept beside it: what a train step needs nearly doubles, and is no faster for it.
   */
  planMemory: boolean;
  /** Write a trace of operator times to files with this prefix. */
  profile?: string;
}

export interface NativeSession {
  run(feeds: Record<string, NDArray>, into: Record<string, NDArray | null>): Promise<Record<string, NDArray>>;
  release(): Promise<void>;
  /** Ends profiling and flushes its file. */
  endProfiling(): void;
}

export interface Engine {
  readonly name: string;
  readonly devices: readonly Device[];
  /** Threads to use when nobody says otherwise. */
  readonly threads: number;
  /** Bytes of memory that the machine has. */
  readonly memory: number;
  open(model: Uint8Array, options: OpenOptions): Promise<NativeSession>;
}
