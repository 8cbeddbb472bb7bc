import { type Command, Option } from 'commander';
import { examples } from '../help.ts';
import { number, whole } from '../options.ts';
import type { Session } from '../session.ts';

export interface RegionsFlags {
  model?: string;
  revision?: string;
  offline?: boolean;
  threads?: number;
  out?: string;
  draw?: string;
  threshold: number;
  min: number;
  max: number;
  choose?: 'uniter' | 'lxmert';
  json?: boolean;
}

export function defineRegions(root: Command, session: Session): void {
  root
    .command('regions')
    .summary('find the regions of pictures that UNITER reads')
    .description(
      'Finds regions with a detector, prints them, and writes the features that UNITER reads in place of a picture. ' +
        'Without --out it only prints.',
    )
    .argument('<pictures...>', 'the pictures, as for caption')
    .option(
      '-m, --model <model>',
      "'centernet', which an npm package carries, or a Faster R-CNN: a folder, or an id of the hub such as " +
        'unc-nlp/frcnn-vg-finetuned (default: centernet)',
    )
    .option('--revision <name>', 'branch, tag or commit of a model of the hub')
    .option('--offline', 'use what is on this machine; no network')
    .option('--threads <n>', 'processor threads (default: one a core)', whole(1))
    .option('-o, --out <folder>', "write each picture's features (.safetensors) and their meaning (.json) here")
    .option('--draw <png>', 'draw the boxes over the picture; a folder where there are several pictures')
    .option('--threshold <x>', 'keep regions this sure, from 0 to 1', number(-1e-9, 1), 0.2)
    .option('--min <n>', 'but at least so many, however unsure', whole(0), 10)
    .option('--max <n>', 'and at most so many', whole(1), 100)
    .addOption(
      new Option(
        '--choose <how>',
        "of a Faster R-CNN: proposals as UNITER's were chosen, or moved boxes as LXMERT's (default: uniter)",
      ).choices(['uniter', 'lxmert']),
    )
    .option('--json', 'print an array with a row for each picture: image, regions, file, model; or image, error')
    .addHelpText(
      'after',
      examples(
        'regions photo.jpg --draw boxes.png --min 0',
        "regions 'photos/*.jpg' --out features --model unc-nlp/frcnn-vg-finetuned",
      ),
    )
    .action(async (pictures: string[], flags: RegionsFlags) => {
      const { regions } = await import('../actions/regions.ts');
      await regions(pictures, flags, session);
    });
}
