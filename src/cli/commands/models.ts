import type { Command } from 'commander';
import { examples } from '../help.ts';
import type { Session } from '../session.ts';

export function defineModels(root: Command, session: Session): void {
  root
    .command('models')
    .summary('list the models that can be used')
    .description(
      "Lists the models that are known to work and those in the cache that Hugging Face's libraries share (HF_HOME, " +
        'HF_HUB_CACHE), with their size where they are on this machine. An asterisk marks the default.',
    )
    .option('--json', 'print an array with a row for each model')
    .addHelpText('after', examples('models', 'models --json'))
    .action(async (flags: { json?: boolean }) => {
      const { models } = await import('../actions/models.ts');
      await models(flags, session);
    });
}
