import { type Command, Option } from 'commander';
import { UsageError } from '../../core/errors.ts';
import { examples } from '../help.ts';
import { type ModelFlags, number, whole } from '../options.ts';
import type { Session } from '../session.ts';

export interface TrainFlags extends ModelFlags {
  data: string;
  out: string;
  steps: number;
  batch: number;
  rate: number;
  warmup?: number;
  accumulate: number;
  decay: number;
  clip: number;
  average?: number;
  smoothing: number;
  freeze: string[];
  recompute?: boolean;
  holdOut: number;
  evaluateEvery?: number;
  saveEvery: number;
  seed: number;
}

export function defineTrain(root: Command, session: Session): void {
  root
    .command('train')
    .summary('teach a model from pictures with captions')
    .description(
      'Trains a GIT model on captioned pictures: a folder (metadata.jsonl, captions.txt/.tsv/.csv/.json, or a .txt ' +
        'beside each picture), the JSON of COCO captions, or a set made by data build. The folder of the run holds the ' +
        'model, so that caption --model can use it, with log.jsonl, report.html and checkpoints. A run that was stopped, ' +
        'by Ctrl-C or otherwise, goes on when the same command is given again.',
    )
    .requiredOption('--data <source>', 'the captioned pictures')
    .requiredOption('-o, --out <folder>', 'folder of the run')
    .option('-m, --model <model>', "what to train further, or 'tiny' for a new model (default: the captioner inside)")
    .option('--revision <name>', 'branch, tag or commit of a model of the hub')
    .option('--offline', 'use what is on this machine; no network')
    .option('--threads <n>', 'processor threads (default: one a core)', whole(1))
    .addOption(new Option('--dtype <dtype>').hideHelp())
    .option('--steps <n>', 'updates of the weights', whole(1), 1000)
    .option('--batch <n>', 'pictures in a batch', whole(1), 16)
    .option('--accumulate <n>', 'batches whose mean makes one update', whole(1), 1)
    .option('--rate <x>', 'highest learning rate; it falls along a cosine', number(0), 1e-4)
    .option('--warmup <n>', 'updates until the highest rate (default: a tenth of the steps, at most 200)', whole(0))
    .option('--decay <x>', 'weight decay', number(), 0.05)
    .option('--clip <x>', 'largest norm of the gradient', number(0), 1)
    .option('--average <x>', 'keep a moving average of the weights with this decay, such as 0.999', number(0, 1))
    .option('--smoothing <x>', 'label smoothing', number(), 0.1)
    .option('--freeze <parts...>', "parts that do not learn: 'vision', 'text', or any start of a parameter's path", [])
    .option('--recompute', 'compute the insides of blocks twice instead of keeping them: less memory, more time')
    .option('--hold-out <share>', 'share of the pictures that are kept for judging', number(), 0.05)
    .option('--evaluate-every <n>', 'updates between judgements (default: as --save-every)', whole(1))
    .option('--save-every <n>', 'updates between checkpoints', whole(1), 250)
    .option('--seed <n>', 'of the order of the pictures and of new weights', whole(0), 0)
    .addHelpText(
      'after',
      examples(
        'train --data my-pictures --out runs/mine --steps 500',
        'train --data annotations/captions_train2017.json --model microsoft/git-base --freeze vision --out runs/coco',
        'train --data .cache/emoji-5 --model tiny --rate 1e-3 --steps 2000 --out runs/tiny',
      ),
    )
    .action(async (flags: TrainFlags) => {
      if (flags.dtype)
        throw new UsageError('train: weights learn in float32; leave --dtype out, and quantize the trained model');
      const { train } = await import('../actions/train.ts');
      await train(flags, session);
    });
}
