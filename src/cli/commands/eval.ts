import { type Command, Option } from 'commander';
import { examples } from '../help.ts';
import { type ModelFlags, type WritingFlags, whole, withModel, withWriting } from '../options.ts';
import type { Session } from '../session.ts';

export interface EvalFlags extends ModelFlags, WritingFlags {
  data: string;
  task: 'caption' | 'answer' | 'retrieval' | 'match';
  images?: string;
  split?: string;
  imageColumn?: string;
  captionColumn?: string;
  annotations?: string;
  answers?: string;
  prompt?: string;
  clean?: boolean;
  rerank?: number;
  batch: number;
  limit?: number;
  out?: string;
  json?: boolean;
}

export interface CaptionScoreFlags {
  split?: string;
  captionColumn?: string;
  json?: boolean;
}

export interface RetrievalScoreFlags {
  picturesOf?: string;
  json?: boolean;
}

const split = ['--split <name>', "part of the set, or several as 'train+restval' (default: all)"] as const;
const captionColumn = ['--caption-column <name>', 'column or field of the captions, where it cannot be told'] as const;

/** The options of a command below; those that it shares with `eval` itself, such as --json, are taken for that one's. */
const given = (command: Command) => command.optsWithGlobals<CaptionScoreFlags & RetrievalScoreFlags>();

export function defineEval(root: Command, session: Session): void {
  const command = root
    .command('eval')
    .summary('score captions, answers and search')
    .description(
      'With --data and --task, runs a model over a set and scores what it says; a run with --out that was stopped goes on ' +
        'when the same command is given again. The commands below score what is already in files.',
    )
    .option('-d, --data <set>', 'pictures with captions as data show reads them, or questions of VQA')
    .addOption(
      new Option('-t, --task <task>', 'what the model is judged by').choices([
        'caption',
        'answer',
        'retrieval',
        'match',
      ]),
    )
    .option('--images <folder>', 'folder of the pictures (default: that of the file that names them)')
    .option(...split)
    .option('--image-column <name>', 'column of the pictures, where it cannot be told')
    .option(...captionColumn)
    .option('--annotations <file>', "answer: VQA's annotations (default: by their usual name beside the questions)")
    .option('--answers <list>', "answer: choose the likeliest of these, '@file' with one a line, instead of writing")
    .option('-p, --prompt <text>', 'caption: words that it starts with; they are not scored')
    .option('--clean', "write texts as BLIP's authors do: lower case, without most marks, at most 50 words")
    .option('--rerank <n>', 'retrieval: order the best n by vectors again by match', whole(1))
    .option('--batch <n>', 'caption, retrieval: pictures in one run of the model', whole(1), 8)
    .option('--limit <n>', 'look at the first rows only', whole(1))
    .option(
      '-o, --out <file>',
      'write what the model says, or the vectors and scores of retrieval, as JSON lines, and go on from there',
    );
  withModel(command);
  withWriting(command)
    .option('--json', 'print an object with the scores')
    .addHelpText(
      'after',
      examples(
        'eval --model microsoft/git-base-coco --data dataset_coco.json --split test --images coco --task caption --out git.jsonl',
        'eval --model Salesforce/blip-vqa-base --data v2_OpenEnded_mscoco_val2014_questions.json --images val2014 --task answer',
        'eval --model Salesforce/blip-itm-base-coco --data my-pictures --task retrieval --rerank 128',
        'eval captions git.jsonl captions_val2014.json',
      ),
    )
    .action(async (flags: Partial<EvalFlags>) => {
      const { evaluate } = await import('../actions/eval.ts');
      await evaluate(flags, session);
    });

  command
    .command('captions')
    .summary('score captions in a file')
    .description(
      'BLEU-1 to 4, ROUGE-L, METEOR (exact and stem matches only), CIDEr-D and CIDEr, after tokenising as the COCO ' +
        'evaluation does. Predictions are the JSON of COCO results, JSON lines, or lines of name, tab and caption.',
    )
    .argument('<predictions>', 'captions of a model')
    .argument('<references>', 'captions of people: any set that data show reads; its pictures need not be there')
    .option(...split)
    .option(...captionColumn)
    .option('--json', 'print an object')
    .addHelpText(
      'after',
      examples(
        'eval captions results.json annotations/captions_val2014.json',
        'eval captions mine.tsv dataset_flickr30k.json --split test --json',
      ),
    )
    .action(async (predictions: string, references: string, _: CaptionScoreFlags, own: Command) => {
      const { captions } = await import('../actions/eval.ts');
      await captions(predictions, references, given(own), session);
    });

  command
    .command('answers')
    .summary('score answers in a file')
    .description(
      'VQA accuracy with the official normalisation, also by type of answer and of question where the annotations tell. ' +
        'Predictions are the JSON of VQA results, JSON lines, or lines of question number, tab and answer.',
    )
    .argument('<predictions>', 'answers of a model')
    .argument('<annotations>', "VQA's annotations, or a list of rows with question_id and answers")
    .option('--json', 'print an object')
    .addHelpText(
      'after',
      examples(
        'eval answers results.json v2_mscoco_val2014_annotations.json',
        'eval answers answers.jsonl v2_mscoco_val2014_annotations.json --json',
      ),
    )
    .action(async (predictions: string, annotations: string, _: { json?: boolean }, own: Command) => {
      const { answers } = await import('../actions/eval.ts');
      await answers(predictions, annotations, given(own), session);
    });

  command
    .command('retrieval')
    .summary('score a search in a file')
    .description(
      'Recall at 1, 5 and 10 of the texts of pictures and of the pictures of texts. Reads a matrix (pictures down, texts ' +
        'across; larger is nearer) or the vectors of both: .safetensors, .npy, .json or .jsonl, as embed writes them.',
    )
    .argument('<scores>', 'the matrix, or vectors of pictures and texts, or of pictures only')
    .argument('[texts]', 'vectors of the texts, where they are in a file of their own')
    .option(
      '--pictures-of <file>',
      'a JSON list with the picture, from 0, of every text (default: in order, the same number of texts to each)',
    )
    .option('--json', 'print an object')
    .addHelpText(
      'after',
      examples('eval retrieval scores.npy', 'eval retrieval pictures.npy texts.npy --pictures-of pictures.json --json'),
    )
    .action(async (scores: string, texts: string | undefined, _: RetrievalScoreFlags, own: Command) => {
      const { retrieval } = await import('../actions/eval.ts');
      await retrieval(texts === undefined ? [scores] : [scores, texts], given(own), session);
    });
}
