import { readFile } from 'node:fs/promises'
import { beforeAll, expect, test } from 'vitest'
import { createProject } from '../support/project.ts'
import { tried } from './acme/tried.ts'

interface Assertion {
  readonly title: string
  readonly status: string
  readonly failureMessages: readonly string[]
}

interface JsonReport {
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly Assertion[]
  }[]
}

/** The checks of each provider, as a real run in its author's project reports them. */
const checks = new Map<string, readonly Assertion[]>()

beforeAll(async () => {
  const files = ['acme.ts', 'tried.ts', 'contract.ts'].map(async (name) => [
    name,
    await readFile(new URL(`acme/${name}`, import.meta.url), 'utf8'),
  ])
  await using project = await createProject({
    ...(Object.fromEntries(await Promise.all(files)) as Record<string, string>),
    ...Object.fromEntries(Object.keys(tried).map(testOf)),
    'vitest.config.ts':
      'export default { test: { isolate: false, sequence: { concurrent: true } } }',
  })
  await project.vitest({ args: ['--reporter=json', '--outputFile=report.json'] })
  const { testResults } = JSON.parse(await project.read('report.json')) as JsonReport
  for (const { name, assertionResults } of testResults) {
    checks.set(/([^/]+)\.test\.ts$/.exec(name)![1]!, assertionResults)
  }
}, 120_000)

function testOf(name: string): [string, string] {
  return [
    `${name}.test.ts`,
    `import { testProvider } from 'vitest-assay/testing'
     import { tried } from './tried.ts'
     const { provider, contract } = tried['${name}']
     testProvider(provider, contract)`,
  ]
}

/** Names of the failed checks, with what they say. */
function failuresOf(provider: string): Record<string, string> {
  const failed = checks.get(provider)!.filter(({ status }) => status !== 'passed')
  return Object.fromEntries(
    failed.map(({ title, failureMessages }) => [
      title.slice(0, title.indexOf(':')),
      failureMessages.join('\n').split(/\n +at /)[0]!,
    ]),
  )
}

test.for(Object.entries(tried))(
  'E-20: a provider that %s fails the checks of that and no other',
  ([name, { fails }]) => {
    expect(checks.get(name)?.length, 'checks that have run').toBeGreaterThan(0)
    expect(Object.keys(failuresOf(name))).toEqual(fails)
  },
)

