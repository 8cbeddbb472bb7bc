/** What programs of every family are compiled with. */
import type { WeightSource } from '../core/index.ts';
import type { CompileOptions } from '../runtime/index.ts';

export type RuntimeOptions = Pick<CompileOptions, 'device' | 'threads' | 'signal'>;

/** Where each parameter's numbers lie, by its path. */
export type WeightMap = ReadonlyMap<string, WeightSource>;
