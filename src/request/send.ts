import nodeTls, { type ConnectionOptions } from 'node:tls'
import type { Fetch } from './pipe.ts'

/** Whom a connection trusts. */
export interface Tls {
  /** Certificates of further authorities, as PEM. */
  readonly ca?: string | undefined
  /** Trusts everybody, and so whoever stands in between. @default false */
  readonly insecure?: boolean | undefined
}

/** Node's `fetch` waits no longer than this for headers, and for the next chunk of a body. */
const PATIENCE_OF_FETCH = 300_000

type Limits = { readonly [name in 'timeout' | 'firstTokenTimeout' | 'stallTimeout']: number }

/**
 * What sends requests in the end: Node's `fetch`, or where the limits are longer than its own, or others are
 * trusted, one that can be told so.
 */
export function sendWithin(limits: Limits, tls: Tls = {}): Fetch {
  const { timeout, firstTokenTimeout, stallTimeout } = limits
  const isLong = [timeout, firstTokenTimeout, stallTimeout].some(
    (limit) => limit === 0 || limit > PATIENCE_OF_FETCH,
  )
  if (!isLong && !tls.ca && !tls.insecure) return (url, init) => fetch(url, init)
  return async (url, init) => (await patientFetch(tls))(url, init)
}

const patient = new Map<string, Promise<typeof fetch>>()

/** One for each kind of trust, so that connections are used again. */
function patientFetch(tls: Tls): Promise<typeof fetch> {
  const key = JSON.stringify([tls.ca, tls.insecure])
  const known = patient.get(key) ?? createPatientFetch(tls)
  patient.set(key, known)
  return known
}

/** undici is what Node's `fetch` is made of; only as a package can it be told these. */
async function createPatientFetch(tls: Tls): Promise<typeof fetch> {
  const { Agent, fetch: send } = await import('undici')
  const dispatcher = new Agent({
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: trustOf(tls),
  })
  const patiently = (url: string, init: object) => send(url, { ...init, dispatcher })
  return patiently as unknown as typeof fetch
}

/** Trust as Node's options for a connection say it. */
export function trustOf({ ca, insecure = false }: Tls): Pick<ConnectionOptions, Trust> {
  return {
    ...(ca && { ca: [...nodesOwn(), ca] }), // alone it would take their place
    rejectUnauthorized: !insecure,
  }
}

type Trust = 'ca' | 'rejectUnauthorized'

/** Whom Node trusts: with those of NODE_EXTRA_CA_CERTS, where this Node can tell them (from 22.15 on). */
function nodesOwn(): readonly string[] {
  const { getCACertificates: list } = nodeTls as Partial<typeof nodeTls>
  return list?.('default') ?? nodeTls.rootCertificates
}
