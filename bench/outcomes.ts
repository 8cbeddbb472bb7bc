/** Outcomes that are kept between runs, so that the table can be measured in parts and its length foretold. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Case } from './case.ts';
import type { Machine } from './machine.ts';
import type { Outcome } from './measure.ts';
import { places } from './models.ts';

export interface Kept {
  machine: Machine;
  runs: number;
  threads: number;
  /** How long measuring took. */
  seconds: number;
  outcome: Outcome;
}

const fileOf = (name: string): string => join(places.outcomes, `${name}.json`);

export const keep = (name: string, kept: Kept): void => writeFileSync(fileOf(name), JSON.stringify(kept));

export const keptOf = (name: string): Kept | undefined =>
  existsSync(fileOf(name)) ? (JSON.parse(readFileSync(fileOf(name), 'utf8')) as Kept) : undefined;

/** How long these cases will take, by how long they took before. */
export function minutes(some: readonly Case[], runs: number): string {
  const known = some.flatMap(({ name }) => keptOf(name) ?? []);
  const seconds = known.reduce((sum, kept) => sum + (kept.seconds * runs) / kept.runs, 0);
  const fresh = some.length - known.length;
  return `${some.length} cases: about ${Math.ceil(seconds / 60)} minutes, as long as they took here before${fresh ? `; ${fresh} are new` : ''}`;
}
