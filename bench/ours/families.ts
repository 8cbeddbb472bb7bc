/** What is inside a captioner that its tasks do not show: the picture tower alone, and the programs that a caption needs. */

import { bindWeights } from '../../src/checkpoint/index.ts';
import {
  dim,
  evaluateSize,
  flopsOf,
  graph,
  input,
  ParameterList,
  type Size,
  type Tensor,
} from '../../src/core/index.ts';
import { blipConfig } from '../../src/models/blip/config.ts';
import { blip } from '../../src/models/blip/model.ts';
import * as blipPrograms from '../../src/models/blip/programs.ts';
import { blipParameters } from '../../src/models/blip/tasks.ts';
import { blipNames } from '../../src/models/blip/weights.ts';
import type { ModelFiles } from '../../src/models/files.ts';
import { gitConfig } from '../../src/models/git/config.ts';
import { git } from '../../src/models/git/model.ts';
import * as gitPrograms from '../../src/models/git/programs.ts';
import { gitParameters } from '../../src/models/git/tasks.ts';
import { gitNames } from '../../src/models/git/weights.ts';
import { openModel } from '../../src/models/load.ts';
import { inPrecision } from '../../src/models/reduced.ts';
import { picturesAtOnce, repackSight } from '../../src/models/running.ts';
import type { VisionConfig } from '../../src/nn/index.ts';
import { type CompileOptions, compile, type Program } from '../../src/runtime/index.ts';

export type Runtime = Pick<CompileOptions, 'threads' | 'profile'>;

export interface Parts {
  /** Channels, height and width of a picture. */
  frame: readonly number[];
  /** pixels [p, 3, h, w] → seen */
  tower(runtime: Runtime): Promise<Program>;
  /** Pictures of one run of the tower. */
  atOnce: number;
  /** The tower's graph. */
  seen: Tensor;
  /** Everything that a caption needs, ready to run. */
  caption(runtime: Runtime): Promise<Program[]>;
}

export async function openParts(model: string, dtype: string): Promise<Parts> {
  const files = inPrecision(await openModel(model), { dtype });
  return await families[String(files.config?.model_type)](files);
}

const families: Record<string, (files: ModelFiles) => Promise<Parts>> = {
  async git({ config: stored, checkpoint }) {
    const config = gitConfig(stored);
    const { channels, imageSize: side } = config.vision;
    const weights = await bindWeights({ wanted: gitParameters(config), checkpoint, names: gitNames(config) });
    const seen = git(new ParameterList().root, config).see(pixelsOf([channels, side, side]));
    return {
      frame: [channels, side, side],
      seen,
      atOnce: atOnce(config.vision),
      tower: (runtime) => compile({ seen }, { ...runtime, weights, prepack: repackSight }),
      caption: (runtime) =>
        Promise.all([
          gitPrograms.compileSight(config, weights, { height: side, width: side }, runtime),
          gitPrograms.compileText(config, weights, runtime),
        ]),
    };
  },

  async blip({ config: stored, checkpoint }) {
    const config = blipConfig(stored);
    const { channels, imageSize: side } = config.vision;
    const wanted = blipParameters(config, { encoder: false, decoder: true, heads: false });
    const weights = await bindWeights({ wanted, checkpoint, names: blipNames });
    const size = { height: side, width: side };
    return {
      frame: [channels, side, side],
      seen: blip(new ParameterList().root, config).see(pixelsOf([channels, side, side])),
      atOnce: atOnce(config.vision),
      tower: (runtime) => blipPrograms.compileSight(config, weights, size, runtime),
      caption: (runtime) =>
        Promise.all([
          blipPrograms.compileSight(config, weights, size, runtime),
          blipPrograms.compileMemory(config, weights, 'decoder', runtime),
          blipPrograms.compileText(config, weights, runtime),
        ]),
    };
  },
};

const atOnce = ({ imageSize, patchSize }: VisionConfig) => picturesAtOnce(1 + (imageSize / patchSize) ** 2);

const pixelsOf = (frame: readonly Size[]): Tensor => input('pixels', [dim('pictures'), ...frame]);

/** Operations of the tower for one picture: those of its linear layers, and all. */
export function towerFlops({ seen }: Parts): { products: number; all: number } {
  const { nodes, ...rest } = graph({ seen });
  const count = (some: typeof nodes) => evaluateSize(flopsOf({ ...rest, nodes: some }), { pictures: 1 });
  return { products: count(nodes.filter(({ primitive }) => primitive.name === 'linear')), all: count(nodes) };
}
