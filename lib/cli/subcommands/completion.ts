/** `sluice completion`: scripts for shells, made of the tables that the help is made of. */
import { type AnyFlag, dashed } from '../flag-set.js';
import { GROUPS } from '../flags.js';
import { SUBCOMMANDS } from './catalogue.js';
import type { Options } from './options.js';
import type { Subcommand } from './subcommand.js';

/** Arguments that are files, by what the help calls them. */
const FILES: ReadonlySet<string> = new Set(['file', 'dir']);

const BROKER_FLAGS: readonly AnyFlag[] = GROUPS.flatMap(({ flags }) => flags);

function flagsOf({ groups }: Subcommand): readonly AnyFlag[] {
  return groups.flatMap(({ flags }) => flags);
}

function namesOf(flags: readonly AnyFlag[]): string {
  return flags.flatMap(({ names }) => names.map(dashed)).join(' ');
}

/** Whether its words are files: a configuration, or a command for which the shell is not asked. */
function takesFiles({ words }: Subcommand): boolean {
  return words.includes('file');
}

/** A word in single quotes, in which nothing has a meaning. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Flags whose next word is a file, as patterns of a `case`. */
function fileFlags(flags: readonly AnyFlag[]): string {
  const names = flags.filter(({ argument }) => argument !== undefined && FILES.has(argument));
  return [...new Set(names.flatMap((flag) => flag.names.map(dashed)))].join('|');
}

function bash(): string {
  const commands = SUBCOMMANDS.map((command) => {
    const words = [namesOf(flagsOf(command)), ...(command.choices ?? [])].join(' ');
    const more = command.wraps === true ? ' files=yes commands=yes' : takesFiles(command) ? ' files=yes' : '';
    return `    ${command.name}) words=${quoted(words)}${more} ;;`;
  });
  const all = [...BROKER_FLAGS, ...SUBCOMMANDS.flatMap(flagsOf)];
  return `# Completion of sluice for bash: source it, or put it where bash-completion looks.
_sluice() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} words='' files='' commands=''
  COMPREPLY=()
  case $prev in
    ${fileFlags(all)}) local IFS=$'\\n'; COMPREPLY=($(compgen -f -- "$cur")); return ;;
  esac
  case \${COMP_WORDS[1]} in
${commands.join('\n')}
    help) words=${quoted(SUBCOMMANDS.map(({ name }) => name).join(' '))} ;;
    *) words=${quoted(namesOf(BROKER_FLAGS))} files=yes ;;
  esac
  if ((COMP_CWORD == 1)); then
    words+=${quoted(` ${[...SUBCOMMANDS.map(({ name }) => name), 'help', 'version'].join(' ')}`)} files=yes commands=''
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  local IFS=$'\\n'
  if [[ $cur != -* && -n $commands ]]; then COMPREPLY+=($(compgen -c -- "$cur")); fi
  if [[ $cur != -* && -n $files ]]; then COMPREPLY+=($(compgen -f -- "$cur")); fi
}
complete -o filenames -F _sluice sluice
`;
}

/** A flag as zsh's _arguments has it: `'(-c --config)'{-c,--config}'[configuration file]:file:_files'`. */
function zshFlag({ names, argument, about }: AnyFlag): string {
  const all = names.map(dashed);
  const text = about.replace(/[[\]\\:]/g, (letter) => `\\${letter}`);
  const action =
    argument === undefined ? '' : `:${argument.replaceAll(':', ' ')}:${FILES.has(argument) ? '_files' : ''}`;
  const exclusive = all.length > 1 ? quoted(`(${all.join(' ')})`) : '';
  const spelled = all.length > 1 ? `{${all.join(',')}}` : all[0]!;
  return `${exclusive}${spelled}${quoted(`[${text}]${action}`)}`;
}

