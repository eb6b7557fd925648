import { AssayError } from '../../src/model/error.ts'
import { fill, hasPlaceholder, type Placeholder, type Values, wrong } from './placeholders.ts'

/** A URL whose path and query may hold placeholders. */
export interface UrlTemplate {
  /** Without what has placeholders. */
  readonly fixed: URL
  fill(values: Values): string
}

/** Takes a URL apart. Errors do not show it: it may hold a key. @throws AssayError */
export function parseUrl(text: string, where: string): UrlTemplate {
  const [, origin = '', path = '', query = ''] =
    /^([a-z]+:\/\/[^/?#]*)([^?#]*)(?:\?([^#]*))?/i.exec(text.trim()) ?? []
  if (hasPlaceholder(origin)) {
    throw wrong(`${where}: a placeholder stands in the path or the query, and not in the host.`)
  }
  const segments = path.split('/')
  const parameters = query.split('&').filter((parameter) => parameter !== '')
  const url = URL.parse(
    origin +
      segments.filter((one) => !hasPlaceholder(one)).join('/') +
      queryOf(parameters.filter((one) => !hasPlaceholder(one))),
  )
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw wrong(`${where}: expected an http(s) URL, as in https://api.example.com/v1/generate.`)
  }
  if (url.username || url.password) {
    throw wrong(`${where}: a URL cannot carry a password; give a key or a header.`)
  }
  return {
    fixed: url,
    fill: (values) =>
      origin +
      segments.map((segment) => fillSegment(segment, values)).join('/') +
      queryOf(parameters.flatMap((parameter) => fillParameter(parameter, values))),
  }
}

function queryOf(parameters: readonly string[]): string {
  return parameters.length > 0 ? `?${parameters.join('&')}` : ''
}

/** @throws AssayError for a value that would lead to another path */
function fillSegment(segment: string, values: Values): string {
  if (!hasPlaceholder(segment)) return segment
  const filled = fill(segment, values, encodeSegment)
  if (!filled.split('/').some((part) => /^(?:\.|%2e){1,2}$/i.test(part))) return filled
  const message = 'rest: `.` and `..` cannot be a part of a path; put the placeholder elsewhere.'
  throw new AssayError(message, { kind: 'invalid_request', provider: 'rest' })
}

/** Names of models, as `@cf/meta/llama:8b`, stand in paths as they are; a path may hold these characters. */
function encodeSegment(value: string, name: Placeholder): string {
  const encoded = encode(value)
  return name === 'model' ? encoded.replaceAll(/%(?:2F|3A|40)/g, decodeURIComponent) : encoded
}

/** A parameter that is one placeholder without a value is none. */
function fillParameter(parameter: string, values: Values): string[] {
  const value = parameter.slice(parameter.indexOf('=') + 1)
  const filled = fill(parameter, values, encode)
  const isEmpty = hasPlaceholder(value) && fill(value, values) === ''
  return isEmpty ? [] : [filled]
}

function encode(value: string): string {
  return encodeURIComponent(value.toWellFormed())
}
