/** `sluice completion`: scripts for shells, made of the tables that the help is made of. */
import { type AnyFlag, dashed } from '../flag-set.js';
import { GROUPS } from '../flags.js';
import { SUBCOMMANDS } from './catalogue.js';
import type { Options } from './options.js';
import type { Subcommand } from './subcommand.js';

/** Arguments that are files, by what the help calls them. */
const FILES: ReadonlySet<string> = new Set(['file', 'dir']);

const BROKER_FLAGS: readonly AnyFlag[] = GROUPS.flatMap(({ flags }) => flags);

/** Words of the command line of the broker that are no subcommands, with what they do. */
const OWN_WORDS: readonly (readonly [name: string, about: string])[] = [
  ['help', 'print the help of a command'],
  ['version', 'print the version'],
];

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

/** Values of flags that have few, by one of the flag's names. */
export const VALUES: Readonly<Record<string, readonly string[]>> = {
  'log-level': ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
  'log-format': ['auto', 'pretty', 'json', 'nats'],
  signal: ['stop', 'kill', 'quit', 'term', 'reload', 'reopen', 'ldm'],
};

function valuesOf({ names }: AnyFlag): readonly string[] | undefined {
  const name = names.find((each) => Object.hasOwn(VALUES, each));
  return name === undefined ? undefined : VALUES[name];
}

function takesFile({ argument }: AnyFlag): boolean {
  return argument !== undefined && FILES.has(argument);
}

/** Names of flags as patterns of a `case`. */
function patterns(flags: readonly AnyFlag[]): string {
  return [...new Set(flags.flatMap((flag) => flag.names.map(dashed)))].join('|');
}

/** What bash does after a flag that has an argument: files, the few values it has, or nothing. */
function bashArguments(flags: readonly AnyFlag[]): string {
  const withValues = Object.values(VALUES).map((values) => {
    const names = patterns(flags.filter((flag) => valuesOf(flag) === values));
    return `    ${names}) COMPREPLY=($(compgen -W ${quoted(values.join(' '))} -- "$cur")); return ;;`;
  });
  const others = flags.filter(
    (flag) => flag.argument !== undefined && !takesFile(flag) && valuesOf(flag) === undefined,
  );
  return `    ${patterns(flags.filter(takesFile))}) local IFS=$'\\n'; COMPREPLY=($(compgen -f -- "$cur")); return ;;
${withValues.join('\n')}
    ${patterns(others)}) return ;;`;
}

function bash(): string {
  const commands = SUBCOMMANDS.map((command) => {
    const words = (command.choices ?? []).join(' ');
    const more = takesFiles(command) ? ' files=yes' : '';
    return `    ${command.name}) flags=${quoted(namesOf(flagsOf(command)))} words=${quoted(words)}${more} ;;`;
  });
  const all = [...BROKER_FLAGS, ...SUBCOMMANDS.flatMap(flagsOf)];
  const wrapping = SUBCOMMANDS.filter(({ wraps }) => wraps === true);
  const withArgument = patterns(wrapping.flatMap(flagsOf).filter(({ argument }) => argument !== undefined));
  const names = SUBCOMMANDS.map(({ name }) => name).join(' ');
  return `# Completion of sluice for bash: source it, or put it where bash-completion looks.
_sluice() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} flags='' words='' files='' inner='' i
  COMPREPLY=()
  case \${COMP_WORDS[1]} in
    ${wrapping.map(({ name }) => name).join('|')})
      # From its first word on, or behind --, it is another command, which has flags of its own.
      for ((i = 2; i < COMP_CWORD; i++)); do
        case \${COMP_WORDS[i]} in
          --) inner=$((i + 1)); break ;;
          ${withArgument}) ((i++)) ;;
          -*) ;;
          *) inner=$i; break ;;
        esac
      done
      if [[ -z $inner && $i -eq $COMP_CWORD && $cur != -* ]]; then inner=$i; fi
      if [[ -n $inner ]]; then
        if ((inner < COMP_CWORD)) && declare -F _command_offset >/dev/null; then _command_offset "$inner"; return; fi
        local IFS=$'\\n'
        if ((inner == COMP_CWORD)); then COMPREPLY=($(compgen -c -- "$cur")); fi
        COMPREPLY+=($(compgen -f -- "$cur"))
        return
      fi ;;
  esac
  if [[ $cur == = ]]; then cur=''; elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  case $prev in
${bashArguments(all)}
  esac
  case \${COMP_WORDS[1]} in
${commands.join('\n')}
    help) words=${quoted(names)} ;;
    *) flags=${quoted(namesOf(BROKER_FLAGS))} files=yes ;;
  esac
  if ((COMP_CWORD == 1)); then
    flags=${quoted(namesOf(BROKER_FLAGS))} words=${quoted([names, ...OWN_WORDS.map(([name]) => name)].join(' '))} files=yes
  fi
  if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$cur")); return; fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  local IFS=$'\\n'
  if [[ -n $files ]]; then COMPREPLY+=($(compgen -f -- "$cur")); fi
}
# Words come before files, where bash is new enough not to sort them.
complete -o nosort -o filenames -F _sluice sluice 2>/dev/null || complete -o filenames -F _sluice sluice
`;
}

