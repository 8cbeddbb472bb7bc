/**
 * Writes the wire format of Protocol Buffers: fields with a number and a kind, messages inside messages.
 *
 * Only what ONNX needs. A message inside another is preceded by its length, which is known once it is written. One byte
 * is left free for it, which mostly suffices; a longer message is moved. So there is one buffer and no tree of objects.
 */

/** How the value of a field is stored; the low three bits of what precedes it. */
const kinds = { varint: 0, bytes: 2, fixed32: 5 } as const;

const utf8 = new TextEncoder();

/** How many bytes a length takes: seven bits a byte. */
const varintBytes = (size: number) => Math.max(1, Math.ceil((32 - Math.clz32(size)) / 7));

export class ProtobufWriter {
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** A whole number: int32, int64, an enumeration. Negative ones take ten bytes, as the format has it. */
  integer(field: number, value: number | bigint): void {
    this.#tag(field, kinds.varint);
    this.#varint(value);
  }

  /** A float32. */
  float(field: number, value: number): void {
    this.#tag(field, kinds.fixed32);
    this.#reserve(4);
    this.#view.setFloat32(this.#length, value, true);
    this.#length += 4;
  }

  string(field: number, value: string): void {
    this.message(field, () => {
      // No character takes more than three bytes.
      this.#reserve(value.length * 3);
      this.#length += utf8.encodeInto(value, this.#bytes.subarray(this.#length)).written;
    });
  }

  bytes(field: number, value: Uint8Array): void {
    this.#tag(field, kinds.bytes);
    this.#varint(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  /** A message: the fields that `write` writes. */
  message(field: number, write: () => void): void {
    this.#tag(field, kinds.bytes);
    this.#reserve(1);
    const start = ++this.#length;
    write();
    const size = this.#length - start;
    const more = varintBytes(size) - 1;
    if (more > 0) {
      this.#reserve(more);
      this.#bytes.copyWithin(start + more, start, start + size);
    }
    this.#length = start - 1;
    this.#varint(size);
    this.#length += size;
  }

  /** All that was written. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #tag(field: number, kind: number): void {
    this.#varint((field << 3) | kind);
  }

  /** Seven bits a byte, the lowest first; the eighth says that more follow. */
  #varint(value: number | bigint): void {
    this.#reserve(10);
    // Bit operations on numbers end at 31 bits; what is longer, or negative, is counted as 64 bits.
    if (typeof value === 'bigint' || value < 0 || value > 0x7fffffff) {
      let rest = BigInt.asUintN(64, BigInt(value));
      for (; rest > 0x7fn; rest >>= 7n) this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80;
      this.#bytes[this.#length++] = Number(rest);
      return;
    }
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
    this.#bytes[this.#length++] = rest;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
