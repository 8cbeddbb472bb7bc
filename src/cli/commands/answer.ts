import type { Command } from 'commander';
import { examples } from '../help.ts';
import { type ModelFlags, type WritingFlags, withModel, withWriting } from '../options.ts';
import type { Session } from '../session.ts';

export interface AnswerFlags extends ModelFlags, WritingFlags {
  video?: boolean;
  json?: boolean;
  answers?: string;
  explain?: string;
  over?: string;
}

export function defineAnswer(root: Command, session: Session): void {
  const command = root
    .command('answer')
    .summary('answer a question about pictures')
    .description('Answers one question about each picture. The question comes last, in quotes.')
    .usage('[options] <pictures...> <question>')

    .argument('<pictures-and-question...>', 'the pictures, as for caption, and then the question');
  withModel(command);
  withWriting(command)
    .option('--video', 'each picture is one clip: an animated GIF or WebP, or a folder of frames')
    .option(
      '--json',
      'print an array with a row for each picture: image, question, answer, score, model; or image, error',
    )
    .option('--answers <file>', 'choose from this list: a JSON list, or one answer a line (ViLT, METER, UNITER, BLIP)')
    .option('--explain <file.png>', 'draw where each word of the question belongs in the picture (ViLT, UNITER)')
    .option('--over <picture>', 'with --explain: the picture that a file of regions is of (UNITER)')
    .addHelpText(
      'after',
      examples(
        "answer photo.jpg 'what colour is the car?' --model microsoft/git-base-vqav2",
        "answer 'street/*.jpg' 'how many people are there?' --model microsoft/git-base-vqav2 --json",
        "answer photo.jpg 'what is on the grass?' --model dandelin/vilt-b32-finetuned-vqa --explain why.png",
      ),
    )
    .action(async (words: string[], flags: AnswerFlags) => {
      const { answer } = await import('../actions/answer.ts');
      await answer(words, flags, session);
    });
}
