import type { Command } from 'commander';
import { examples } from '../help.ts';
import { type ModelFlags, several, whole, withModel } from '../options.ts';
import type { Session } from '../session.ts';

export interface EmbedFlags extends ModelFlags {
  text?: string[];
  out?: string;
  search?: string;
  best: number;
  json?: boolean;
}

export function defineEmbed(root: Command, session: Session): void {
  const command = root
    .command('embed')
    .summary('turn pictures and texts into vectors, or search by them')
    .description(
      'Gives a vector of length 1 for every picture and text, in one space: JSON lines on standard output, or a file. ' +
        'With --search, orders the pictures by how well they fit a text instead.',
    )
    .argument('[pictures...]', 'the pictures, as for caption')
    .option('-t, --text <text>', "a text, or '@file' with one a line; may be given again", several)
    .option('-o, --out <file>', 'write a .jsonl, .safetensors or .npy file in place of lines')
    .option('-s, --search <text>', 'order the pictures by cosine, and the best again by match where the model can')
    .option('--best <n>', 'with --search: pictures that are shown', whole(1), 10);
  withModel(command)
    .option('--json', 'with --search: print an array with a row for each picture: image, match, cosine, model')
    .addHelpText(
      'after',
      examples(
        'embed photos --out photos.safetensors --model openai/clip-vit-base-patch32',
        "embed --text 'a red bus' --text 'a dog' --model openai/clip-vit-base-patch32",
        "embed photos --search 'a dog on a beach' --model Salesforce/blip-itm-base-coco",
      ),
    )
    .action(async (pictures: string[], flags: EmbedFlags) => {
      const { embed } = await import('../actions/embed.ts');
      await embed(pictures, flags, session);
    });
}
