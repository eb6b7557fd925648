import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { AssayError, messageOf } from '../../../src/model/error.ts'
import type { Tls } from '../../../src/request/send.ts'
import type { HostOptions } from './options.ts'

const warned = new Set<string>()

/** Whom connections trust beside those that Node trusts. @throws AssayError for a file that cannot be read */
export function tlsOf(
  provider: string,
  { ca, insecureTls: insecure }: HostOptions,
  baseDir: string,
): Tls | undefined {
  if (insecure && !warned.has(provider)) {
    warned.add(provider)
    process.emitWarning(
      `${provider}: \`insecureTls\` trusts whoever answers; give the file of its authority as \`ca\` instead.`,
    )
  }
  if (ca === undefined) return insecure ? { insecure } : undefined
  return { ca: readAuthority(provider, resolve(baseDir, ca)), insecure }
}

function readAuthority(provider: string, path: string): string {
  try {
    const text = readFileSync(path, 'utf8')
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text
    throw new Error(`${path} holds no certificate in PEM`)
  } catch (error) {
    throw new AssayError(`${provider}: \`ca\`: ${messageOf(error)}.`, {
      kind: 'config',
      provider,
      cause: error,
    })
  }
}
