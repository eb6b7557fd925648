// A fake `ollama`: the daemon, and one runner process for each model that it has loaded.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { ignoreClosedOutput, liveWithHome, recordStart } from '../fake-program.ts'
import { createHandler } from './http.ts'
import { createRunners } from './runners.ts'

/** What the environment variable `FAKE_OLLAMA` may say, as JSON. */
export interface OllamaSetup {
  /** Models that were pulled; one without a tag has the tag `latest`. @default none */
  readonly models?: readonly string[]
  /** Milliseconds that the first request to a model waits for it. @default 0 */
  readonly loadMs?: number
  /** File that gets a line of JSON for each start: a `FakeStart`. */
  readonly startsFile?: string
}

ignoreClosedOutput()
const [command, ...rest] = process.argv.slice(2)
if (command === 'runner') {
  liveWithHome()
} else if (command === 'serve' && rest.length === 0) {
  await serve()
} else {
  const what = command === 'serve' ? `accepts 0 arg(s), received ${rest.length}` : unknown(command)
  console.error(`Error: ${what}`)
  process.exit(1)
}

async function serve(): Promise<void> {
  const setup = JSON.parse(process.env['FAKE_OLLAMA'] ?? '{}') as OllamaSetup
  const [host, port] = address(process.env['OLLAMA_HOST'] ?? '')
  const runners = createRunners(setup.loadMs ?? 0)
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => {
      runners.stop()
      process.exit(0)
    })
  }
  await recordStart(setup.startsFile, port)
  const server = createServer(createHandler(setup.models ?? [], runners)).listen(port, host)
  try {
    await once(server, 'listening')
  } catch {
    console.error(`Error: listen tcp ${host}:${port}: bind: address already in use`)
    process.exit(1)
  }
  liveWithHome()
  const now = new Date().toISOString()
  const where = `Listening on ${host}:${port} (version 0.99.0)`
  console.error(`time=${now} level=INFO source=routes.go:1500 msg="${where}"`)
}

function unknown(name: string | undefined): string {
  return `unknown command "${name ?? ''}" for "ollama"`
}

/** Of `http://host:port`, of which each part may be missing. */
function address(text: string): [host: string, port: number] {
  const [, host, port] = /^(?:https?:\/\/)?([^:/]*)(?::(\d+))?/.exec(text) ?? []
  return [host || '127.0.0.1', Number(port ?? 11434)]
}
