/**
 * CapFilt: a cleaner captioned set from noisy pairs, with a record of every candidate and a report.
 *
 *     await using model = await load('model_base.pth');
 *     await bootstrap(await openPairs('web'), { captioner: model, filter: model, out: 'clean' });
 */
export { type BootstrapOptions, type BootstrapProgress, type BootstrapSource, bootstrap } from './bootstrap.ts';
export type { BadPair, Candidate, TextSource } from './candidates.ts';
export type { BootstrapReport, SourceReport } from './report.ts';
export type { Kept } from './tally.ts';
