import type { Command } from 'commander';
import { examples } from '../help.ts';
import { type ModelFlags, whole, withModel } from '../options.ts';
import type { Session } from '../session.ts';

export interface FillFlags extends ModelFlags {
  image?: string;
  top: number;
  json?: boolean;
}

export function defineFill(root: Command, session: Session): void {
  const command = root
    .command('fill')
    .summary('find words for the masks of a text')
    .description(
      'Fills every [MASK] of a text, the surest first. Prints the text, and for each mask a line of guesses with their ' +
        'probabilities. Models that see pictures read the text about --image; BERT and RoBERTa read it alone.',
    )
    .argument('<text>', 'a text in which [MASK] stands for a word')
    .option('-i, --image <picture>', 'what the text is about');
  withModel(command)
    .option('--top <n>', 'guesses for each mask', whole(1), 5)
    .option('--json', 'print an object: text, masks (lists of word and probability), image, model')
    .addHelpText(
      'after',
      examples(
        "fill 'a [MASK] on the grass' --image photo.jpg --model dandelin/vilt-b32-mlm",
        "fill 'the capital of [MASK] is [MASK]' --model google-bert/bert-base-uncased --top 3",
      ),
    )
    .action(async (text: string, flags: FillFlags) => {
      const { fill } = await import('../actions/fill.ts');
      await fill(text, flags, session);
    });
}
