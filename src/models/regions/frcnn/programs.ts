/** The detector compiled: one program sees a picture of one size, another looks at regions on any map. */
import { bindWeights, type Checkpoint } from '../../../checkpoint/index.ts';
import { dim, input, ParameterList, type Tensor } from '../../../core/index.ts';
import { compile, type Program } from '../../../runtime/index.ts';
import type { RuntimeOptions, WeightMap } from '../../running.ts';
import type { FrcnnConfig } from './config.ts';
import { look, see } from './model.ts';
import { frcnnNames } from './weights.ts';

export function traceSight(config: FrcnnConfig, height: number, width: number, list = new ParameterList()) {
  const { map, objectness, deltas } = see(list.root, input('pixels', [1, 3, height, width]), config);
  return { list, outputs: { map, objectness, deltas } };
}

export function traceLook(config: FrcnnConfig, list = new ParameterList()) {
  const channels = config.backbone.width * 2 ** (config.backbone.blocks.length - 1);
  const map = input('map', [1, channels, dim('rows'), dim('columns')]);
  const outputs: Record<string, Tensor> = { ...look(list.root, map, input('boxes', [dim('regions'), 5]), config) };
  return { list, outputs };
}

/** Every parameter of the detector; a size of the picture is needed to trace, and changes none. */
export function frcnnParameters(config: FrcnnConfig): ParameterList {
  const list = new ParameterList();
  traceSight(config, 64, 64, list);
  traceLook(config, list);
  return list;
}

export const bindFrcnn = (checkpoint: Checkpoint, config: FrcnnConfig): Promise<WeightMap> =>
  bindWeights({ wanted: frcnnParameters(config).shapes(), checkpoint, names: frcnnNames(config) });

/** Sides of the picture are numbers in this program: convolutions halve them, rounding. */
export const compileSight = (
  config: FrcnnConfig,
  weights: WeightMap,
  { height, width }: { height: number; width: number },
  runtime: RuntimeOptions,
): Promise<Program> => compile(traceSight(config, height, width).outputs, { ...runtime, weights });

export const compileLook = (config: FrcnnConfig, weights: WeightMap, runtime: RuntimeOptions): Promise<Program> =>
  compile(traceLook(config).outputs, { ...runtime, weights });
