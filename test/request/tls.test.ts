import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { rootCertificates } from 'node:tls'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { createDesk } from '../../src/broker/desk.ts'
import { Secret } from '../../src/model/secret.ts'
import type { Fetch } from '../../src/request/pipe.ts'
import { createSeam } from '../../src/request/seam.ts'
import type { Tls } from '../../src/request/send.ts'
import { failureOf } from '../support/failure.ts'
import { type HttpServer, serve } from '../support/http-server.ts'
import { authorityPath, certificate } from '../support/tls/certificates.ts'

const KEY = 'sk-invented-0123456789'
const authority = readFileSync(authorityPath, 'utf8')

/** A server whose certificate is of an authority that Node does not know. */
function serveTls(cert: string = certificate.cert): Promise<HttpServer> {
  return serve(() => ({ body: { a: 1 } }), { ...certificate, cert })
}

function trusting(tls?: Tls, settings = {}): Fetch {
  const seam = createSeam({ desk: createDesk(), random: () => 0 })
  return seam({ provider: 'acme', keys: [new Secret(KEY)], tls, settings })
}

test.for([
  ['sent alone', certificate.cert, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ['sent with its authority', certificate.cert + authority, 'SELF_SIGNED_CERT_IN_CHAIN'],
])(
  'X-18: a certificate of an unknown authority, %s, is refused once, before anything is sent',
  async ([, cert, code]) => {
    await using server = await serveTls(cert)
    const failure = await failureOf(trusting()(server.url), KEY)
    expect(failure).toMatchObject({
      kind: 'config',
      provider: 'acme',
      attempts: 1,
      message:
        `acme: the certificate of ${new URL(server.url).host} is of nobody that Node trusts (${code}): give ` +
        'the file of its authority as the option `ca`, or in NODE_EXTRA_CA_CERTS.',
    })
    expect(server.requests).toEqual([])
  },
)

test('X-18: also where a request goes out another way, for its long limits', async () => {
  await using server = await serveTls()
  const failure = await failureOf(trusting(undefined, { timeout: 0 })(server.url))
  expect(failure).toMatchObject({ kind: 'config', attempts: 1 })
  expect(server.requests).toEqual([])
})

test('with the certificate of its authority, a server is trusted', async () => {
  await using server = await serveTls()
  const response = await trusting({ ca: authority })(server.url, { method: 'POST', body: '{}' })
  expect(await response.json()).toEqual({ a: 1 })
  expect(server.requests).toMatchObject([
    { method: 'POST', text: '{}', headers: { authorization: `Bearer ${KEY}` } },
  ])
})

test('of several authorities in one text, each is trusted', async () => {
  await using server = await serveTls()
  const response = await trusting({ ca: `${rootCertificates[0]}\n${authority}` })(server.url)
  expect(await response.json()).toEqual({ a: 1 })
})

test('another authority helps nothing', async () => {
  await using server = await serveTls()
  const failure = await failureOf(trusting({ ca: rootCertificates[0]! })(server.url))
  expect(failure).toMatchObject({ kind: 'config' })
  expect(server.requests).toEqual([])
})

test('`insecure` trusts everybody, and only where it was asked for', async () => {
  await using server = await serveTls()
  expect(await (await trusting({ insecure: true })(server.url)).json()).toEqual({ a: 1 })
  expect(await failureOf(trusting({ insecure: false })(server.url))).toMatchObject({
    kind: 'config',
  })
  expect(server.requests).toHaveLength(1)
})

test('what Node trusts is trusted beside a `ca`, NODE_EXTRA_CA_CERTS too', async () => {
  await using server = await serveTls()
  const program = `
    import { rootCertificates } from 'node:tls'
    import { sendWithin } from './src/request/send.ts'
    const limits = { timeout: 1, firstTokenTimeout: 1, stallTimeout: 1 }
    const response = await sendWithin(limits, { ca: rootCertificates[0] })('${server.url}')
    console.log(await response.text())
  `
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', program],
    { env: { ...process.env, NODE_EXTRA_CA_CERTS: authorityPath } },
  )
  expect(stdout).toBe('{"a":1}\n')
})
