/** What BLIP costs to run. */
import { dim, input, ParameterList } from '../../core/index.ts';
import { PoolCache, remembered } from '../../nn/index.ts';
import { flopsAt, textTokens, type Work } from '../work.ts';
import type { BlipConfig } from './config.ts';
import { blip } from './model.ts';
import type { BlipParts } from './tasks.ts';

export function blipWork(config: BlipConfig, { encoder, decoder, heads }: BlipParts): Work {
  const model = blip(new ParameterList().root, config);
  const { channels, imageSize } = config.vision;
  const shape = [1, channels, imageSize, imageSize];
  const seen = model.see(input('pixels', shape));
  const pictureTokens = seen.size(1) as number;
  const sizes = { pictures: 1, beams: 1, prefix: pictureTokens, slots: 9 };
  const about = { heads: config.text.heads, pictures: dim('pictures'), texts: dim('beams') };

  const read = () => {
    const ids = input('ids', [dim('pictures'), dim('beams'), textTokens], 'int64').reshape([-1, textTokens]);
    const tokens = model.read(ids, { cross: remembered(about) });
    return heads ? model.match(tokens) : tokens;
  };
  const write = () => {
    const cache = new PoolCache(1);
    const cross = remembered({ ...about, pictures: cache.pictures, texts: cache.beams });
    const ids = input('ids', [cache.rows, 1], 'int64');
    return { logits: model.head(model.write(ids, { positions: cache.positions, cross, cache })), ...cache.outputs };
  };
  return {
    input: shape,
    pictureTokens,
    picture: flopsAt({ seen }, sizes),
    ...(decoder && { token: flopsAt(write(), sizes) }),
    ...(encoder && { text: flopsAt({ read: read() }, sizes) }),
  };
}
