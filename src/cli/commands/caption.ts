import type { Command } from 'commander';
import { examples } from '../help.ts';
import { type ModelFlags, type WritingFlags, whole, withModel, withWriting } from '../options.ts';
import type { Session } from '../session.ts';

export interface CaptionFlags extends ModelFlags, WritingFlags {
  prompt?: string;
  batch: number;
  video?: boolean;
  json?: boolean;
  stream?: boolean;
}

export function defineCaption(root: Command, session: Session): void {
  const command = root
    .command('caption')
    .summary('say what pictures show')
    .description(
      "Writes one line for each picture. A picture is a file, a pattern such as '*.jpg', a folder of pictures, an http " +
        "address, or '-' for standard input. With several pictures, each line starts with the picture's name and a tab.",
    )
    .argument('<pictures...>', 'what to caption');
  withModel(command);
  withWriting(command)
    .option('-p, --prompt <text>', 'words that the caption starts with')
    .option('--batch <n>', 'pictures in one run of the model', whole(1), 8)
    .option('--video', 'each argument is one clip: an animated GIF or WebP, or a folder of frames')
    .option('--json', 'print an array with a row for each picture: image, caption, score, model; or image, error')
    .option('--stream', 'show the words of one caption as they are written')
    .addHelpText(
      'after',
      examples(
        'caption photo.jpg',
        "caption 'holiday/**/*.jpg' --json > captions.json",
        'caption - --beams 4 --model microsoft/git-base-coco < photo.jpg',
      ),
    )
    .action(async (pictures: string[], flags: CaptionFlags) => {
      const { caption } = await import('../actions/caption.ts');
      await caption(pictures, flags, session);
    });
}
