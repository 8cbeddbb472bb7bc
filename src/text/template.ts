/** How special tokens and type ids are put around one text or two, after cutting them to length. */
import { CheckpointError, UsageError } from '../core/errors.ts';
import type { Stage } from './json.ts';

/** Token ids of one row, with the type (0 first text, 1 second) and the mask (1 for every token) of each. */
export interface Encoding {
  ids: number[];
  typeIds: number[];
  mask: number[];
}

/** One place in a row: a special token, or all the tokens of the first ('a') or second ('b') text. */
type Place = { type: number } & ({ text: 'a' | 'b' } | { ids: number[] });

export interface Template {
  single: Place[];
  pair: Place[];
}

const a = (type: number): Place => ({ text: 'a', type });
const b = (type: number): Place => ({ text: 'b', type });
const bare: Template = { single: [a(0)], pair: [a(0), b(1)] };

/** Reads the post-processing stage of a `tokenizer.json`. Throws CheckpointError for a type that does not exist. */
export function templateOf(stage: Stage | null): Template {
  if (stage === null) return bare;
  switch (stage.type) {
    case 'ByteLevel':
      return bare; // moves offsets only, which are not kept here
    case 'BertProcessing':
      return bertTemplate(stage);
    case 'RobertaProcessing':
      return robertaTemplate(stage);
    case 'TemplateProcessing':
      return spelledTemplate(stage);
    case 'Sequence': {
      const templates = (stage.processors as Stage[]).map(templateOf);
      return templates.find((template) => template !== bare) ?? bare;
    }
    default:
      throw new CheckpointError(
        `tokenizer.json: post_processor ${stage.type} is unknown; save it as TemplateProcessing`,
      );
  }
}

function bertTemplate(stage: Stage): Template {
  const cls = [(stage.cls as [string, number])[1]];
  const sep = [(stage.sep as [string, number])[1]];
  const first: Place[] = [{ ids: cls, type: 0 }, a(0), { ids: sep, type: 0 }];
  return { single: first, pair: [...first, b(1), { ids: sep, type: 1 }] };
}

/** RoBERTa has one type of text and two separators between texts. */
function robertaTemplate(stage: Stage): Template {
  const cls = { ids: [(stage.cls as [string, number])[1]], type: 0 };
  const sep = { ids: [(stage.sep as [string, number])[1]], type: 0 };
  return { single: [cls, a(0), sep], pair: [cls, a(0), sep, sep, b(0), sep] };
}

interface SpelledPlace {
  SpecialToken?: { id: string; type_id: number };
  Sequence?: { id: 'A' | 'B'; type_id: number };
}

function spelledTemplate(stage: Stage): Template {
  const specials = (stage.special_tokens ?? {}) as Record<string, { ids: number[] } | undefined>;
  const idsOf = (id: string) => {
    const found = specials[id]?.ids;
    if (!found)
      throw new CheckpointError(`tokenizer.json: post_processor uses ${id} but gives no ids for it; list them`);
    return found;
  };
  const places = (list: unknown): Place[] =>
    (list as SpelledPlace[]).map(({ SpecialToken: special, Sequence: text }) =>
      special
        ? { ids: idsOf(special.id), type: special.type_id }
        : { text: text?.id === 'B' ? 'b' : 'a', type: text?.type_id ?? 0 },
    );
  return { single: places(stage.single), pair: places(stage.pair) };
}

export interface FillOptions {
  /** Put the special tokens in. */
  specialTokens: boolean;
  /** The most tokens of the row, special ones included. */
  maxLength?: number;
}

/** Builds the row of one text, or of two when `second` is given (an empty second text still counts as one). */
export function fill(
  template: Template,
  first: number[],
  second: number[] | undefined,
  { specialTokens, maxLength }: FillOptions,
): Encoding {
  const places = (second ? template.pair : template.single).filter((place) => specialTokens || 'text' in place);
  const special = places.reduce((sum, place) => sum + ('ids' in place ? place.ids.length : 0), 0);
  const room = maxLength === undefined ? Number.POSITIVE_INFINITY : maxLength - special;
  if (room < 0)
    throw new UsageError(`maxLength ${maxLength} leaves no room beside ${special} special tokens; raise it`);
  const [firstLength, secondLength] = shares(first.length, second?.length ?? 0, room);
  const texts = { a: first.slice(0, firstLength), b: (second ?? []).slice(0, secondLength) };
  const row = places.map((place) => ({ type: place.type, ids: 'ids' in place ? place.ids : texts[place.text] }));
  const ids = row.flatMap((part) => part.ids);
  return { ids, typeIds: row.flatMap((part) => part.ids.map(() => part.type)), mask: ids.map(() => 1) };
}

/** The lengths kept of two texts: the longer one is cut first, and equally once both are long (tokenizers' LongestFirst). */
function shares(first: number, second: number, room: number): [number, number] {
  if (first + second <= room) return [first, second];
  const short = Math.min(first, second);
  let [keptShort, keptLong] = [short, Math.max(short, room - short)];
  if (keptShort + keptLong > room) [keptShort, keptLong] = [Math.floor(room / 2), Math.ceil(room / 2)];
  return first > second ? [keptLong, keptShort] : [keptShort, keptLong];
}
