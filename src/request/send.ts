import type { RequestSettings } from './endpoint.ts'
import type { Fetch } from './pipe.ts'

/** Node's `fetch` waits no longer than this for headers, and for the next chunk of a body. */
const PATIENCE_OF_FETCH = 300_000

type Limits = Required<Pick<RequestSettings, 'timeout' | 'firstTokenTimeout' | 'stallTimeout'>>

/** What sends requests in the end: Node's `fetch`, or for limits that are longer than its own a patient one. */
export function sendWithin({ timeout, firstTokenTimeout, stallTimeout }: Limits): Fetch {
  const limits = [timeout, firstTokenTimeout, stallTimeout]
  const isLong = limits.some((limit) => limit === 0 || limit! > PATIENCE_OF_FETCH)
  return isLong ? patientFetch : (url, init) => fetch(url, init)
}

let patient: Promise<typeof fetch> | undefined

const patientFetch: Fetch = async (url, init) => {
  patient ??= createPatientFetch()
  return (await patient)(url, init)
}

/** undici is what Node's `fetch` is made of; only as a package can its limits be set. */
async function createPatientFetch(): Promise<typeof fetch> {
  const { Agent, fetch: send } = await import('undici')
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0 })
  const patiently = (url: string, init: object) => send(url, { ...init, dispatcher })
  return patiently as unknown as typeof fetch
}
