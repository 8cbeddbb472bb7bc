/** `sightread verify`: golden folders against what runs here. */
import { UsageError } from '../../core/errors.ts';
import { type Check, findCases, type Verdict, verifyCase } from '../../verify/index.ts';
import type { VerifyFlags } from '../commands/verify.ts';
import { watched } from '../progress.ts';
import { jsonArray } from '../report.ts';
import type { Session } from '../session.ts';

export async function verify(
  folders: readonly string[],
  { verbose, json }: VerifyFlags,
  session: Session,
): Promise<void> {
  const cases = folders.flatMap((folder) => {
    const found = findCases(folder);
    if (found.length === 0)
      throw new UsageError(
        `${folder}: holds no case; a case is a folder with golden.json, or with the index of pictures`,
      );
    return found;
  });
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const rows = json ? jsonArray(session) : undefined;
  try {
    for await (const verdict of watched(verdicts(cases, session.signal), cases.length, session)) {
      counts[verdict.status]++;
      const { name, folder, status, checks, note } = verdict;
      if (rows) rows.add({ case: name, folder, status, ...(note && { note }), checks });
      else session.stdout.write(`${linesOf(verdict, verbose).join('\n')}\n`);
    }
  } finally {
    rows?.close();
  }
  session.stderr.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
  if (counts.failed > 0) session.exitCode = 1;
}

async function* verdicts(cases: readonly string[], signal: AbortSignal): AsyncGenerator<Verdict> {
  for (const folder of cases) yield await verifyCase(folder, signal);
}

/** One line for a case; below it what failed, or everything. */
function linesOf({ name, status, checks, note }: Verdict, verbose = false): string[] {
  const detail = checks.filter(({ pass }) => verbose || !pass);
  return [
    `${status.padEnd(7)}  ${name}  ${note ?? groups(checks).map(summary).join('  ')}`.trimEnd(),
    ...detail.map(lineOf),
  ];
}

const lineOf = ({ name, pass, error, note }: Check): string =>
  `         ${pass ? 'ok ' : 'BAD'}  ${name}  ${note ?? (error === undefined ? 'equal' : error.toExponential(1))}`;

/** Outputs stand for themselves; gradients, generations and the many tensors of picture cases are taken together. */
function groups(checks: readonly Check[]): [string, Check[]][] {
  const found = new Map<string, Check[]>();
  for (const check of checks) {
    const name = check.name.split(/[/ ]/)[0];
    found.set(name, [...(found.get(name) ?? []), check]);
  }
  return [...found];
}

/** `logits 3.1e-6`, `gradients 4.0e-6 (12)`, `generate 6/6 equal` */
function summary([name, checks]: [string, Check[]]): string {
  const errors = checks.flatMap(({ error }) => (error === undefined ? [] : [error]));
  const worst = errors.length ? ` ${Math.max(...errors).toExponential(1)}` : '';
  const measured = errors.length > 1 ? ` (${errors.length})` : '';
  const exact = checks.filter(({ error }) => error === undefined);
  const equal = exact.length ? ` ${exact.filter(({ pass }) => pass).length}/${exact.length} equal` : '';
  return name + worst + measured + equal;
}
