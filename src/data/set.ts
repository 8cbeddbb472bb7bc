/**
 * The built picture set in memory: an index of sprites and concepts, and the drawings, kept compressed until they are
 * first used (a few megabytes compressed, tens decoded).
 */
import type { Appearance } from './colours.ts';
import type { Concept } from './concepts.ts';
import { type Sprite, spriteOf } from './sprite.ts';

/** What made a sprite: an emoji vendor, or a clip-art or test collection. */
export const makers = ['twitter', 'google', 'fluent', 'emojione', 'fxemoji', 'openclipart', 'stamps'] as const;
export type Maker = (typeof makers)[number];

export interface SpriteRecord {
  /** Place in `records`. */
  concept: number;
  maker: Maker;
  /** Where the drawing comes from: an emoji name or a file name. */
  source: string;
  width: number;
  height: number;
  /** Byte range of the deflated RGBA in the binary file. */
  offset: number;
  length: number;
  /** True for a photo cut-out, false for a drawing. */
  photo: boolean;
  look: Appearance;
}

export interface SkippedDrawing {
  maker: Maker;
  source: string;
  fault: string;
}

export interface SetIndex {
  format: 'sightread-sprites';
  version: number;
  /** Longest side of a sprite in pixels. */
  size: number;
  /** Length of the binary file, checked when it is opened. */
  bytes: number;
  concepts: Concept[];
  sprites: SpriteRecord[];
  /** Drawings that could not be rendered. */
  skipped: SkippedDrawing[];
}

export const SET_VERSION = 5;

/** Everything that makes a set readable elsewhere: plain data that a worker can be handed. */
export interface PackedSet {
  index: SetIndex;
  bytes: Uint8Array;
}

export class EmojiSet {
  readonly index: SetIndex;
  readonly packed: PackedSet;
  readonly #inflate: (bytes: Uint8Array) => Uint8Array;
  readonly #decoded = new Map<number, Sprite>();

  constructor(packed: PackedSet, inflate: (bytes: Uint8Array) => Uint8Array) {
    this.packed = packed;
    this.index = packed.index;
    this.#inflate = inflate;
  }

  get concepts(): readonly Concept[] {
    return this.index.concepts;
  }

  get sprites(): readonly SpriteRecord[] {
    return this.index.sprites;
  }

  conceptOf(sprite: number): Concept {
    return this.index.concepts[this.index.sprites[sprite].concept];
  }

  /** The drawing of a sprite, decoded on first use and kept. */
  sprite(id: number): Sprite {
    const known = this.#decoded.get(id);
    if (known) return known;
    const { offset, length, width, height } = this.index.sprites[id];
    const sprite = spriteOf(this.#inflate(this.packed.bytes.subarray(offset, offset + length)), width, height);
    this.#decoded.set(id, sprite);
    return sprite;
  }
}
