import { lookup } from 'node:dns/promises'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { AssayError, type ErrorKind, toAssayError } from '../../model/error.ts'
import { untilAborted } from '../../model/until-aborted.ts'
import { networkError } from '../../request/network-error.ts'
import { type Tls, trustOf } from '../../request/send.ts'

/** Where requests go. */
export interface Target {
  readonly provider: string
  readonly url: URL
  readonly tls?: Tls | undefined
}

/** Makes a connection and ends it, without a request. @throws AssayError that says what is in the way */
export async function reach(target: Target, timeoutMs: number): Promise<void> {
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    await untilAborted(connect(target, signal), signal, target.provider)
  } catch (error) {
    throw signal.aborted ? silent(target, timeoutMs) : unreachable(target, error)
  }
}

/** `host:port`, also where the port is the usual one. */
export function placeOf(url: URL): string {
  return `${url.hostname}:${portOf(url)}`
}

function portOf({ port, protocol }: URL): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80)
}

async function connect({ url, tls = {} }: Target, signal: AbortSignal): Promise<void> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const isName = isIP(host) === 0
  if (isName) await lookup(host) // so that its errors are those of the name
  signal.throwIfAborted()
  const to = { host, port: portOf(url) }
  const socket =
    url.protocol === 'https:'
      ? connectTls({ ...to, ...(isName && { servername: host }), ...trustOf(tls) })
      : connectTcp(to)
  const end = () => socket.destroy()
  signal.addEventListener('abort', end)
  try {
    await settled(socket, url.protocol === 'https:' ? 'secureConnect' : 'connect')
  } finally {
    signal.removeEventListener('abort', end)
    socket.destroy()
  }
}

function settled(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, resolve)
    socket.once('error', reject)
  })
}

function silent({ provider, url }: Target, timeoutMs: number): AssayError {
  const message = `${provider}: ${placeOf(url)} takes no connection within ${timeoutMs / 1000} s: see whether the address is right, and what stands in between.`
  return new AssayError(message, { kind: 'timeout', provider })
}

function unreachable({ provider, url }: Target, error: unknown): AssayError {
  const { code = '' } = error as NodeJS.ErrnoException
  const problem = problemOf(url, code)
  if (!problem) {
    const known = networkError(error, { provider, host: placeOf(url) })
    return known ?? toAssayError(error, 'network', provider)
  }
  const message = `${provider}: ${problem.what} (${code}): ${problem.advice}`
  return new AssayError(message, { kind: problem.kind, provider, cause: error })
}

interface Problem {
  readonly kind: ErrorKind
  readonly what: string
  readonly advice: string
}

/** What is known to help, and what is not but a code. */
function problemOf(url: URL, code: string): Problem | undefined {
  const place = placeOf(url)
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    const what = `there is no host ${url.hostname}`
    const advice = 'correct the base URL, or see whether this machine has a network.'
    return { kind: 'network', what, advice }
  }
  if (code === 'ECONNREFUSED') {
    const advice = 'start the server, or correct the base URL.'
    return { kind: 'network', what: `nothing listens at ${place}`, advice }
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code.startsWith('CERT_')) {
    const advice = 'correct the host of the base URL, or have the certificate renewed.'
    return { kind: 'config', what: `the certificate of ${place} is not good`, advice }
  }
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') {
    const advice = 'the base URL is probably to begin with http:// and not https://.'
    return { kind: 'config', what: `what listens at ${place} speaks no TLS`, advice }
  }
  return undefined
}