/** A flag as zsh's _arguments has it: `'(-c --config)'{-c,--config}'[configuration file]:file:_files'`. */
function zshFlag(flag: AnyFlag): string {
  const { names, argument, about } = flag;
  const values = valuesOf(flag);
  const what = values === undefined ? (takesFile(flag) ? '_files' : ' ') : `(${values.join(' ')})`;
  const all = names.map(dashed);
  const text = about.replace(/[[\]\\:]/g, (letter) => `\\${letter}`);
  const action =
    argument === undefined ? '' : `:${argument.replaceAll(':', ' ').replace(/[[\]]/g, '\\$&')}:${what}`;
  const exclusive = all.length > 1 ? quoted(`(${all.join(' ')})`) : '';
  const spelled = all.length > 1 ? `{${all.join(',')}}` : all.join('');
  return `${exclusive}${spelled}${quoted(`[${text}]${action}`)}`;
}

/** Its list is not called commands: that is zsh's own, which completes other commands. */
function zsh(): string {
  const command = (flags: readonly AnyFlag[], rest: string, how = '') =>
    `_arguments ${how}${[...flags.map(zshFlag), rest].filter(Boolean).join(' \\\n        ')}`;
  const restOf = (each: Subcommand): string => {
    if (each.wraps === true) return quoted('*::command:_normal');
    if (each.choices !== undefined) return quoted(`1:shell:(${each.choices.join(' ')})`);
    return takesFiles(each) ? quoted('1:file:_files') : '';
  };
  const cases = SUBCOMMANDS.map(
    (each) =>
      `    ${each.name})\n      ${command(flagsOf(each), restOf(each), each.wraps === true ? "-S -A '-*' " : '')} ;;`,
  );
  const list = SUBCOMMANDS.map(({ name, about }) => quoted(`${name}:${about.replaceAll(':', '\\:')}`));
  return `#compdef sluice
# Completion of sluice for zsh: a file _sluice in a directory of $fpath.
_sluice() {
  local -a subcommands=(
    ${[...list, ...OWN_WORDS.map(([name, about]) => quoted(`${name}:${about}`))].join('\n    ')}
  )
  if ((CURRENT == 2)) && [[ $words[2] != -* ]]; then
    _describe command subcommands
    _files
    return
  fi
  local name=$words[2]
  if [[ $name == help ]]; then
    _describe command subcommands
    return
  fi
  case $name in
    ${SUBCOMMANDS.map((each) => each.name).join('|')}) shift words; ((CURRENT--)) ;;
  esac
  case $name in
    ${SUBCOMMANDS.filter(({ wraps }) => wraps === true)
      .map((each) => each.name)
      .join('|')})
      local -i behind=\${words[(i)--]}
      if ((behind < CURRENT)); then
        shift behind words
        ((CURRENT -= behind))
        _normal -p sluice
        return
      fi ;;
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

function fishFlag(flag: AnyFlag, condition: string): string {
  const { names, argument, about } = flag;
  const values = valuesOf(flag);
  const spelled = names.map((name) =>
    name.length === 1 ? `-s ${name}` : name.length === 2 ? `-o ${name}` : `-l ${name}`,
  );
  const value = values === undefined ? ' -x' : ` -x -a ${quoted(values.join(' '))}`;
  const takes = argument === undefined ? '' : takesFile(flag) ? ' -r -F' : value;
  return `complete -c sluice -n ${quoted(condition)} ${spelled.join(' ')}${takes} -d ${quoted(about)}`;
}

/** Functions for conditions: which command the line is of, and where the command begins that another one runs. */
function fishFunctions(): string {
  const wrapping = SUBCOMMANDS.filter(({ wraps }) => wraps === true);
  const withArgument = wrapping.flatMap(flagsOf).filter(({ argument }) => argument !== undefined);
  const flags = [...new Set(withArgument.flatMap(({ names }) => names.map(dashed)))].join(' ');
  return `function __sluice_command --description 'Whether the word behind sluice is one of these'
    set -l words (commandline -opc)
    test (count $words) -ge 2; and contains -- $words[2] $argv
end
function __sluice_inner --description 'Position of the command that sluice is to run; fails before it'
    __sluice_command ${wrapping.map(({ name }) => name).join(' ')}; or return
    set -l words (commandline -opc)
    set -l position 3
    while test $position -le (count $words)
        switch $words[$position]
            case --
                math $position + 1
                return
            case ${flags}
                set position (math $position + 2)
            case '-*'
                set position (math $position + 1)
            case '*'
                echo $position
                return
        end
    end
    return 1
end
function __sluice_complete_inner --description 'What completes the command that sluice is to run'
    set -l words (commandline -opc)
    set -l position (__sluice_inner)
    if test -z "$position"
        string match -q -- '-*' (commandline -ct); and return
        set position (math (count $words) + 1)
    end
    set -l line (string escape -- $words[$position..]) (commandline -ct)
    complete --do-complete="$line"
end`;
}

function fish(): string {
  const names = SUBCOMMANDS.map(({ name }) => name);
  const first = 'test (count (commandline -opc)) -eq 1';
  const offered = [...SUBCOMMANDS.map(({ name, about }) => [name, about] as const), ...OWN_WORDS].map(
    ([name, about]) => `complete -c sluice -n ${quoted(first)} -a ${name} -d ${quoted(about)}`,
  );
  const none = `not __sluice_command ${names.join(' ')} help`;
  const lines = SUBCOMMANDS.flatMap((each) => {
    const { choices, wraps } = each;
    // From its first word on, or behind --, it is another command, which has flags of its own.
    const own = `__sluice_command ${each.name}${wraps === true ? '; and not __sluice_inner' : ''}`;
    const values = quoted((choices ?? []).join(' '));
    return [
      ...flagsOf(each).map((flag) => fishFlag(flag, own)),
      ...(choices === undefined ? [] : [`complete -c sluice -n ${quoted(own)} -f -a ${values}`]),
      ...(wraps === true
        ? [`complete -c sluice -n '__sluice_command ${each.name}' -f -a '(__sluice_complete_inner)'`]
        : []),
    ];
  });
  return `# Completion of sluice for fish.
${[fishFunctions(), ...offered, ...lines].join('\n')}
complete -c sluice -n '__sluice_command help' -f -a ${quoted(names.join(' '))}
${BROKER_FLAGS.map((flag) => fishFlag(flag, none)).join('\n')}
`;
}

const SHELLS: ReadonlyMap<string, () => string> = new Map(Object.entries({ bash, zsh, fish }));

/** The script for a shell; undefined: it has none. */
export function completionFor(shell: string): string | undefined {
  return SHELLS.get(shell)?.();
}

/** Resolves to the exit code. Throws SluiceError USAGE. */
export async function perform(options: Options): Promise<number> {
  const [shell = ''] = options.expectWords(1, 1);
  const script = completionFor(shell);
  if (script === undefined) throw options.wrong(`${shell}: no completion for it, allowed: bash, zsh, fish`);
  process.stdout.write(script);
  return 0;
}
