import { expect } from 'vitest'
import { serve } from './http-server.ts'
import { llamaServer, testLlama, tinyModel } from './llama-server.ts'
import { startProgram } from './start-program.ts'

testLlama('the real llama-server answers with the bundled model', async () => {
  const url = await freeUrl()
  const args = ['-m', tinyModel, '--host', '127.0.0.1', '--port', new URL(url).port]
  await using server = startProgram(llamaServer!, args)
  const health = () =>
    fetch(`${url}/health`).then(
      ({ status }) => status,
      () => 'no connection',
    )
  await expect.poll(health, { timeout: 20_000, message: server.output() }).toBe(200)
  const messages = [{ role: 'user', content: 'What is 47 + 38?' }]
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ messages, temperature: 0 }),
  })
  expect(await response.json()).toMatchObject({ choices: [{ message: { content: '85' } }] })
})

async function freeUrl(): Promise<string> {
  await using server = await serve(() => {})
  return server.url
}
