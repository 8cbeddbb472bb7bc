/** Questions about scenes whose answers follow from what was drawn, and sets of them with balanced answers. */
import { InputError } from '../core/errors.ts';
import { countable, numberWord, plural } from './phrases.ts';
import { Random } from './random.ts';
import type { Sample, SceneObject } from './sample.ts';
import type { SampleSource } from './source.ts';

export type QuestionKind = 'count' | 'colour' | 'what' | 'where' | 'yes-no';

export interface Question {
  kind: QuestionKind;
  question: string;
  answer: string;
}

/** Objects by phrase, in drawing order. */
function kindsOf({ objects }: Sample): Map<string, SceneObject[]> {
  const byName = new Map<string, SceneObject[]>();
  for (const object of objects) byName.set(object.name, [...(byName.get(object.name) ?? []), object]);
  return byName;
}

const definite = (phrase: string): string => phrase.replace(/^(?:a|an|some|the) /, 'the ');
const middle = ({ box }: SceneObject) => ({ x: (box[0] + box[2]) / 2, y: (box[1] + box[3]) / 2 });
const singular = (phrase: string): boolean => /^(?:a|an|the) /.test(phrase);

/** Parts of the picture that an object can be said to be in; undefined near the borders between them. */
function placeOf(object: SceneObject, side: number): string | undefined {
  const { x, y } = middle(object);
  const horizontal = x < side * 0.36 ? 'left' : x > side * 0.64 ? 'right' : undefined;
  const vertical = y < side * 0.36 ? 'top' : y > side * 0.64 ? 'bottom' : undefined;
  const central = Math.abs(x - side / 2) < side * 0.1 && Math.abs(y - side / 2) < side * 0.1;
  if (central) return 'in the middle';
  if (horizontal && vertical) return `at the ${vertical} ${horizontal}`;
  if (horizontal && Math.abs(y - side / 2) < side * 0.1) return `on the ${horizontal}`;
  return vertical && Math.abs(x - side / 2) < side * 0.1 ? `at the ${vertical}` : undefined;
}

/**
 * Every question that a scene answers. `others` are phrases to ask about in vain ("is there a dog?" → no); as many
 * yes-no questions are answered by no as by yes.
 */
export function* questions(scene: Sample, others: readonly string[] = []): Generator<Question> {
  const byName = kindsOf(scene);
  const entries = [...byName];
  for (const [name, objects] of entries) {
    if (countable(name))
      yield { kind: 'count', question: `how many ${plural(name)} are there?`, answer: numberWord(objects.length) };
    const [object] = objects;
    if (objects.length > 1 || !singular(name)) continue;
    const plain = object.colour && name.split(' ').includes(object.colour) ? name.replace(`${object.colour} `, '') : '';
    const alone = entries.filter(([other]) => other.endsWith(plain.replace(/^an? /, ''))).length === 1;
    if (plain && alone) yield { kind: 'colour', question: `what color is ${definite(plain)}?`, answer: object.colour! };
    const place = placeOf(object, scene.side);
    if (place) yield { kind: 'where', question: `where is ${definite(name)}?`, answer: place };
  }
  yield* directionQuestions(entries);
  const present = entries.map(([name]) => name).filter((name) => /^an? /.test(name));
  const absent = others.filter((name) => /^an? /.test(name) && !byName.has(name)).slice(0, present.length);
  for (const name of present.slice(0, absent.length))
    yield { kind: 'yes-no', question: `is there ${name}?`, answer: 'yes' };
  for (const name of absent) yield { kind: 'yes-no', question: `is there ${name}?`, answer: 'no' };
}

/** "what is to the left of the dog?", where all of one kind lie clear of all of the other on one axis. */
function* directionQuestions(entries: [string, SceneObject[]][]): Generator<Question> {
  if (entries.length !== 2) return;
  const [[a, first], [b, second]] = entries;
  const apart = (axis: 0 | 1) =>
    Math.max(...first.map(({ box }) => box[axis + 2])) <= Math.min(...second.map(({ box }) => box[axis]));
  const words = apart(0) ? ['to the left of', 'to the right of'] : apart(1) ? ['above', 'below'] : undefined;
  if (!words || first.length > 1 || second.length > 1 || !singular(a) || !singular(b)) return;
  yield { kind: 'what', question: `what is ${words[0]} ${definite(b)}?`, answer: a };
  yield { kind: 'what', question: `what is ${words[1]} ${definite(a)}?`, answer: b };
  yield { kind: 'yes-no', question: `is ${definite(a)} ${words[0]} ${definite(b)}?`, answer: 'yes' };
  yield { kind: 'yes-no', question: `is ${definite(a)} ${words[1]} ${definite(b)}?`, answer: 'no' };
}

export interface AskedSample extends Question {
  /** Number of the sample in its source. */
  index: number;
}

/**
 * `count` questions, one a scene, chosen so that kinds, and within a kind answers, occur about equally often: for every
 * scene the candidate whose kind and answer are the rarest so far is taken.
 * @throws InputError when the source gives scenes without questions for too long.
 */
export function questionSet(source: SampleSource, count: number, others: readonly string[], seed = 0): AskedSample[] {
  const random = new Random(seed);
  const kinds = new Map<string, number>();
  const answers = new Map<string, number>();
  const rarity = ({ kind, answer }: Question) => [kinds.get(kind) ?? 0, answers.get(`${kind}/${answer}`) ?? 0];
  const out: AskedSample[] = [];
  for (let index = 0; out.length < count; index++) {
    if (index > 20 * count + 100)
      throw new InputError(`only ${out.length} of ${count} questions found in ${index} scenes`);
    const candidates = random.sample([...questions(source(index), random.sample(others, 4))], Number.POSITIVE_INFINITY);
    if (candidates.length === 0) continue;
    const asked = candidates.reduce((best, candidate) => {
      const [kind, answer] = rarity(candidate);
      const [bestKind, bestAnswer] = rarity(best);
      return kind < bestKind || (kind === bestKind && answer < bestAnswer) ? candidate : best;
    });
    kinds.set(asked.kind, (kinds.get(asked.kind) ?? 0) + 1);
    const key = `${asked.kind}/${asked.answer}`;
    answers.set(key, (answers.get(key) ?? 0) + 1);
    out.push({ ...asked, index });
  }
  return out;
}
