/** `sightread completion`: scripts for the tab key, written from the command tree. */
import type { Command } from 'commander';
import type { Shell } from '../commands/completion.ts';

interface Flag {
  /** `--model` */
  long: string;
  /** `-m` */
  short?: string;
  about: string;
  takesValue: boolean;
}

/** A place on the command line: the commands typed so far, and what may follow. */
interface Place {
  /** `['data', 'build']`; empty at the start. */
  path: string[];
  /** Commands below, or the words that an argument must be one of. Empty: files. */
  words: { name: string; about: string }[];
  flags: Flag[];
}

/** A script for `shell` that completes the commands and options of `root`. */
export const completion = (root: Command, shell: Shell): string => `${scripts[shell](placesOf(root)).join('\n')}\n`;

function placesOf(command: Command, path: string[] = []): Place[] {
  const choices = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices);
  const place = {
    path,
    words: [
      ...command.commands.map((child) => ({ name: child.name(), about: child.summary() })),
      ...choices.map((name) => ({ name, about: '' })),
    ],
    flags: [
      ...command.options.map(
        ({ long, short, description, required }): Flag => ({
          long: long as string,
          short,
          about: description,
          takesValue: required,
        }),
      ),
      { long: '--help', short: '-h', about: 'explain a command', takesValue: false },
    ],
  };
  return [place, ...command.commands.flatMap((child) => placesOf(child, [...path, child.name()]))];
}

const typed = ({ path }: Place) => path.map((name) => ` ${name}`).join('');
const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
const spellings = ({ short, long }: Flag) => (short ? [short, long] : [long]);

/** The commands that `$place` has grown by, one after the other; the same loop in both shells. */
const follow = (places: readonly Place[], words: string) => [
  `  for word in ${words}; do`,
  '    case "$place $word" in',
  `      ${places
    .slice(1)
    .map((place) => quote(typed(place)))
    .join(' | ')}) place="$place $word" ;;`,
  '    esac',
  '  done',
];

function bash(places: readonly Place[]): string[] {
  return [
    '# bash completion for sightread',
    '_sightread() {',
    `  local word place='' words='' flags='' current="\${COMP_WORDS[COMP_CWORD]}"`,
    ...follow(places, `"\${COMP_WORDS[@]:1:COMP_CWORD-1}"`),
    '  case "$place" in',
    ...places.map((place) => {
      const words = place.words.map(({ name }) => name).join(' ');
      const flags = place.flags.flatMap(spellings).join(' ');
      return `    ${quote(typed(place))}) words='${words}' flags='${flags}' ;;`;
    }),
    '  esac',
    '  if [[ $current == -* ]]; then words=$flags; fi',
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    '}',
    '# Where nothing of ours fits, bash offers files.',
    'complete -o default -F _sightread sightread',
  ];
}

function zsh(places: readonly Place[]): string[] {
  const entry = (name: string, about: string) => quote(`${name}:${about.replaceAll(':', '\\:')}`);
  return [
    '#compdef sightread',
    '_sightread() {',
    "  local word place=''",
    '  local -a entries flags',
    ...follow(places, `"\${(@)words[2,CURRENT-1]}"`),
    '  case "$place" in',
    ...places.map((place) => {
      const entries = place.words.map(({ name, about }) => entry(name, about)).join(' ');
      const flags = place.flags.flatMap((flag) => spellings(flag).map((name) => entry(name, flag.about))).join(' ');
      return `    ${quote(typed(place))}) entries=(${entries}) flags=(${flags}) ;;`;
    }),
    '  esac',
    '  if [[ $PREFIX == -* ]]; then _describe option flags',
    '  elif (( $#entries )); then _describe command entries',
    '  else _files; fi',
    '}',
    '_sightread "$@"',
  ];
}

function fish(places: readonly Place[]): string[] {
  const lines = places.flatMap((place) => {
    const seen = place.path.map((name) => `__fish_seen_subcommand_from ${name}`);
    const below = place.words.map(({ name }) => name).join(' ');
    const open = below ? [`not __fish_seen_subcommand_from ${below}`] : [];
    const when = (conditions: string[]) => (conditions.length ? ` -n ${quote(conditions.join('; and '))}` : '');
    return [
      ...place.words.map(
        ({ name, about }) => `complete -c sightread -f${when([...seen, ...open])} -a ${name} -d ${quote(about)}`,
      ),
      ...place.flags.map(({ long, short, about, takesValue }) => {
        const names = `-l ${long.slice(2)}${short ? ` -s ${short.slice(1)}` : ''}${takesValue ? ' -r' : ''}`;
        return `complete -c sightread${when([...seen, ...open])} ${names} -d ${quote(about)}`;
      }),
    ];
  });
  return ['# fish completion for sightread', ...lines];
}

const scripts: Record<Shell, (places: readonly Place[]) => string[]> = { bash, zsh, fish };
