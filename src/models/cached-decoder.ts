/**
 * A text decoder with a pool of keys and values (nn/cache.ts), for every family that generates. What a picture left behind
 * starts the pool, the prompt follows, and every step adds the tokens that it reads; rows that change places change what
 * they see of the pool, and no key or value moves.
 */
import { bool, float32, int64, type NDArray, sizeOf, zeros } from '../core/index.ts';
import type { TextDecoder } from '../generate/index.ts';
import type { Program } from '../runtime/index.ts';
import { SlotPool } from './slot-pool.ts';

export interface CachedDecoderParts {
  /** Inputs ids, positions, seen, real and past.* of a PoolCache; outputs logits [rows, vocabulary] and fresh.*. */
  program: Program;
  text: TextSizes;
  /**
   * memory.*: what the pictures left, [pictures, heads, tokens, head width]. What the program takes under this name is fed
   * at every step; what it knows as past.* starts the pool.
   */
  memory?: Record<string, NDArray>;
  /** Embedded tokens in front of every prompt, float32 [prompts, tokens, width of the word table]; see models/opt. */
  prefix?: NDArray;
}

interface TextSizes {
  vocabulary: number;
  heads: number;
  width: number;
  /** Of the word table. Default: `width`. */
  wordWidth?: number;
}

/** Prompts are read in pieces of so many tokens, which bounds the memory that their scores take. */
const promptPiece = 256;

export class CachedDecoder implements TextDecoder {
  readonly vocabulary: number;
  readonly #program: Program;
  readonly #prefix: NDArray | undefined;
  /** What is fed at every step as it is. */
  readonly #fixed: Record<string, NDArray>;
  /** What starts the pool, by the names of the program's past.*. */
  readonly #first: Record<string, NDArray>;
  readonly #text: TextSizes;
  #pool: SlotPool;
  /** Which slots each row sees. */
  #seen: Uint8Array[] = [];
  /** How many real tokens each row has. */
  #lengths: number[] = [];

  constructor({ program, text, memory = {}, prefix }: CachedDecoderParts) {
    this.#program = program;
    this.vocabulary = text.vocabulary;
    this.#prefix = prefix;
    this.#text = text;
    const taken = ([name]: [string, NDArray]) => program.inputs.includes(name);
    const entries = Object.entries(memory);
    this.#fixed = Object.fromEntries(entries.filter(taken));
    this.#first = Object.fromEntries(
      entries.filter((entry) => !taken(entry)).map(([name, value]) => [name.replace(/^memory\./, 'past.'), value]),
    );
    this.#pool = this.#newPool(0);
  }

  async begin(ids: NDArray, mask: NDArray, signal?: AbortSignal): Promise<NDArray> {
    const [prompts, length] = ids.shape;
    this.#pool = this.#newPool(prompts);
    this.#seen = Array.from({ length: prompts }, () => new Uint8Array(this.#pool.used).fill(1));
    this.#lengths = Array(prompts).fill(0);
    for (let start = 0; ; start += promptPiece) {
      const end = Math.min(start + promptPiece, length);
      const piece = ({ data }: NDArray) =>
        this.#lengths.map((_, row) => Array.from(data.slice(row * length + start, row * length + end), Number));
      const logits = await this.#read(piece(ids), piece(mask), start === 0 ? this.#prefix : undefined, signal);
      if (end === length) return logits;
    }
  }

  async next(tokens: readonly number[], from: readonly number[], signal?: AbortSignal): Promise<NDArray> {
    this.#seen = from.map((row) => this.#seen[row]);
    this.#lengths = from.map((row) => this.#lengths[row]);
    const [ids, mask] = [tokens.map((token) => [token]), tokens.map(() => [1])];
    return await this.#read(ids, mask, undefined, signal);
  }

  #newPool(prompts: number): SlotPool {
    const names = this.#program.inputs.filter((name) => name.startsWith('past.'));
    const { heads, width } = this.#text;
    return new SlotPool(names, [prompts, heads, width / heads], this.#first);
  }

  /** Reads equally many tokens in every row, behind a prefix if there is one; gives the logits behind the last. */
  async #read(
    ids: readonly (readonly number[])[],
    mask: readonly (readonly number[])[],
    prefix: NDArray | undefined,
    signal: AbortSignal | undefined,
  ): Promise<NDArray> {
    const [rows, words] = [ids.length, ids[0].length];
    const real = mask.map((row) => [...Array(prefix?.shape[1] ?? 0).fill(1), ...row]);
    const [prompts, tokens] = [this.#pool.groups, real[0].length];
    const beams = rows / prompts;
    // Left padding does not move a text: its first real token stands at position 0.
    const positions = real.map((row, r) => {
      let next = this.#lengths[r];
      return row.map((one) => (one ? next++ : 0));
    });
    const slots = this.#pool.reserve(beams * tokens);
    const feeds: Record<string, NDArray> = {
      ids: int64([rows, words], ids.flat()),
      positions: int64([rows, tokens], positions.flat()),
      seen: joined([prompts, beams, slots], this.#seen),
      real: bool([prompts, beams, tokens], real.flat()),
      ...this.#fixed,
      ...this.#pool.feeds(),
    };
    if (this.#program.inputs.includes('prefix'))
      feeds.prefix = prefix ?? zeros('float32', [rows, 0, this.#text.wordWidth ?? this.#text.width]);
    const { logits, ...fresh } = await this.#program.run(feeds, { signal });

    const first = this.#pool.append(fresh);
    this.#seen = this.#seen.map((seen, row) => {
      const longer = new Uint8Array(this.#pool.used);
      longer.set(seen);
      longer.set(real[row], first + (row % beams) * tokens);
      return longer;
    });
    this.#lengths = this.#lengths.map((length, row) => length + real[row].filter(Boolean).length);
    return float32(logits.shape, logits.data as Float32Array);
  }
}

/** Rows of 0 and 1, filled up with 0 to the last size. */
function joined(shape: readonly number[], rows: readonly Uint8Array[]): NDArray {
  const all = new Uint8Array(sizeOf(shape));
  for (const [i, row] of rows.entries()) all.set(row, i * shape[shape.length - 1]);
  return bool(shape, all);
}
