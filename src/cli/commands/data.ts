import { type Command, Option } from 'commander';
import { examples } from '../help.ts';
import { whole } from '../options.ts';
import type { Session } from '../session.ts';

/** Where `build` puts the picture set and the others look for it. */
const usualFolder = '.cache/emoji-5';
const sets = ['training', 'val-seen', 'val-unseen', 'test-unseen', 'scenes', 'test-seen-drawings', 'test-seen-photos'];

export interface BuildFlags {
  out: string;
  size: number;
}

export interface ShowFlags {
  count: number;
  set: string;
  seed: number;
  html?: string;
}

export function defineData(root: Command, session: Session): void {
  const data = root
    .command('data')
    .summary('build and look at pictures with captions')
    .description('Builds the picture set that the captioner inside is trained on, and shows what data sets hold.')
    .addHelpText('after', examples('data build', 'data show my-pictures --html look.html'));

  data
    .command('build')
    .summary('make the emoji set from npm packages')
    .description(
      'Renders the drawings of five emoji makers, and of the Debian packages openclipart-svg and ' +
        'tuxpaint-stamps-default where they are installed, into one file. A build that was stopped goes on.',
    )
    .option('-o, --out <folder>', 'where the set is written', usualFolder)
    .option('--size <n>', 'longest side of a drawing in pixels', whole(8), 72)
    .addHelpText('after', examples('data build', 'data build --out sets/emoji --size 96'))
    .action(async (flags: BuildFlags) => (await import('../actions/data.ts')).build(flags, session));

  data
    .command('card')
    .summary('count what a built set holds')
    .description('Prints the tables of the data card: makers with licences, sides of the split, evaluation sets.')
    .argument('[folder]', 'a set made by data build', usualFolder)
    .option('--json', 'print an object')
    .addHelpText('after', examples('data card', 'data card sets/emoji --json'))
    .action(async (folder: string, flags: { json?: boolean }) =>
      (await import('../actions/data.ts')).card(folder, flags, session),
    );

  data
    .command('show')
    .summary('look at pictures and their captions')
    .description(
      'Prints pictures with their captions, a tab between them, and says which rows cannot be used. Reads a set made by ' +
        'data build, a folder of pictures with captions (metadata.jsonl, captions.txt/.tsv/.csv/.json, or a .txt beside ' +
        "each picture), such a table alone, the JSON of COCO captions or of Karpathy's splits, WebDataset tar files and " +
        'Parquet files, several of these by a pattern.',
    )
    .argument('[source]', 'the set, folder, file or pattern', usualFolder)
    .option('-n, --count <n>', 'how many', whole(1), 12)
    .addOption(new Option('--set <name>', 'of a built set: which pictures').choices(sets).default('training'))
    .option('--seed <n>', 'of the training pictures: where they start', whole(0), 0)
    .option('--html <file>', 'write a page with the pictures')
    .addHelpText(
      'after',
      examples(
        'data show --set scenes --html scenes.html',
        'data show my-pictures',
        'data show annotations/captions_val2017.json -n 5',
        "data show 'web-{00000..00099}.tar' -n 20",
      ),
    )
    .action(async (source: string, flags: ShowFlags) =>
      (await import('../actions/data.ts')).show(source, flags, session),
    );
}
