import type { Command } from 'commander';
import { examples } from '../help.ts';
import { dtypeOption, type ModelFlags, number, whole } from '../options.ts';
import type { Session } from '../session.ts';

export interface BootstrapFlags extends Pick<ModelFlags, 'offline' | 'threads' | 'dtype'> {
  captioner: string;
  filter?: string;
  out: string;
  threshold: number;
  beams?: number;
  topP: number;
  temperature?: number;
  repetitionPenalty?: number;
  maxTokens: number;
  minTokens?: number;
  prompt?: string;
  copy?: boolean;
  images?: string;
  imageColumn?: string;
  captionColumn?: string;
  limit?: number;
  batch: number;
  seed: number;
  human?: string;
  humanImages?: string;
  json?: boolean;
}

export function defineBootstrap(root: Command, session: Session): void {
  root
    .command('bootstrap')
    .summary('keep the captions that match their pictures, and add new ones')
    .description(
      'CapFilt of the BLIP paper. One model writes a caption for every picture; another gives each text, found or ' +
        'written, the probability that it matches its picture; what reaches the threshold becomes a new set, a folder that ' +
        'train reads. candidates.jsonl records every text with its score, report.html shows keep rates, scores and ' +
        'pictures. A run that was stopped, by Ctrl-C or otherwise, goes on when the same command is given again.',
    )
    .argument('<pairs>', 'the noisy set: a folder, table, archive or JSON of pictures with texts, as data show reads')
    .requiredOption('--captioner <model>', 'a model that captions: a folder, a weight file, or an id of the hub')
    .option('--filter <model>', 'a model that matches, such as a BLIP for retrieval (default: the captioner)')
    .requiredOption('-o, --out <folder>', 'folder of the new set')
    .option('--threshold <p>', 'keep texts of at least this match probability', number(0, 1), 0.5)
    .option('--top-p <p>', 'draw caption tokens among the best that reach this probability', number(0, 1), 0.9)
    .option('--temperature <x>', 'below 1 surer captions, above 1 more varied', number(0))
    .option('-b, --beams <n>', 'write captions by beam search instead of drawing tokens', whole(1))
    .option('--repetition-penalty <x>', 'above 1 makes a token less likely once it is written', number(0))
    .option('--max-tokens <n>', 'most tokens of a caption', whole(1), 30)
    .option('--min-tokens <n>', 'fewest tokens of a caption', whole(0))
    .option('-p, --prompt <text>', 'words that the captioner was taught to begin with; captions are kept without them')
    .option('--images <folder>', 'where the pictures are (default: the folder of the file that names them)')
    .option('--image-column <name>', "column of the picture's name or address (default: found by its usual names)")
    .option('--caption-column <name>', 'column of the text (default: found by its usual names)')
    .option(
      '--human <pairs>',
      'pairs that people wrote, in any of these forms: added to the new set without being judged',
    )
    .option('--human-images <folder>', 'where their pictures are (default: the folder of the file that names them)')
    .option('--copy', 'copy pictures into the new set instead of linking to them')
    .option('--limit <n>', 'read only the first rows of the set', whole(1))
    .option('--batch <n>', 'pictures in one run of the captioner', whole(1), 8)
    .option('--seed <n>', 'the same seed draws the same captions', whole(0), 0)
    .option('--offline', 'use what is on this machine; no network')
    .option('--threads <n>', 'processor threads (default: one a core)', whole(1))
    .addOption(dtypeOption())
    .option('--json', 'print the report as an object')
    .addHelpText(
      'after',
      examples(
        'bootstrap web-pictures --captioner model_base.pth --out clean',
        'bootstrap cc3m.tsv --images cc3m --captioner Salesforce/blip-image-captioning-base --filter Salesforce/blip-itm-base-coco -o clean',
        'bootstrap web.tar --captioner model_base.pth --human captions_train2014.json --human-images train2014 -o clean',
        'bootstrap web-pictures --captioner model_base.pth --out look --limit 200 --threshold 0.7',
      ),
    )
    .action(async (pairs: string, flags: BootstrapFlags) => {
      const { bootstrap } = await import('../actions/bootstrap.ts');
      await bootstrap(pairs, flags, session);
    });
}
