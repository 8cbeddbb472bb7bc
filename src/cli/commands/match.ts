import type { Command } from 'commander';
import { examples } from '../help.ts';
import { type ModelFlags, several, withModel } from '../options.ts';
import type { Session } from '../session.ts';

export interface MatchFlags extends ModelFlags {
  text: string[];
  json?: boolean;
}

export function defineMatch(root: Command, session: Session): void {
  const command = root
    .command('match')
    .summary('score how well texts fit pictures')
    .description(
      'Scores every text against every picture, by each measure that the model has: match, the probability that the text ' +
        'belongs to the picture; cosine, how near their vectors are, from -1 to 1; rank, for ordering the texts of one ' +
        'picture only. Prints a table with tabs between its columns.',
    )
    .argument('<pictures...>', 'the pictures, as for caption')
    .requiredOption('-t, --text <text>', 'a text; give the option once for each', several);
  withModel(command)
    .option('--json', 'print an array with a row for each pair: image, text, the scores, model; or image, error')
    .addHelpText(
      'after',
      examples(
        "match photo.jpg --text 'a woman and her dog' --text 'a red bus' --model Salesforce/blip-itm-base-coco",
        "match 'photos/*.jpg' --text 'a red bus' --model dandelin/vilt-b32-finetuned-coco --json",
      ),
    )
    .action(async (pictures: string[], flags: MatchFlags) => {
      const { match } = await import('../actions/match.ts');
      await match(pictures, flags, session);
    });
}
