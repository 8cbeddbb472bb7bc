import type { Command } from 'commander';
import { examples } from '../help.ts';
import { type ModelFlags, whole } from '../options.ts';
import type { Session } from '../session.ts';

export interface InspectFlags extends Pick<ModelFlags, 'revision' | 'offline'> {
  depth?: number;
  json?: boolean;
}

export function defineInspect(root: Command, session: Session): void {
  root
    .command('inspect')
    .summary('show what is in a model')
    .description(
      'Shows the parameters of a model as a tree with shapes and counts, its memory, and the floating-point operations ' +
        'of one picture and of one written token. Equal neighbours share a line. Reads no weights.',
    )
    .argument('[model]', 'a folder, a weight file, or an id of the hub (default: the captioner inside)')
    .option('-d, --depth <n>', 'levels of the tree', whole(1))
    .option('--revision <name>', 'branch, tag or commit of a model of the hub')
    .option('--offline', 'use what is on this machine; no network')
    .option('--json', 'print an object: parameters, bytes, work, and every tensor')
    .addHelpText(
      'after',
      examples('inspect', 'inspect microsoft/git-base --depth 3', 'inspect model.safetensors --json'),
    )
    .action(async (model: string | undefined, flags: InspectFlags) => {
      const { inspect } = await import('../actions/inspect.ts');
      await inspect(model, flags, session);
    });
}
