/** What OPT costs to run. */
import { input, ParameterList } from '../../core/index.ts';
import { type OptConfig, optDecoder, PoolCache } from '../../nn/index.ts';
import { flopsAt, textTokens, type Work } from '../work.ts';

export function optWork(config: OptConfig): Work {
  const model = optDecoder(new ParameterList().root, config);
  const text = model.read(model.embed(input('ids', [1, textTokens], 'int64')));

  const cache = new PoolCache(1);
  const next = model.read(model.embed(input('ids', [cache.rows, 1], 'int64')), { cache });
  return {
    token: flopsAt({ logits: model.head(next), ...cache.outputs }, { pictures: 1, beams: 1, slots: 9 }),
    text: flopsAt({ logits: model.head(text.slice(1, -1)) }, {}),
  };
}
