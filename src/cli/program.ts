/** The command tree. Definitions only: a command's work is imported when it runs, so that `--help` answers at once. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { defineAnswer } from './commands/answer.ts';
import { defineBench } from './commands/bench.ts';
import { defineBootstrap } from './commands/bootstrap.ts';
import { defineCaption } from './commands/caption.ts';
import { defineClassify } from './commands/classify.ts';
import { defineCompletion } from './commands/completion.ts';
import { defineData } from './commands/data.ts';
import { defineEmbed } from './commands/embed.ts';
import { defineEval } from './commands/eval.ts';
import { defineFill } from './commands/fill.ts';
import { defineInspect } from './commands/inspect.ts';
import { defineMatch } from './commands/match.ts';
import { defineModels } from './commands/models.ts';
import { defineQuantize } from './commands/quantize.ts';
import { defineRegions } from './commands/regions.ts';
import { defineTrain } from './commands/train.ts';
import { defineVerify } from './commands/verify.ts';
import { examples } from './help.ts';
import type { Session } from './session.ts';

/** In the order of the help text. */
const define = [
  defineCaption,
  defineAnswer,
  defineClassify,
  defineMatch,
  defineEmbed,
  defineFill,
  defineRegions,
  defineModels,
  defineInspect,
  defineVerify,
  defineEval,
  defineBench,
  defineQuantize,
  defineTrain,
  defineBootstrap,
  defineData,
  defineCompletion,
];

export function program(session: Session): Command {
  const { stdout, stderr } = session;
  const root = new Command('sightread')
    .description('Describes pictures: captions, answers, labels; loads, checks and trains the models that do it.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      getOutHelpWidth: () => stdout.columns ?? 100,
      getErrHelpWidth: () => stderr.columns ?? 100,
    })
    .configureHelp({
      subcommandTerm: (command) => `${command.name()} ${command.usage().replace(/\[options\] ?/, '')}`.trimEnd(),
    })
    .exitOverride();
  for (const add of define) add(root, session);
  return root.addHelpText('after', examples('caption photo.jpg', 'caption *.png --json', 'help caption'));
}

function version(): string {
  const place = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(place, 'utf8')) as { version: string }).version;
}
