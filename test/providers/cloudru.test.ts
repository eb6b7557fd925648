import { expect, test } from 'vitest'
import cloudru from '../../providers/cloudru.ts'
import { createProviders } from '../../providers/create-providers.ts'
import completion from '../responses/openai/completion.json' with { type: 'json' }
import { failureOf } from '../support/failure.ts'
import { serve } from '../support/http-server.ts'
import { answering, bound, notingSeam, sentTo, serveModel } from '../support/served-model.ts'

const KEY = 'invented-cloudru-0123456789'

test('H-15: requests go below the base URL, with the key as a bearer', async () => {
  await using at = await serveModel(cloudru, {
    model: 'openai/gpt-oss-120b',
    handler: answering(completion),
    env: (url) => ({ CLOUDRU_API_BASE: `${url}/v1`, CLOUDRU_API_KEY: KEY }),
  })
  expect(await at.model.generate('Hi')).toMatchObject({
    text: 'Vienna is the capital of Austria.',
    provider: 'cloudru',
    model: 'openai/gpt-oss-120b',
    costUsd: null,
  })
  expect(sentTo(at.server, 'authorization')).toMatchInlineSnapshot(`
    [
      {
        "authorization": "Bearer invented-cloudru-0123456789",
        "body": {
          "messages": [
            {
              "content": "Hi",
              "role": "user",
            },
          ],
          "model": "openai/gpt-oss-120b",
        },
        "method": "POST",
        "url": "/v1/chat/completions",
      },
    ]
  `)
})

test.for(['CLOUDRU', 'SBERCLOUD', 'SBER_CLOUD'])(
  'H-15: either name has the key and the base URL: %s_API_KEY',
  async (prefix) => {
    await using at = await serveModel(cloudru, {
      model: 'small',
      handler: answering(completion),
      env: (url) => ({ [`${prefix}_API_BASE`]: url, [`${prefix}_API_KEY`]: KEY }),
    })
    await at.model.generate('Hi')
    expect(at.server.requests[0]!.headers.authorization).toBe(`Bearer ${KEY}`)
  },
)

test('H-15: both names with one key are one key: refused, it is not tried again', async () => {
  await using at = await serveModel(cloudru, {
    model: 'small',
    handler: answering({ status: 401, body: { error: { message: 'No.' } } }),
    env: (url) => ({ CLOUDRU_API_BASE: url, CLOUDRU_API_KEY: KEY, SBER_CLOUD_API_KEY: KEY }),
  })
  expect(await failureOf(at.model.generate('Hi'), KEY)).toMatchObject({ kind: 'auth' })
  expect(at.server.requests).toHaveLength(1)
})

test('H-15: both names with different keys are an error, and nothing is sent', async () => {
  await using server = await serve(answering(completion))
  const env = {
    CLOUDRU_API_BASE: server.url,
    CLOUDRU_API_KEY: KEY,
    SBER_CLOUD_API_KEY: 'invented-sber-0123456789',
  }
  const setup = bound(cloudru, { env }).setup('small')
  const failure = await failureOf(setup, KEY, 'invented-sber-0123456789')
  expect(failure).toMatchObject({
    kind: 'config',
    message:
      'CLOUDRU_API_KEY and SBER_CLOUD_API_KEY are one variable with two values; remove one of them.',
  })
  expect(server.requests).toEqual([])
})

test.for(['cloudru', 'sbercloud', 'sber_cloud'])(
  'H-15: %s is a name of it in a spec',
  async (name) => {
    await using server = await serve(answering(completion))
    const providers = createProviders({
      env: { CLOUDRU_API_BASE: server.url, CLOUDRU_API_KEY: KEY },
    })
    await using handle = await providers.setup(`${name}/small`)
    expect(handle.model.info.spec).toBe('cloudru/small')
    await providers.teardownAll()
  },
)

test('H-15, X-19: its key goes to Cloud.ru alone', async () => {
  const env = { SBER_CLOUD_API_BASE: 'https://cloud.ru.gateway.test/v1', SBER_CLOUD_API_KEY: KEY }
  const failure = await failureOf(bound(cloudru, { env }).setup('small'), KEY)
  expect(failure.message).toContain('neither of cloud.ru nor local')
  const own = {
    CLOUDRU_API_BASE: 'https://foundation-models.api.cloud.ru/v1',
    CLOUDRU_API_KEY: KEY,
  }
  await using handle = await bound(cloudru, { env: own }).setup('small')
  expect(handle.model.info.provider).toBe('cloudru')
})

test('H-15: without a variable, requests go to the address of its documentation', async () => {
  const { seam, asked } = notingSeam(() => completion.body)
  const provider = bound(cloudru, { env: { CLOUDRU_API_KEY: KEY }, seam })
  await using handle = await provider.setup('small')
  await handle.model.generate('Hi')
  expect(asked).toEqual(['https://foundation-models.api.cloud.ru/v1/chat/completions'])
})
