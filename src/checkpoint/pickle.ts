/**
 * A pickle machine that runs no code. A pickle is a program for a small stack machine
 * (https://github.com/python/cpython/blob/main/Lib/pickletools.py); the danger lies in the names that it may call. Here
 * each name is looked up in a table that the caller gives, and one that is not there ends the reading. Dicts become Maps,
 * lists, tuples and sets arrays, whole numbers numbers, or bigints where a number would not be exact.
 */
import { CheckpointError } from '../core/errors.ts';

/** What a pickle may name. Without `build` it can be mentioned, not called. */
export interface PickleName {
  readonly name: string;
  readonly build?: (args: readonly unknown[]) => unknown;
}

/** An object kept only as what it was made of: settings, scalars of numpy. */
export class Inert {
  readonly name: string;
  readonly args: readonly unknown[];
  state: unknown;

  constructor(name: string, args: readonly unknown[]) {
    this.name = name;
    this.args = args;
  }
}

export interface PickleHost {
  /** For messages. */
  readonly path: string;
  /** The allowed name, or undefined. */
  find(name: string): PickleName | undefined;
  /** What an id of the file's own stands for: a storage. */
  persistent(id: unknown): unknown;
}

/** The bytes end before the program does. */
export class UnfinishedPickle extends CheckpointError {}

/** A number larger than this is no size, step or seed. */
const longestNumber = 1024;

/** Runs the program that starts at `start`; `end` is the place after it. */
export function unpickle(bytes: Uint8Array, host: PickleHost, start = 0): { value: unknown; end: number } {
  const machine = new Machine(bytes, host, start);
  return { value: machine.run(), end: machine.at };
}

class Machine {
  at: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #host: PickleHost;
  readonly #memo = new Map<number, unknown>();
  readonly #marked: unknown[][] = [];
  #stack: unknown[] = [];

  constructor(bytes: Uint8Array, host: PickleHost, start: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#host = host;
    this.at = start;
  }

  run(): unknown {
    for (;;) {
      const place = this.at;
      const code = this.number(1);
      if (code === stop) return this.pop();
      const operation = operations[code];
      if (!operation) this.refuse(`uses the pickle operation 0x${code.toString(16)} at byte ${place}`);
      operation(this);
    }
  }

  refuse(fault: string): never {
    throw new CheckpointError(
      `${this.#host.path}: ${fault}, which is not read for safety; ` +
        'save only its tensors from Python: torch.save(model.state_dict(), path)',
    );
  }

  push(value: unknown): void {
    this.#stack.push(value);
  }