test('the failures say what was expected and what came', () => {
  const names = Object.keys(tried).filter((name) => tried[name]!.fails.length > 0)
  expect(Object.fromEntries(names.map((name) => [name, failuresOf(name)]))).toMatchInlineSnapshot(`
    {
      "collects-a-stream-first": {
        "stream": "AssertionError: texts that stream() has given before the last event was sent: expected 0 to be greater than 0",
      },
      "counts-no-usage-as-zero": {
        "noUsage": "AssertionError: what the response says: expected { …(2) } to deeply equal { usage: null, costUsd: null }",
      },
      "does-not-abort": {
        "abort": "Error: generate() that waits for its response, once its signal is aborted, has not settled after 3000 ms.",
        "streamBatch": "Error: the end of the requests in flight, after the loop over streamBatch() was left: not within 3000 ms.",
      },
      "does-not-look-at-the-signal": {
        "abort": "Error: generate() with a signal that was aborted before was to reject with an AssayError, but gives the text 'This is question-0.'",
      },
      "does-not-tell-the-seam-its-key": {
        "key": "AssertionError: the key is in the error of generate() at the reply rateLimited: …at: acme: API error (429): Not so fast. sk-contract-12345678…",
      },
      "forgets-the-order-it-is-asked-for": {
        "streamBatch": "AssertionError: inputs of the results with order: 'input': expected [ 3, 2, 1, +0 ] to deeply equal [ +0, 1, 2, 3 ]",
      },
      "forgets-the-rest-of-a-batch": {
        "batch": "AssertionError: what became of the inputs of batch(): expected [ 'text', 'text', 'text' ] to deeply equal [ 'text', 'text', 'text', 'text' ]",
      },
      "gives-handles-without-a-model": {
        "abort": "Error: setup() was to give a handle, but what it gives has no \`model\`.",
        "batch": "Error: setup() was to give a handle, but what it gives has no \`model\`.",
        "generate": "Error: setup() was to give a handle, but what it gives has no \`model\`.",
        "stream": "Error: setup() was to give a handle, but what it gives has no \`model\`.",
        "streamBatch": "Error: setup() was to give a handle, but what it gives has no \`model\`.",
        "teardown": "Error: setup() was to give a handle, but what it gives has no \`model\`.",
      },
      "gives-other-chunks-than-its-response": {
        "stream": "AssertionError: stream(): the texts of its chunks, put together: expected 'THIS IS QUESTION-0.' to be 'This is question-0.' // Object.is equality",
      },
      "ignores-the-bound-of-a-batch": {
        "batch": "AssertionError: requests that were open at once, of batch() with \`concurrency: 3\`: expected 10 to be 3 // Object.is equality",
      },
      "invents-a-model": {
        "listModels": "Error: listModels() was to reject with an AssayError, but gives [ { id: 'small' } ]",
      },
      "is-another-one-than-it-says": {
        "generate": "AssertionError: the response of generate(): expected { provider: 'gull', …(7) } to deeply equal { provider: 'parrot', …(7) }",
        "teardown": "AssertionError: \`info\` of the model: expected { provider: 'gull', …(2) } to match object { provider: 'parrot', …(2) }",
      },
      "leaves-its-programs": {
        "teardown": "AssertionError: programs that still run after \`provider.teardownAll()\`: expected [ …(3) ] to deeply equal []",
      },
      "logs-its-key": {
        "key": "AssertionError: the key is in what was logged: …acme: keys [ 'sk-contract-12345678' ]…",
      },
      "loses-a-batch-with-one-error": {
        "batch": "Error: batch(), in which one call fails, was not to reject, but does with AssayError (invalid_request): acme: API error (400): No such thing.",
      },
      "loses-the-order-of-a-batch": {
        "batch": "AssertionError: results of batch(), of which 7 was refused: expected [ 'Grüezi mitenand 2', …(11) ] to deeply equal [ 'Grüezi mitenand 0', …(11) ]",
      },
      "puts-its-key-into-errors": {
        "key": "AssertionError: the key is in the error of generate() at the reply rateLimited: …or (429): Not so fast. *** (x-acme-key: sk-contract-12345678)…",
      },
      "sends-past-the-seam": {
        "generate": "AssertionError: requests that were not sent by \`request\` of the context: expected 1 to be +0 // Object.is equality",
        "invalidRequest": "AssertionError: kinds of the errors of a request that is wrong: expected { 'generate()': 'parse', …(2) } to deeply equal { …(3) }",
        "network": "Error: generate() was not to reject, but does with AssayError (internal): fetch failed",
        "rateLimited": "Error: generate() was not to reject, but does with AssayError (parse): acme: the response has no text.",
        "serverError": "Error: generate() was not to reject, but does with AssayError (parse): acme: the response has no text.",
      },
      "sends-unreadable-responses-again": {
        "malformed": "AssertionError: requests of three calls of what is no response: expected 4 to be 3 // Object.is equality",
      },
      "sends-wrong-requests-again": {
        "invalidRequest": "AssertionError: requests of three calls: expected 6 to be 3 // Object.is equality",
      },
      "sets-up-each-time": {
        "teardown": "AssertionError: whether two equal set-ups share one resource, by their \`resourceId\`: expected false to be true // Object.is equality",
      },
      "splits-events-by-chunks": {
        "stream": "Error: stream() that comes byte by byte was not to reject, but does with AssayError (network): acme: the stream ended early.",
      },
      "starts-a-batch-in-groups": {
        "streamBatch": "AssertionError: questions that were sent while the first of them was not answered: expected Set{ +0, 1 } to deeply equal Set{ +0, 1, 2, 3, 4 }",
      },
      "takes-a-part-for-the-whole": {
        "brokenStream": "AssertionError: the response of stream() of which 1 of 4 events came, which was to reject: expected { text: 'Grüezi ', …(2) } to deeply equal { text: 'Grüezi mitenand 👋', …(2) }",
      },
      "takes-an-error-for-an-answer": {
        "errorWithin200": "Error: generate() of an error with status 200 was to reject with an AssayError, but gives the text 'busy'",
        "errorWithinStream": "Error: stream() was to reject with an AssayError, but gives the text 'Grüezi '",
      },
      "tears-down-twice": {
        "teardown": "Error: there is nothing left to tear down",
      },
      "tears-nothing-down": {
        "teardown": "AssertionError: whether \`handle.model\` throws an AssayError after its own teardown: expected false to be true // Object.is equality",
      },
      "throws-what-is-blocked": {
        "blocked": "Error: generate() was not to reject, but does with AssayError (content_filter): acme: violence",
      },
    }
  `)
})