function zsh(): string {
  const command = (flags: readonly AnyFlag[], rest: string) =>
    `_arguments ${[...flags.map(zshFlag), rest].filter(Boolean).join(' \\\n        ')}`;
  const restOf = (each: Subcommand): string => {
    if (each.wraps === true) return quoted('*::command:_normal');
    if (each.choices !== undefined) return quoted(`1:shell:(${each.choices.join(' ')})`);
    return takesFiles(each) ? quoted('1:file:_files') : '';
  };
  const cases = SUBCOMMANDS.map(
    (each) => `    ${each.name})\n      ${command(flagsOf(each), restOf(each))} ;;`,
  );
  const list = SUBCOMMANDS.map(({ name, about }) => quoted(`${name}:${about.replaceAll(':', '\\:')}`));
  return `#compdef sluice
# Completion of sluice for zsh: a file _sluice in a directory of $fpath.
_sluice() {
  local -a commands=(
    ${[...list, quoted('help:print the help of a command'), quoted('version:print the version')].join('\n    ')}
  )
  if ((CURRENT == 2)) && [[ $words[2] != -* ]]; then
    _describe command commands
    _files
    return
  fi
  local name=$words[2]
  if [[ $name == help ]]; then
    _describe command commands
    return
  fi
  case $name in
    ${SUBCOMMANDS.map((each) => each.name).join('|')}) shift words; ((CURRENT--)) ;;
  esac
  case $name in
${cases.join('\n')}
    *)
      ${command(BROKER_FLAGS, quoted('1:file:_files'))} ;;
  esac
}
if [[ $funcstack[1] == _sluice ]]; then _sluice "$@"; else compdef _sluice sluice; fi
`;
}

function fishFlag({ names, argument, about }: AnyFlag, condition: string): string {
  const spelled = names.map((name) =>
    name.length === 1 ? `-s ${name}` : name.length === 2 ? `-o ${name}` : `-l ${name}`,
  );
  const takes = argument === undefined ? '' : FILES.has(argument) ? ' -r -F' : ' -x';
  return `complete -c sluice -n ${quoted(condition)} ${spelled.join(' ')}${takes} -d ${quoted(about)}`;
}

function fish(): string {
  const names = SUBCOMMANDS.map(({ name }) => name);
  const none = `not __fish_seen_subcommand_from ${names.join(' ')} help`;
  const lines = SUBCOMMANDS.flatMap((each) => {
    const seen = `__fish_seen_subcommand_from ${each.name}`;
    const { choices, wraps } = each;
    return [
      `complete -c sluice -n __fish_use_subcommand -a ${each.name} -d ${quoted(each.about)}`,
      ...flagsOf(each).map((flag) => fishFlag(flag, seen)),
      ...(choices === undefined
        ? []
        : [`complete -c sluice -n ${quoted(seen)} -f -a ${quoted(choices.join(' '))}`]),
      ...(wraps === true
        ? [`complete -c sluice -n ${quoted(seen)} -a '(__fish_complete_subcommand --fcs-skip=2)'`]
        : []),
    ];
  });
  return `# Completion of sluice for fish.
${lines.join('\n')}
complete -c sluice -n '__fish_seen_subcommand_from help' -f -a ${quoted(names.join(' '))}
${BROKER_FLAGS.map((flag) => fishFlag(flag, none)).join('\n')}
`;
}

const SHELLS: Readonly<Record<string, () => string>> = { bash, zsh, fish };

/** The script for a shell; undefined: it has none. */
export function completionFor(shell: string): string | undefined {
  return Object.hasOwn(SHELLS, shell) ? SHELLS[shell]!() : undefined;
}

/** Resolves to the exit code. Throws SluiceError USAGE. */
export async function perform(options: Options): Promise<number> {
  const [shell = ''] = options.expectWords(1, 1);
  const script = completionFor(shell);
  if (script === undefined) throw options.wrong(`${shell}: no completion for it, allowed: bash, zsh, fish`);
  process.stdout.write(script);
  return 0;
}
