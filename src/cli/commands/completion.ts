import { Argument, type Command } from 'commander';
import { examples } from '../help.ts';
import type { Session } from '../session.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

export function defineCompletion(root: Command, session: Session): void {
  root
    .command('completion')
    .summary('print a script for tab completion')
    .description('Prints a script that completes commands and options with the tab key.')
    .addArgument(new Argument('<shell>', 'the shell that will read it').choices(shells))
    .addHelpText(
      'after',
      examples(
        'completion bash > ~/.local/share/bash-completion/completions/sightread',
        'completion zsh > ~/.zfunc/_sightread        # with ~/.zfunc in $fpath',
        'completion fish > ~/.config/fish/completions/sightread.fish',
      ),
    )
    .action(async (shell: Shell) => {
      const { completion } = await import('../actions/completion.ts');
      session.stdout.write(completion(root, shell));
    });
}
