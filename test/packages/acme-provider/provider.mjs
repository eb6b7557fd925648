import { AssayError, createModel, defineProvider } from 'vitest-assay'

/** A Standard Schema without a library: `{ baseURL?, shout? }`. */
const options = {
  '~standard': {
    version: 1,
    vendor: 'acme-provider',
    validate(value) {
      const { baseURL, shout, ...others } = value
      const [unknown] = Object.keys(others)
      if (unknown !== undefined) return issue(`there is no option \`${unknown}\``)
      if (shout !== undefined && typeof shout !== 'boolean')
        return issue('expected true or false', 'shout')
      if (baseURL !== undefined && typeof baseURL !== 'string')
        return issue('expected a URL', 'baseURL')
      return { value }
    },
  },
}

function issue(message, ...path) {
  return { issues: [{ message, path }] }
}

export default defineProvider({
  name: 'acme',
  options,
  setup(name, { baseURL, shout = false }, { request, keys, env }) {
    const url = `${baseURL ?? env['ACME_API_BASE'] ?? 'https://api.acme.example'}/generate`
    const send = request.with({ model: name, keys })
    return createModel({
      provider: 'acme',
      name,
      async generate(messages, { signal }) {
        const body = JSON.stringify({ model: name, messages, shout })
        const response = await send(url, { method: 'POST', body, ...(signal && { signal }) })
        return toGenerated(await response.text())
      },
    })
  },
})

function toGenerated(body) {
  const { text, tokens } = parse(body)
  if (typeof text !== 'string') throw unreadable()
  return { text, usage: tokens ? { inputTokens: tokens.in, outputTokens: tokens.out } : null }
}

function parse(body) {
  try {
    return JSON.parse(body)
  } catch {
    throw unreadable()
  }
}

function unreadable() {
  return new AssayError('acme: the response has no text.', { kind: 'parse', provider: 'acme' })
}
