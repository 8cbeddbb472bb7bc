/** Names what a file is by its first bytes, so that a wrong download is called by its name and not "corrupt". */

/** Enough of a file's start to recognise it. */
export const recognisedBytes = 512;

export type Kind = 'zip' | 'pickle' | 'html' | 'lfs' | 'gzip' | 'hdf5' | 'json' | 'empty' | 'unknown';

export function recognise(start: Uint8Array): Kind {
  if (start.length === 0) return 'empty';
  // The length of a safetensors header may begin like anything else; what follows it tells it apart.
  if (start[8] === 0x7b && start.subarray(4, 8).every((byte) => byte === 0)) return 'unknown';
  const text = new TextDecoder('latin1').decode(start.subarray(0, recognisedBytes));
  if (text.startsWith('PK\x03\x04')) return 'zip';
  // Pickle protocols 2 to 5: PROTO, then the number.
  if (start[0] === 0x80 && start[1] >= 2 && start[1] <= 5) return 'pickle';
  if (text.startsWith('version https://git-lfs')) return 'lfs';
  if (text.startsWith('\x1f\x8b')) return 'gzip';
  if (text.startsWith('\x89HDF\r\n\x1a\n')) return 'hdf5';
  if (/^\s*<(?:!doctype|html|head|\?xml)/i.test(text)) return 'html';
  if (/^\s*[[{]\s*["\]}]/.test(text)) return 'json';
  return 'unknown';
}

const faults: Partial<Record<Kind, string>> = {
  empty: 'is empty; download it again',
  html: 'is an HTML page, not weights; the download was answered by a web page: check the address and log in if it asks to',
  lfs: 'is a Git-LFS pointer, not weights; run `git lfs pull` in its repository or download the file itself',
  gzip: 'is a gzip archive; unpack it first',
  hdf5: 'is an HDF5 file (Keras); only safetensors and PyTorch files are read',
  json: 'is a JSON text, not weights; give the weights file or its folder',
};

/** The fault and remedy for a file that is no checkpoint at all, or `undefined`. */
export const foreign = (start: Uint8Array): string | undefined => faults[recognise(start)];
