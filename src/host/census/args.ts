/**
 * Arguments with what looks secret masked: values of options, settings and headers whose name says so, user info in
 * URLs, tokens of well-known shape. A guess by name and shape: it cannot know a secret that looks like nothing.
 */
const MASK = "***";
const MAX_ARGS = 200;
const MAX_ARG_CHARS = 4_096;

const SECRET_NAME =
  "[\\w.-]{0,64}(?:passw(?:or)?d|passphrase|passwd|pwd|secret|token|api[_-]?key|apikey|access[_-]?key|private[_-]?key|credential|authorization|cookie)s?[\\w.-]{0,64}";
/** name=value, name: value, "name":"value", anywhere in an argument (programs set their title to one long string). */
const SETTING = new RegExp(
  `(${SECRET_NAME})(["']?\\s{0,3}[=:]\\s{0,3})("[^"]*"|'[^']*'|(?:(?:Bearer|Basic)\\s+)?[^\\s,;&"']+)`,
  "gi",
);
/** "--password x" within one argument. */
const OPTION_INSIDE = new RegExp(`((?:^|\\s)--?${SECRET_NAME})(\\s+)(?!-)(\\S+)`, "gi");
const OPTION_ALONE = new RegExp(`^--?${SECRET_NAME}$`, "i");
/** The whole argument is one setting: all of the value is hidden, blanks included. */
const SETTING_ALONE = new RegExp(`^(-{0,2}${SECRET_NAME}\\s?[=:]).*$`, "is");
const USER_INFO = /([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/@?#]*(?:@[^\s/@?#]*)*@/gi;
const TOKEN = /\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|sk-|AKIA|ASIA|eyJ)[A-Za-z0-9_.=-]{12,}/g;
/** Where "-pSECRET" is a password and not a port or a path. */
const PASSWORD_P = /^(?:mysql|mariadb|mysqldump|mysqladmin|mysqlimport|mariadb-dump|mariadb-admin|sshpass)$/;
/** Where "-u name:SECRET" is one. */
const USER_U = /^(?:curl|wget)$/;

export function maskArgs(args: readonly string[]): readonly string[] {
  const program = (args[0] ?? "").split("/").at(-1) ?? "";
  let hideNext = false;
  return args.slice(0, MAX_ARGS).map((arg) => {
    const hide = hideNext && !arg.startsWith("--");
    hideNext =
      OPTION_ALONE.test(arg) ||
      (program === "sshpass" && arg === "-p") ||
      (USER_U.test(program) && /^(?:-u|--user)$/.test(arg));
    return hide ? MASK : maskArg(arg.slice(0, MAX_ARG_CHARS), program);
  });
}

/** Whether what looks secret is masked, or told as it is because somebody has asked for that. */
export type ArgsTold = "masked" | "full";

export function tellArgs(args: readonly string[], told: ArgsTold): readonly string[] {
  if (told === "masked") return maskArgs(args);
  return args.slice(0, MAX_ARGS).map((arg) => arg.slice(0, MAX_ARG_CHARS));
}

/** /proc/PID/cmdline: ended by NUL each; a program that wrote over it may have left one string, or none. */
export function parseCmdline(text: string): readonly string[] {
  if (text === "") return [];
  return (text.endsWith("\0") ? text.slice(0, -1) : text).split("\0");
}

function maskArg(arg: string, program: string): string {
  if (PASSWORD_P.test(program) && /^-p./.test(arg)) return `-p${MASK}`;
  return arg
    .replace(SETTING_ALONE, `$1${MASK}`)
    .replace(USER_INFO, `$1${MASK}@`)
    .replace(OPTION_INSIDE, `$1$2${MASK}`)
    .replace(SETTING, `$1$2${MASK}`)
    .replace(TOKEN, MASK);
}
