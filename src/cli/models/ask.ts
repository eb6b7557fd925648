import { dirname } from 'node:path'
import { autocomplete, cancel, intro, isCancel, select, text } from '@clack/prompts'
import { AssayError, messageOf } from '../../model/error.ts'
import { isTelling } from '../../model/may-be-secret.ts'
import type { Project } from '../project.ts'
import { type AddFlags, modulePath, requireName } from './entry.ts'
import { modelsFile } from './file.ts'
import { fieldsOf, variableFor } from './values.ts'

export interface Answers {
  readonly name: string
  readonly flags: AddFlags
}

interface AskPlace {
  readonly project: Project
  /** Names of the providers that are there. */
  readonly providers: readonly string[]
}

/**
 * Asks at the terminal for what flags leave open. Nothing is written here.
 * @throws AssayError `cancelled` after Ctrl-C
 */
export async function ask(
  given: string | undefined,
  flags: AddFlags,
  { project, providers }: AskPlace,
): Promise<Answers> {
  const file = modelsFile(project)
  intro(`A model for ${file.shown}`)
  const name =
    given ??
    (await answer(
      text({
        message: 'Its name',
        placeholder: 'my-model, or provider/model-name',
        validate: valid(requireName),
      }),
    ))
  if (flags.module === undefined && (await isOfProvider(name, flags))) {
    return { name, flags: await askProvider(name, flags, providers) }
  }
  const place = { root: project.root, folder: dirname(file.path) }
  return { name, flags: await askModule(flags, (module) => modulePath(module, place)) }
}

async function isOfProvider(name: string, flags: AddFlags): Promise<boolean> {
  if (flags.provider !== undefined || name.includes('/')) return true
  const where = await answer(
    select({
      message: 'Where it comes from',
      options: [
        { value: 'provider', label: 'a provider' },
        { value: 'module', label: 'a module of your own' },
      ],
    }),
  )
  return where === 'provider'
}

async function askProvider(
  name: string,
  flags: AddFlags,
  providers: readonly string[],
): Promise<AddFlags> {
  if (flags.provider !== undefined || name.includes('/')) return flags
  const provider = await answer(
    autocomplete({
      message: 'Its provider',
      options: providers.toSorted().map((value) => ({ value })),
      maxItems: 8,
    }),
  )
  const { values, variables } = await askFields('Option')
  return {
    ...flags,
    provider,
    config: [...(flags.config ?? []), ...values],
    configEnv: [...(flags.configEnv ?? []), ...variables],
  }
}

async function askModule(flags: AddFlags, check: (module: string) => void): Promise<AddFlags> {
  const module =
    flags.module ??
    (await answer(
      text({ message: 'Its module', placeholder: './my-model.ts', validate: valid(check) }),
    ))
  const exported =
    flags.export ??
    (await optional('Export to use', 'empty: the default export, or the only model'))
  const { values, variables } = await askFields('Parameter')
  const version = flags.versionLabel ?? (await optional('Version', 'empty: none'))
  return {
    ...flags,
    module,
    ...(exported !== '' && { export: exported }),
    param: [...(flags.param ?? []), ...values],
    paramEnv: [...(flags.paramEnv ?? []), ...variables],
    ...(version !== '' && { versionLabel: version }),
  }
}

/** Fields, one after the other, until there are no more. */
async function askFields(
  title: string,
): Promise<{ readonly values: readonly string[]; readonly variables: readonly string[] }> {
  const values: string[] = []
  const variables: string[] = []
  for (;;) {
    const name = (await optional(`${title}: its name`, 'empty: no more')).trim()
    if (name === '') return { values, variables }
    if (isTelling(name)) {
      const variable = await answer(
        text({
          message: `Variable of the environment that holds ${name}`,
          initialValue: variableFor(name),
          validate: valid((one) => fieldsOf({ variables: [`${name}=${one}`], flag: title })),
        }),
      )
      variables.push(`${name}=${variable}`)
    } else {
      const value = await answer(
        text({
          message: `Value of ${name}`,
          validate: valid((one) => fieldsOf({ values: [`${name}=${one}`], flag: title })),
        }),
      )
      values.push(`${name}=${value}`)
    }
  }
}

async function optional(message: string, placeholder: string): Promise<string> {
  return (await answer(text({ message, placeholder }))) ?? ''
}

async function answer<Value>(question: Promise<Value>): Promise<Exclude<Value, symbol>> {
  const value = await question
  if (!isCancel(value)) return value as Exclude<Value, symbol>
  cancel('Nothing was written.')
  throw new AssayError('Nothing was written.', { kind: 'cancelled' })
}

/** A check that throws as one that says what is wrong. */
function valid(check: (value: string) => void) {
  return (value: string | undefined): string | undefined => {
    try {
      check(value ?? '')
      return undefined
    } catch (error) {
      return messageOf(error)
    }
  }
}
