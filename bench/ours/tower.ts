/**
 * How near the picture tower comes to what the machine can do: the operations of its products over the time of its
 * products, and of the whole over the whole time, as shares of one large product's rate. All three in turn.
 */
import { repackSight } from '../../src/models/running.ts';
import { openMatrixPeak, runInParts } from '../../src/runtime/index.ts';
import { median } from '../job.ts';
import { openParts, towerFlops } from './families.ts';
import { answer, brief, job, pixels, profiled, timed } from './worker.ts';

const { threads, batch, repeat, profile } = job;
const parts = await openParts(job.model, 'fp32');
const feeds = { pixels: pixels([batch, ...parts.frame]) };
const { products, all } = towerFlops(parts);

await using peak = await openMatrixPeak({ threads });
await using plain = await parts.tower({ threads });
const see = async () => {
  const start = performance.now();
  await runInParts(plain, feeds, { rows: parts.atOnce });
  return performance.now() - start;
};
for (let pictures = 0; pictures <= (brief ? 0 : repackSight.afterRows); pictures += batch) await see();
const [rates, times]: number[][] = [[], []];
for (let i = 0; i < (brief ? 1 : repeat); i++) {
  for (let j = 0; j < 5; j++) rates.push(await peak.measure());
  times.push(await see());
}
await using clocked = await parts.tower({ threads, profile });
await timed(() => runInParts(clocked, feeds, { rows: parts.atOnce }));
const operators = profiled(clocked) ?? [];

const productMs = operators.filter(({ operator }) => /Gemm$/.test(operator)).reduce((sum, { ms }) => sum + ms, 0);
const best = Math.max(...rates);
const share = (flops: number, ms: number) => (100 * batch * flops) / (ms / 1000) / best;
const values = { peak: best / 1e9, inside: share(products, productMs), whole: share(all, median(times)) };
answer({ values, proof: [], operators });
