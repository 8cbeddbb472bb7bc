/** JSON.parse keeps the last of two equal keys in silence; a header in which they differ would mean two things. */

/** The first key that an object of this (valid) JSON text holds twice. */
export function duplicateKey(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (sign === '{') open.push(new Set());
    else if (sign === '[') open.push(undefined);
    else if (sign === '}' || sign === ']') open.pop();
    else if (sign === '"') {
      const end = stringEnd(text, at);
      const key = JSON.parse(text.slice(at, end)) as string;
      at = end;
      while (' \t\n\r'.includes(text[at] ?? '.')) at++;
      if (text[at] !== ':') at--;
      else if (open.at(-1)?.has(key)) return key;
      else open.at(-1)?.add(key);
    }
  }
  return undefined;
}

/** The place after the closing quote. */
function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}
