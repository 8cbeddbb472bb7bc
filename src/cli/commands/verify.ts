import type { Command } from 'commander';
import { examples } from '../help.ts';
import type { Session } from '../session.ts';

export interface VerifyFlags {
  verbose?: boolean;
  json?: boolean;
}

export function defineVerify(root: Command, session: Session): void {
  root
    .command('verify')
    .summary('compare with stored numbers of the references')
    .description(
      'Runs golden folders: models (outputs, loss, gradients, generated ids), pictures, tokenizers. Prints the largest ' +
        'absolute error of each output; exits with 1 when a tolerance is passed or an id differs. Cases of families that ' +
        'are not here yet are skipped and counted.',
    )
    .argument('<folders...>', 'cases, or folders that hold cases at any depth')
    .option('-v, --verbose', 'a line for each output and gradient')
    .option('--json', 'print an array with a row for each case: case, status, checks')
    .addHelpText('after', examples('verify test/goldens/models', 'verify goldens/git-image --verbose'))
    .action(async (folders: string[], flags: VerifyFlags) => {
      const { verify } = await import('../actions/verify.ts');
      await verify(folders, flags, session);
    });
}
