import type { Capabilities } from '../../model/model.ts'
import { messageOf } from '../../model/error.ts'
import { explainOf } from '../../provider/explain.ts'
import type { Providers } from '../../provider/providers.ts'
import { printJson, printLines } from '../output.ts'
import { bindAll, openProject, type Project } from '../project.ts'
import { viewOf } from '../server-table.ts'
import { keysOf, type ShownKey } from './keys.ts'
import { type KnownModel, knownModels } from './known.ts'
import { askProviders, type RemoteList } from './remote.ts'
import { renderModels } from './table.ts'

export interface ListFlags {
  readonly json?: true
  readonly provider?: string
  readonly remote?: true
}

/** A model of the project, with what is said of it. */
export interface ListedModel extends KnownModel {
  readonly provider: string
  readonly capabilities: Capabilities
  readonly keys: readonly ShownKey[]
  /** Why it could not be set up; `null` where nothing is known. */
  readonly problem: string | null
}

export interface ModelList {
  readonly models: readonly ListedModel[]
  /** What the providers list, where they were asked. */
  readonly remote?: readonly RemoteList[]
}

/** `assay models list`. A provider that does not answer is exit code 1. */
export async function listModels(flags: ListFlags): Promise<void> {
  const list = await modelsOf(await openProject(), flags)
  if (flags.json) printJson({ ...list })
  else printLines(...renderModels(list, viewOf(process.stdout)))
  if (list.remote?.some(({ error }) => error !== null)) process.exitCode = 1
}

/** The models that a project names, and with `remote` those of their providers. @throws AssayError for an unknown `provider` */
export async function modelsOf(
  project: Project,
  { provider: wanted, remote }: Omit<ListFlags, 'json'>,
): Promise<ModelList> {
  const providers = await bindAll(project)
  const only = wanted === undefined ? undefined : providers.get(wanted).name
  const all = providers.names.map((name) => providers.get(name))
  const known = knownModels(project, all)
  const chosen = only === undefined ? known : known.filter((one) => providerIn(one) === only)
  const models = await Promise.all(chosen.map((one) => describe(one, providers, project)))
  if (!remote) return { models }
  const names = only === undefined ? models.map(({ provider }) => provider) : [only]
  const asked = all.filter(({ name }) => names.includes(name))
  return { models, remote: await askProviders(asked, known) }
}

async function describe(
  model: KnownModel,
  providers: Providers,
  { env, named }: Project,
): Promise<ListedModel> {
  const base = { ...model, provider: providerIn(model), capabilities: {}, keys: [], problem: null }
  try {
    const explained = await explain(model, providers)
    if (!explained) return base
    const keys = keysOf(explained, env).map(({ variable, value }) => ({
      variable: variable === null ? null : named(variable),
      value,
    }))
    return { ...base, capabilities: explained.capabilities ?? {}, keys }
  } catch (error) {
    return { ...base, problem: messageOf(error) }
  }
}

async function explain({ spec, roles: [role] }: KnownModel, providers: Providers) {
  const { provider, modelName } = providers.find(spec)
  return explainOf(provider)?.(modelName, { ...(role && { role }), expand: false })
}

function providerIn({ spec }: KnownModel): string {
  return spec.slice(0, spec.indexOf('/'))
}
