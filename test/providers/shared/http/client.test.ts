import { expect, test } from 'vitest'
import { createHttpClient } from '../../../../providers/shared/http/client.ts'
import { serve } from '../../../support/http-server.ts'

test('a header of the user takes the place of ours, however its name is written', async () => {
  await using at = await serve(() => ({ body: {} }))
  const client = createHttpClient({
    server: { provider: 'acme', secrets: [] },
    baseURL: new URL(at.url),
    headers: { 'Content-Type': 'application/vnd.example+json', ACCEPT: 'application/vnd.example' },
    request: fetch,
  })
  await client.post('/generate', {}, { headers: { accept: 'text/event-stream', 'x-own': '1' } })
  await client.get('/models')
  expect(at.requests).toMatchObject([
    {
      headers: {
        'content-type': 'application/vnd.example+json',
        accept: 'application/vnd.example',
        'x-own': '1',
      },
    },
    { headers: { accept: 'application/vnd.example' } },
  ])
})
