/** What runs a script: then the script says more than the program does. And how to find it among an interpreter's words. */

export type ScriptOptions = {
  /** The next word is code: there is no script. */
  readonly code: ReadonlySet<string>;
  /** The next word is the script. */
  readonly module: ReadonlySet<string>;
  /** The next word is the option's own. */
  readonly valued: ReadonlySet<string>;
};

type Words = { readonly [role in keyof ScriptOptions]?: string };

/** By node --help, python3 -h, java -help, ruby -h, perlrun(1), php -h, bash(1), the options that are written apart from their value. */
const INTERPRETERS: readonly (readonly [name: RegExp, words: Words])[] = [
  [
    /^(?:node|nodejs|bun|deno)$/,
    {
      code: "-e -p -pe --eval --print",
      valued: "-r --require --import --loader --experimental-loader -C --conditions --title --icu-data-dir",
    },
  ],
  [/^(?:python|pypy)[\d.]*$/, { code: "-c", module: "-m", valued: "-W -X --check-hash-based-pycs" }],
  [
    /^java$/,
    {
      module: "-jar -m --module",
      valued:
        "-cp -classpath --class-path -p --module-path --upgrade-module-path --add-modules --add-exports --add-opens --add-reads " +
        "--limit-modules --patch-module --source",
    },
  ],
  [/^(?:ruby|perl)[\d.]*$/, { code: "-e -E", valued: "-I -r -C" }],
  [/^php[\d.]*$/, { code: "-r", module: "-f", valued: "-c -d -z -t" }],
  [/^(?:bash|dash|sh)$/, { code: "-c", valued: "-o -O --rcfile --init-file" }],
  [/^(?:lua[\d.]*|Rscript|dotnet)$/, { code: "-e", valued: "-l" }],
];

/** Null: it runs no scripts. `exe` is a file's name. */
export function scriptOptionsOf(exe: string): ScriptOptions | null {
  const found = INTERPRETERS.find(([name]) => name.test(exe));
  if (found === undefined) return null;
  const [code, module, valued] = [setOf(found[1].code), setOf(found[1].module), setOf(found[1].valued)];
  return { code, module, valued };
}

function setOf(words = ""): ReadonlySet<string> {
  return new Set(words.split(" ").filter(Boolean));
}
