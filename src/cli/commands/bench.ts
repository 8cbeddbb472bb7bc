import { type Command, Option } from 'commander';
import type { Task } from '../../models/model.ts';
import { examples } from '../help.ts';
import { type ModelFlags, whole, withModel } from '../options.ts';
import type { Session } from '../session.ts';

export interface BenchFlags extends ModelFlags {
  task?: Task;
  image?: string;
  text?: string;
  batch: number;
  runs: number;
  json?: boolean;
}

const tasks = [
  'caption',
  'complete',
  'answer',
  'classify',
  'match',
  'rank',
  'judge',
  'embed',
  'fill',
] as const satisfies readonly Task[];

export function defineBench(root: Command, session: Session): void {
  const command = root
    .command('bench')
    .summary('measure a model on this machine')
    .description(
      'Asks a model the same thing again and again, and shows what each stage takes: milliseconds, floating-point ' +
        'operations a second, and their share of what this machine reaches in one large matrix product; then pictures and ' +
        'tokens a second, and memory. Of each time the median is shown, and between which two half of the times lie.',
    );
  withModel(command)
    .addOption(new Option('--task <task>', 'what to ask (default: the first that the file serves)').choices(tasks))
    .option('--image <picture>', 'a file, an address, or - for standard input (default: a picture inside)')
    .option('--text <text>', 'the question, the text to judge or embed, or the words to go on from')
    .option('--batch <n>', 'pictures in one call', whole(1), 1)
    .option('--runs <n>', 'calls to measure', whole(1), 5)
    .option('--json', 'print an object: milliseconds, operations, rates, bytes')
    .addHelpText(
      'after',
      examples(
        'bench',
        'bench --batch 8 --runs 20 --dtype q8',
        "bench --model Salesforce/blip-vqa-base --task answer --text 'what is on the table?' --image photo.jpg",
        'bench --model models/opt-q4 --threads 4 --json',
      ),
    )
    .action(async (flags: BenchFlags) => {
      const { bench } = await import('../actions/bench.ts');
      await bench(flags, session);
    });
}
