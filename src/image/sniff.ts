/** Tells a person what a file is when it is not a picture that can be decoded, and what to do about it. */

const text = new TextDecoder('latin1');

interface Lookalike {
  readonly matches: (start: string) => boolean;
  readonly advice: string;
}

const lookalikes: readonly Lookalike[] = [
  {
    matches: (start) => start.startsWith('version https://git-lfs.github.com/spec/'),
    advice: 'is a Git-LFS pointer, not the picture itself; run `git lfs pull` where it came from',
  },
  {
    matches: (start) => /^\s*(<!--.*?-->\s*)*(<!doctype html|<html|<head|<body)/is.test(start),
    advice: 'is an HTML page, not a picture; download the picture itself, as the link may need a login',
  },
  { matches: (start) => start.startsWith('%PDF'), advice: 'is a PDF document; export the page as PNG or JPEG' },
  { matches: (start) => start.startsWith('BM'), advice: 'is a BMP picture, which is not supported; save it as PNG' },
  {
    matches: (start) => start.startsWith('\0\0\0\x0cJXL ') || start.startsWith('\xff\x0a'),
    advice: 'is a JPEG XL picture, which is not supported; save it as PNG or JPEG',
  },
  {
    matches: (start) => /^.{4}ftyphe[iv]/s.test(start),
    advice: 'is a HEIC photo, which is not supported; export it as JPEG',
  },
  {
    // MP4 and QuickTime, Matroska and WebM, AVI; AVIF is a picture in an MP4 wrapping.
    matches: (start) =>
      /^.{4}ftyp(?!avi|mif|msf)/s.test(start) || start.startsWith('\x1aE\xdf\xa3') || /^RIFF.{4}AVI /s.test(start),
    advice: 'is a video; extract frames first, for example with `ffmpeg -i VIDEO frame-%03d.png`',
  },
  { matches: (start) => start.startsWith('PK\x03\x04'), advice: 'is a ZIP archive; unpack it first' },
  { matches: (start) => /^\s*[{[]\s*"/.test(start), advice: 'is JSON text, not a picture; check what was downloaded' },
];

/** The fault and the remedy for bytes of a known other kind, as the end of a sentence that begins with their name. */
export function describeLookalike(encoded: Uint8Array): string | undefined {
  const start = text.decode(encoded.subarray(0, 1024)).replace(/^\xef\xbb\xbf/, '');
  return lookalikes.find(({ matches }) => matches(start))?.advice;
}
