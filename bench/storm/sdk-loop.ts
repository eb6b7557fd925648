import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import OpenAI from 'openai'

export interface LoopOptions {
  /** Ends with `/v1`. */
  readonly baseURL: string
  readonly rows: number
  readonly lanes: number
}

/** What most people have: the SDK with its own two retries, behind a bound on what is in flight. */
async function loop({ baseURL, rows, lanes }: LoopOptions): Promise<number> {
  const client = new OpenAI({ baseURL, apiKey: 'storm-key', maxRetries: 2 })
  let next = 0
  let succeeded = 0
  const lane = async () => {
    while (next < rows) {
      const messages = [{ role: 'user' as const, content: `Row ${next++}` }]
      await client.chat.completions.create({ model: 'some-model', messages }).then(
        () => succeeded++,
        () => {},
      )
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return succeeded
}

/** Runs the loop in a process of its own, and returns how many rows succeeded. */
export async function runSdkLoop(options: LoopOptions): Promise<number> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  await once(child, 'close')
  return Number(output)
}

if (import.meta.main) console.log(await loop(JSON.parse(process.argv[2]!) as LoopOptions))
