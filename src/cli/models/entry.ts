import { isAbsolute, relative, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Capabilities } from '../../model/model.ts'
import { requireModelName } from '../../model/model-name.ts'
import { quoted } from '../../model/may-be-secret.ts'
import { byNearness, meantBy } from '../../model/nearest.ts'
import { describeName } from '../../provider/spec.ts'
import { locate } from '../../../providers/custom/locate.ts'
import { type Fields, fieldsOf, hasSecret } from './values.ts'
import { wrong } from './wrong.ts'

/** The flags of `assay models add`. */
export interface AddFlags {
  readonly module?: string
  readonly export?: string
  readonly param?: readonly string[]
  readonly paramEnv?: readonly string[]
  readonly versionLabel?: string
  readonly provider?: string
  readonly config?: readonly string[]
  readonly configEnv?: readonly string[]
  readonly capability?: readonly string[]
  readonly contextWindow?: string
  readonly system?: string
  readonly force?: true
}

/** An entry of the file's `models`, in the words of the file; a spec alone where there is no more to say. */
export type NewEntry = string | Readonly<Record<string, string | Readonly<Record<string, unknown>>>>

/** Whether flags and name say which model it is, so that nothing need be asked. */
export function isWhole(name: string | undefined, { module, provider }: AddFlags): name is string {
  if (name === undefined) return false
  return module !== undefined || provider !== undefined || name.includes('/')
}

/** The entry that flags describe. @throws AssayError `config` that says which flag is wrong */
export function entryOf(name: string, flags: AddFlags, place: ModulePlace): NewEntry {
  requireName(name)
  requireOneKind(flags)
  const { module, provider, system } = flags
  if (module === undefined && !isWhole(name, flags)) {
    throw wrong(`${describeName(name)} Or give --provider or --module.`)
  }
  const config = fieldsOf({ values: flags.config, variables: flags.configEnv, flag: '--config' })
  const params = fieldsOf({ values: flags.param, variables: flags.paramEnv, flag: '--param' })
  const capabilities = capabilitiesOf(flags)
  const entry = {
    name,
    ...(module !== undefined && { module: modulePath(module, place) }),
    ...(flags.export !== undefined && { export: flags.export }),
    ...(provider !== undefined && { provider }),
    ...some('params', params),
    ...some('config', config),
    ...(flags.versionLabel !== undefined && { version: flags.versionLabel }),
    ...some('capabilities', capabilities),
    ...(system !== undefined && { system_instruction: system }),
  }
  if (hasSecret(entry)) {
    throw wrong(
      'assay models add: one of the texts looks like a key or has one in it, and a secret does not go into the file; keep it in a variable of the environment.',
    )
  }
  return Object.keys(entry).length === 1 ? name : entry
}

/** @throws AssayError for a name that could be taken for a path */
export function requireName(name: string): void {
  requireModelName(name, 'assay models add')
}

const OF_MODULES = ['export', 'param', 'paramEnv', 'versionLabel'] as const
const OF_PROVIDERS = ['config', 'configEnv'] as const

function requireOneKind(flags: AddFlags): void {
  const isModule = flags.module !== undefined
  const other = (isModule ? OF_PROVIDERS : OF_MODULES).find((one) => flags[one] !== undefined)
  if (other === undefined) return
  const flag = `--${other.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  throw wrong(
    isModule
      ? `${flag} is for the models of a provider; what a module is made with are --param and --param-env.`
      : `${flag} is for a module of your own; give --module too, or else --config and --config-env.`,
  )
}

const can = [
  'text',
  'code',
  'tools',
  'vision',
  'audio',
  'streaming',
] as const satisfies readonly (keyof Capabilities)[]

function capabilitiesOf({ capability = [], contextWindow }: AddFlags): Fields {
  for (const name of capability) {
    if ((can as readonly string[]).includes(name)) continue
    const meant = meantBy(name, can)
    const hint = meant === undefined ? '' : ` Did you mean "${meant}"?`
    throw wrong(
      `--capability: expected ${byNearness(name, can).join(', ')}; got ${quoted(name)}.${hint}`,
    )
  }
  if (contextWindow !== undefined && !/^[1-9]\d{0,14}$/.test(contextWindow)) {
    throw wrong(`--context-window: expected tokens, as 128000; got ${quoted(contextWindow)}.`)
  }
  return {
    ...Object.fromEntries(capability.map((name) => [name, true])),
    ...(contextWindow !== undefined && { context_window: Number(contextWindow) }),
  }
}

export interface ModulePlace {
  /** Where people give their paths from. */
  readonly root: string
  /** Folder of the configuration file, which paths in it start from. */
  readonly folder: string
}

/** A module as the file names it: a path from the file's folder, or a package. @throws AssayError for neither */
export function modulePath(given: string, { root, folder }: ModulePlace): string {
  const url = locate(given, root, 'assay models add')
  const path = resolve(root, given)
  if (url !== pathToFileURL(path).href) return given
  const near = relative(folder, path).split(sep).join('/')
  return near.startsWith('../') || isAbsolute(near) ? near : `./${near}`
}

function some(name: string, fields: Fields): Readonly<Record<string, Fields>> {
  return Object.keys(fields).length > 0 ? { [name]: fields } : {}
}
