/** What an ablation found, as plain data and as a table. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings, Trained } from './ablation.ts';
import type { Pointing } from './pointing.ts';
import { differenceOf, guesses } from './scores.ts';
import type { SceneSet } from './set.ts';

/** Names of rows that every other row is compared with. */
export const blindRow = 'blind';
export const untrainedRow = 'no pre-training';

export interface PointingOf {
  row: string;
  seed: number;
  pointing: Pointing;
}

export function reportOf(
  set: SceneSet,
  { out, ...settings }: Settings,
  trained: readonly Trained[],
  pointed: readonly PointingOf[],
  more: object = {},
) {
  const rows = trained.map(({ row: { name, objectives }, seed, heldOut, otherHand, right }) => {
    const beside = (other: string) => {
      const found = trained.find((one) => one.row.name === other && one.seed === seed);
      return found && other !== name ? differenceOf(right, found.right) : undefined;
    };
    const pointing = pointed.find((one) => one.row === name && one.seed === seed)?.pointing;
    return {
      name,
      objectives,
      seed,
      heldOut,
      otherHand,
      overBlind: beside(blindRow),
      overNone: beside(untrainedRow),
      pointing,
    };
  });
  return {
    settings,
    questions: { train: set.asked.length, heldOut: set.heldOut.length, otherHand: set.otherHand.length },
    scenes: set.scenes.length,
    answers: set.answers.length,
    ...rounded({ ...guesses(set.asked, set.heldOut), ...more, rows }),
  };
}

export type Report = ReturnType<typeof reportOf>;

/** Per cent, with one standard error. */
export function tableOf({ rows, majority, majorityOfKind }: Report): string {
  const head = '| pre-training | seed | held-out | over no pre-training | over blind | nouns on their object |';
  const number = ({ all, error }: { all: number; error: number }) => `${all.toFixed(1)} ± ${error.toFixed(1)}`;
  const signed = (one?: { points: number; error: number }) =>
    one ? `${one.points < 0 ? '−' : '+'}${Math.abs(one.points).toFixed(1)} ± ${one.error.toFixed(1)}` : '';
  return [
    head,
    head.replaceAll(/[^|]+/g, ' --- '),
    `| the most frequent answer | | ${number(majority)} | | | |`,
    `| the most frequent one of the kind | | ${number(majorityOfKind)} | | | |`,
    ...rows.map(({ name, seed, heldOut, overNone, overBlind, pointing }) => {
      const inside = pointing
        ? `${pointing.inside.toFixed(0)} ± ${errorOf(pointing).toFixed(0)}, chance ${pointing.chance.toFixed(0)}`
        : '';
      return `| ${name} | ${seed} | ${number(heldOut)} | ${signed(overNone)} | ${signed(overBlind)} | ${inside} |`;
    }),
  ].join('\n');
}

const errorOf = ({ inside, nouns }: Pointing) => Math.sqrt((inside * (100 - inside)) / nouns);

export function writeReport(out: string, report: Report): void {
  writeFileSync(join(out, 'report.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  console.log(tableOf(report));
}

/** Numbers to one decimal, which is more than chance leaves certain. */
function rounded<T>(value: T): T {
  return JSON.parse(JSON.stringify(value, (_, one) => (typeof one === 'number' ? Math.round(one * 10) / 10 : one)));
}
