import { quoted } from '../../model/may-be-secret.ts'
import { namesOf } from '../../provider/keys.ts'
import { definedModels } from '../../provider/options/models-variable.ts'
import { findProgram } from '../../server/find-program.ts'
import { maskedKey } from './masked-key.ts'
import { placeOf } from './reach.ts'
import type { CheckResult } from './report.ts'
import { isProxied, type Room, type Subject } from './subject.ts'

/** The provider of a model, and which places say what of its options. */
export function nameCheck({ provider, modelName, explained }: Subject, room: Room): CheckResult {
  const defined = definedModels(room.env, namesOf(provider))
  if (defined && !defined.models.some(({ name }) => name === modelName)) {
    const names = defined.models.map(({ name }) => name).join(', ')
    const message = `${room.named(defined.source)} defines ${names || 'no model'}, and not ${quoted(modelName)}: what it says holds for those alone.`
    return { name: 'name', status: 'warning', message }
  }
  const bySource = new Map<string, string[]>()
  for (const [option, { source, at }] of explained?.origins ?? []) {
    const place = at ?? room.named(source)
    bySource.set(place, [...(bySource.get(place) ?? []), option])
  }
  const said = [...bySource].map(([place, options]) => `${options.join(', ')} from ${place}`)
  return {
    name: 'name',
    status: 'passed',
    message: [`provider ${provider.name}`, ...said].join('; '),
  }
}

const KEYS = ['apiKey', 'apiKeys']

/** The keys of a model, masked, and where they come from. */
export function keyCheck(subject: Subject, room: Room): CheckResult {
  const { keyless, rehearsal } = subject
  if (keyless) return { name: 'key', status: 'failed', message: keyless.message }
  const shown = rehearsal.keys.map((key) => maskedKey(key)).join(', ')
  const source = keySource(subject, room)
  const isSent = rehearsal.keys.length > 0 || rehearsal.target === undefined
  const message =
    source !== undefined && isSent
      ? [shown, `from ${source}`].filter(Boolean).join(' ')
      : shown || (rehearsal.target ? 'none is sent' : 'none is needed')
  return { name: 'key', status: 'passed', message }
}

/** What people call the place that the keys come from. */
export function keySource({ explained, rehearsal }: Subject, room: Room): string | undefined {
  if (rehearsal.need) return undefined // its server gets a key of its own
  const option = KEYS.find((name) => explained?.origins.has(name))
  const origin = option === undefined ? undefined : explained?.origins.get(option)
  if (origin) return origin.at ?? room.named(origin.source)
  const variables = explained?.keyVariables ?? []
  return variables.length > 0 ? variables.map((one) => room.named(one)).join(', ') : undefined
}

export const OFFLINE = 'not done: --offline'

/** Whether a model's server can be reached, or the program that is to be one is there. */
export async function connectionCheck(
  { provider, rehearsal, unreached }: Subject,
  { env, offline }: Room,
): Promise<CheckResult> {
  const { need, target, error } = rehearsal
  const as = (status: CheckResult['status'], message: string) => ({
    name: 'connection',
    status,
    message,
  })
  if (need) {
    const { command, cwd, install } = need
    const path = await findProgram(command, { cwd, path: need.env['PATH'] ?? env['PATH'] })
    return path === undefined
      ? as('failed', `${provider.name}: there is no program ${command}. ${install}`)
      : as('passed', `a server is started when it is needed: ${path}`)
  }
  if (target && offline) return as('skipped', OFFLINE)
  if (target && isProxied(env)) return as('skipped', 'requests go through a proxy')
  if (unreached) return as('failed', unreached.message)
  if (target) return as('passed', `${placeOf(target.url)} can be reached`)
  if (error === undefined) return as('skipped', 'it asks no server that is known before the call')
  return as('failed', (error as Error).message)
}
