/** Named float32 arrays in one safetensors file. */
import { open, readFile } from 'node:fs/promises';
import { CheckpointError, type NDArray, ndarray } from '../core/index.ts';

/** Writes arrays and waits until they are on the disk. */
export async function writeArrays(file: string, arrays: ReadonlyMap<string, NDArray>): Promise<void> {
  let offset = 0;
  const entries = [...arrays].map(([name, { shape, data }]) => {
    const start = offset;
    offset += data.byteLength;
    return [name, { dtype: 'F32', shape, data_offsets: [start, offset] }];
  });
  const text = JSON.stringify(Object.fromEntries(entries));
  const header = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8, ' '));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const handle = await open(file, 'w');
  try {
    await handle.writeFile(Buffer.concat([length, header]));
    for (const { data } of arrays.values())
      await handle.writeFile(new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function readArrays(file: string): Promise<Map<string, NDArray>> {
  const bytes = await readFile(file).catch(() => {
    throw new CheckpointError(`${file}: cannot be read; delete the checkpoint's folder to resume from the one before`);
  });
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, start).toString()) as Record<
    string,
    { shape: number[]; data_offsets: [number, number] }
  >;
  return new Map(
    Object.entries(header).map(
      ([
        name,
        {
          shape,
          data_offsets: [from, to],
        },
      ]) => {
        const data = new Float32Array((to - from) / 4);
        new Uint8Array(data.buffer).set(bytes.subarray(start + from, start + to));
        return [name, ndarray('float32', shape, data)];
      },
    ),
  );
}