  pop(): unknown {
    if (this.#stack.length === 0) this.refuse('holds a pickle that takes more than it made');
    return this.#stack.pop();
  }

  top<T>(kind: abstract new (...args: never[]) => T): T {
    const value = this.#stack.at(-1);
    if (!(value instanceof kind)) this.refuse(`fills something that is no ${kind.name === 'Map' ? 'dict' : 'list'}`);
    return value;
  }

  mark(): void {
    this.#marked.push(this.#stack);
    this.#stack = [];
  }

  /** Everything since the last mark. */
  popMarked(): unknown[] {
    const items = this.#stack;
    const before = this.#marked.pop();
    if (!before) this.refuse('holds a pickle without a mark');
    this.#stack = before;
    return items;
  }

  popMany(count: number): unknown[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  memoize(key = this.#memo.size): void {
    if (this.#stack.length === 0) this.refuse('holds a pickle that remembers nothing');
    this.#memo.set(key, this.#stack.at(-1));
  }

  recall(key: number): void {
    if (!this.#memo.has(key)) this.refuse('holds a pickle that recalls what it never made');
    this.push(this.#memo.get(key));
  }

  name(module: unknown, name: unknown): void {
    const full = `${module}.${name}`;
    this.push(this.#host.find(full) ?? this.refuse(`names ${full.slice(0, 200).replace(/\s+/g, ' ')}`));
  }

  call(): void {
    const args = this.pop();
    const target = this.pop() as PickleName | null;
    if (typeof target?.build !== 'function' || !Array.isArray(args))
      this.refuse(`calls ${typeof target?.name === 'string' ? target.name : 'something that is no function'}`);
    this.push(target.build(args));
  }

  /** Attributes of settings are kept; those of a dict (`_metadata`) or a tensor say nothing about the numbers. */
  setState(): void {
    const state = this.pop();
    const target = this.#stack.at(-1);
    if (target instanceof Inert) target.state = state;
  }

  setItems(items: readonly unknown[]): void {
    const dict = this.top(Map);
    if (items.length % 2) this.refuse('holds a dict with a key and no value');
    for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1]);
  }

  persistent(): void {
    this.push(this.#host.persistent(this.pop()));
  }

  /** An unsigned number. */
  number(size: 1 | 2 | 4 | 8): number {
    this.#need(size);
    const at = this.at;
    this.at += size;
    if (size === 1) return this.#view.getUint8(at);
    if (size === 2) return this.#view.getUint16(at, true);
    if (size === 4) return this.#view.getUint32(at, true);
    return Number(this.#view.getBigUint64(at, true));
  }

  int32(): number {
    return this.number(4) | 0;
  }

  float(): number {
    this.#need(8);
    this.at += 8;
    return this.#view.getFloat64(this.at - 8, false);
  }

  /** A whole number in two's complement, of any length. */
  long(length: number): number | bigint {
    if (length > longestNumber) this.refuse(`holds a number of ${length} bytes`);
    const bytes = this.bytes(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
    value = BigInt.asIntN(length * 8, value);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  bytes(length: number): Uint8Array {
    this.#need(length);
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  text(length: number, encoding = 'utf-8'): string {
    return new TextDecoder(encoding, { ignoreBOM: true }).decode(this.bytes(length));
  }

  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.at);
    const line = this.text(end < 0 ? Number.POSITIVE_INFINITY : end - this.at);
    this.at++;
    return line;
  }

  #need(length: number): void {
    if (this.at + length > this.#bytes.length)
      throw new UnfinishedPickle(`${this.#host.path}: is cut off within its list of tensors; get it again`);
  }
}

const stop = '.'.charCodeAt(0);

const code = (sign: string): number => sign.charCodeAt(0);

/** Protocols 2 to 5, without what makes objects by other ways (INST, OBJ, EXT, NEWOBJ_EX). Names as in pickletools. */
const operations: Readonly<Record<number, (machine: Machine) => void>> = {
  128: (m) => void m.number(1), // PROTO
  149: (m) => void m.number(8), // FRAME
  [code('(')]: (m) => m.mark(),
  [code('0')]: (m) => void m.pop(),
  [code('1')]: (m) => void m.popMarked(),

  [code('N')]: (m) => m.push(null),
  136: (m) => m.push(true),
  137: (m) => m.push(false),
  [code('J')]: (m) => m.push(m.int32()), // BININT
  [code('K')]: (m) => m.push(m.number(1)),
  [code('M')]: (m) => m.push(m.number(2)),
  138: (m) => m.push(m.long(m.number(1))),
  139: (m) => m.push(m.long(m.number(4))),
  [code('G')]: (m) => m.push(m.float()),
  [code('X')]: (m) => m.push(m.text(m.number(4))), // BINUNICODE
  140: (m) => m.push(m.text(m.number(1))),
  141: (m) => m.push(m.text(m.number(8))),
  [code('T')]: (m) => m.push(m.text(m.number(4), 'latin1')), // BINSTRING, Python 2
  [code('U')]: (m) => m.push(m.text(m.number(1), 'latin1')),
  [code('B')]: (m) => m.push(m.bytes(m.number(4))), // BINBYTES
  [code('C')]: (m) => m.push(m.bytes(m.number(1))),
  142: (m) => m.push(m.bytes(m.number(8))),
  150: (m) => m.push(m.bytes(m.number(8))), // BYTEARRAY8

  [code(']')]: (m) => m.push([]),
  [code(')')]: (m) => m.push([]),
  [code('}')]: (m) => m.push(new Map()),
  143: (m) => m.push([]), // EMPTY_SET
  [code('l')]: (m) => m.push(m.popMarked()),
  [code('t')]: (m) => m.push(m.popMarked()),
  145: (m) => m.push(m.popMarked()), // FROZENSET
  133: (m) => m.push(m.popMany(1)), // TUPLE1
  134: (m) => m.push(m.popMany(2)),
  135: (m) => m.push(m.popMany(3)),
  [code('a')]: (m) => appendTo(m, [m.pop()]),
  [code('e')]: (m) => appendTo(m, m.popMarked()),
  144: (m) => appendTo(m, m.popMarked()), // ADDITEMS
  [code('s')]: (m) => m.setItems(m.popMany(2)),
  [code('u')]: (m) => m.setItems(m.popMarked()),
  [code('d')]: (m) => {
    const items = m.popMarked();
    m.push(new Map());
    m.setItems(items);
  },

  [code('c')]: (m) => m.name(m.line(), m.line()), // GLOBAL
  147: (m) => m.name(...(m.popMany(2) as [unknown, unknown])), // STACK_GLOBAL
  [code('R')]: (m) => m.call(), // REDUCE
  129: (m) => m.call(), // NEWOBJ
  [code('b')]: (m) => m.setState(), // BUILD
  [code('Q')]: (m) => m.persistent(), // BINPERSID

  [code('q')]: (m) => m.memoize(m.number(1)), // BINPUT
  [code('r')]: (m) => m.memoize(m.number(4)),
  148: (m) => m.memoize(), // MEMOIZE
  [code('h')]: (m) => m.recall(m.number(1)), // BINGET
  [code('j')]: (m) => m.recall(m.number(4)),
};

function appendTo(machine: Machine, items: readonly unknown[]): void {
  const list = machine.top(Array);
  for (const item of items) list.push(item);
}
