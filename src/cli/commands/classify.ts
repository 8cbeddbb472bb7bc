import type { Command } from 'commander';
import { examples } from '../help.ts';
import { type ModelFlags, withModel } from '../options.ts';
import type { Session } from '../session.ts';

export interface ClassifyFlags extends ModelFlags {
  labels: string;
  prompt?: string;
  video?: boolean;
  json?: boolean;
}

export function defineClassify(root: Command, session: Session): void {
  const command = root
    .command('classify')
    .summary('choose the label that fits a picture best')
    .description('Chooses one of the given labels for each picture.')
    .argument('<pictures...>', 'what to classify, as for caption')
    .requiredOption('-l, --labels <list>', "labels with commas between them, or '@file' with one label a line");
  withModel(command)
    .option('-p, --prompt <text>', "words before the label, such as 'a photo of a'")
    .option('--video', 'each argument is one clip: an animated GIF or WebP, or a folder of frames')
    .option('--json', 'print an array with a row for each picture: image, label, score, model; or image, error')
    .addHelpText(
      'after',
      examples('classify photo.jpg --labels cat,dog,bird', "classify 'pictures/*.png' --labels @animals.txt --json"),
    )
    .action(async (pictures: string[], flags: ClassifyFlags) => {
      const { classify } = await import('../actions/classify.ts');
      await classify(pictures, flags, session);
    });
}
