/**
 * The normalisation table inside a SentencePiece model (T5's, for one): strings and what replaces them. The library
 * only approximates it by Unicode's NFKC. Layout, little-endian: the bytes of the trie as u32, the trie as u32 units of
 * a double array (Darts), then the replacements, each ended by a zero byte.
 */
import { CheckpointError } from '../core/errors.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Rust's tokenizers looks a whole character cluster up only when it is shorter than this in UTF-8. */
const longestCluster = 6;

/** Reads the base64 table of a `Precompiled` stage. Throws CheckpointError when it is cut short. */
export function charsMap(base64: string): (text: string) => string {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const trieEnd = bytes.length < 4 ? Number.NaN : 4 + view.getUint32(0, true);
  if (!(trieEnd <= bytes.length) || trieEnd % 4)
    throw new CheckpointError('tokenizer.json: precompiled_charsmap is cut short; fetch the file again');
  const units = Uint32Array.from({ length: trieEnd / 4 - 1 }, (_, i) => view.getUint32(4 + 4 * i, true));
  const replacements = bytes.subarray(trieEnd);
  const replace = (text: string) => {
    const at = firstPrefix(units, encoder.encode(text));
    return at === undefined ? undefined : decoder.decode(replacements.subarray(at, replacements.indexOf(0, at)));
  };
  const clusters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return (text) => {
    let normal = '';
    for (const { segment } of clusters.segment(text)) {
      const whole = encoder.encode(segment).length < longestCluster ? replace(segment) : undefined;
      normal += whole ?? [...segment].map((character) => replace(character) ?? character).join('');
    }
    return normal;
  };
}

/** The value of the shortest key that the bytes begin with. Each unit holds a label, a leaf flag and an offset. */
function firstPrefix(units: Uint32Array, bytes: Uint8Array): number | undefined {
  const offset = (unit: number) => (unit >>> 10) << ((unit & 0x200) >>> 6);
  let node = offset(units[0]);
  for (const byte of bytes) {
    if (byte === 0) return undefined;
    node ^= byte;
    const unit = units[node];
    if (unit === undefined || (unit & 0x800000ff) !== byte) return undefined;
    node ^= offset(unit);
    if (unit & 0x100) return units[node] & 0x7fffffff;
  }
  return undefined;
}
