import { type Command, Option } from 'commander';
import { examples } from '../help.ts';
import type { ModelFlags } from '../options.ts';
import type { Session } from '../session.ts';

export interface QuantizeFlags extends Pick<ModelFlags, 'revision' | 'offline'> {
  dtype: 'fp16' | 'q8' | 'q4';
  out: string;
}

export function defineQuantize(root: Command, session: Session): void {
  root
    .command('quantize')
    .summary('write a model with smaller weights')
    .description(
      'Writes a folder that holds a model in lower precision, which every command opens by its path. The weights pass ' +
        'through memory one matrix at a time, so a model larger than memory can be made small. Such a folder runs; it ' +
        'cannot be trained.',
    )
    .argument('[model]', 'a folder, a weight file, or an id of the hub (default: the captioner inside)')
    .addOption(
      new Option('--dtype <dtype>', 'precision of the weights').choices(['fp16', 'q8', 'q4']).makeOptionMandatory(),
    )
    .requiredOption('-o, --out <folder>', 'folder to write; it must be new or empty')
    .option('--revision <name>', 'branch, tag or commit of a model of the hub')
    .option('--offline', 'use what is on this machine; no network')
    .addHelpText(
      'after',
      examples(
        'quantize microsoft/git-base-coco --dtype q8 --out models/git-q8',
        'quantize models/opt-2.7b --dtype q4 --out models/opt-q4',
      ),
    )
    .action(async (model: string | undefined, flags: QuantizeFlags) => {
      const { quantize } = await import('../actions/quantize.ts');
      await quantize(model, flags, session);
    });
}
