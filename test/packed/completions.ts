import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

/** The part of the API of TypeScript 5 that editors complete with. */
interface TypeScript {
  createLanguageService(host: object): {
    getCompletionsAtPosition(
      file: string,
      position: number,
      options: object,
    ): { readonly entries: readonly { readonly name: string }[] } | undefined
  }
  getDefaultLibFilePath(options: object): string
  readonly ScriptSnapshot: { fromString(text: string): object }
  readonly sys: object
}

/** What an editor would offer at the `|` of a file in a project that has TypeScript 5. */
export function completionsIn(folder: string, text: string): readonly string[] {
  const typescript = createRequire(join(folder, 'package.json'))('typescript') as TypeScript
  const file = join(folder, 'completed.ts')
  const read = (path: string) => {
    if (path === file) return text.replace('|', '')
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined
  }
  const service = typescript.createLanguageService({
    ...typescript.sys,
    getCompilationSettings: () => ({ target: 9, module: 199, strict: true }),
    getCurrentDirectory: () => folder,
    getDefaultLibFileName: (options: object) => typescript.getDefaultLibFilePath(options),
    getScriptFileNames: () => [file],
    getScriptSnapshot: (path: string) => {
      const content = read(path)
      return content === undefined ? undefined : typescript.ScriptSnapshot.fromString(content)
    },
    getScriptVersion: () => '1',
    useCaseSensitiveFileNames: () => true,
  })
  const completions = service.getCompletionsAtPosition(file, text.indexOf('|'), {})
  return completions?.entries.map(({ name }) => name) ?? []
}
