import { once } from 'node:events'
import { readdir, rm } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { controlPath, isOwner } from './owner.ts'
import type { ListedServer } from '../protocol.ts'
import { requireOwn, stateFolder } from './state-folder.ts'

/** What a supervisor does for `assay servers`. */
export interface Control {
  list(): readonly ListedServer[]
  /** Resolves when the server is gone: `false` if there is none. */
  stop(id: string): Promise<boolean>
}

const LIST = '/servers'
/** Milliseconds for an answer. */
const LIST_LIMIT = 5000

/** Answers at the socket of a supervisor. */
export async function serveControl(path: string, { list, stop }: Control): Promise<void> {
  if (process.platform !== 'win32') await rm(path, { force: true })
  const server = createServer((asked, response) => {
    const answer = (status: number, text = '') => void response.writeHead(status).end(text)
    const wanted = list().find(({ id }) => asked.url === pathOf(id))
    if (asked.method === 'GET' && asked.url === LIST) answer(200, JSON.stringify(list()))
    else if (asked.method === 'DELETE' && wanted) {
      void stop(wanted.id).then((isGone) => answer(isGone ? 204 : 404))
    } else answer(404)
  })
  server.listen(path)
  await once(server, 'listening')
}

/** The local servers of this user, of all runs. */
export async function listServers(state: string = stateFolder()): Promise<ListedServer[]> {
  const found = await findServers(state)
  return found.map(({ server }) => server)
}

/**
 * Stops a server and waits until it is gone. The run that it belongs to learns that a person did it.
 * Resolves with `false` if there is none with this id.
 */
export async function stopServer(id: string, state: string = stateFolder()): Promise<boolean> {
  const found = (await findServers(state)).find(({ server }) => server.id === id)
  if (!found) return false
  try {
    const { status } = await ask(found.path, 'DELETE', pathOf(id))
    return status !== 404
  } catch {
    return true // the supervisor has ended meanwhile, after its servers
  }
}

interface Found {
  readonly path: string
  readonly server: ListedServer
}

async function findServers(state: string): Promise<Found[]> {
  const names = await readdir(state).catch(() => [])
  if (names.length === 0) return []
  await requireOwn(state)
  const lists = await Promise.all(names.filter(isOwner).map((owner) => serversOf(state, owner)))
  return lists.flat()
}

/** None of a supervisor that does not answer: it is dead, or is starting or ending. */
async function serversOf(state: string, owner: string): Promise<Found[]> {
  const path = controlPath(state, owner)
  try {
    const { text } = await ask(path, 'GET', LIST, LIST_LIMIT)
    return (JSON.parse(text) as ListedServer[]).map((server) => ({ path, server }))
  } catch {
    return []
  }
}

function pathOf(id: string): string {
  return `${LIST}/${encodeURIComponent(id)}`
}

interface Answer {
  readonly status: number | undefined
  readonly text: string
}

function ask(
  socketPath: string,
  method: 'GET' | 'DELETE',
  path: string,
  limit?: number,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const signal = limit === undefined ? undefined : AbortSignal.timeout(limit)
  const asked = request(
    { agent: false, socketPath, method, path, ...(signal && { signal }) },
    (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode, text }))
    },
  )
  asked.on('error', reject).end()
  return promise
}
