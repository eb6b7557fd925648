import { AssayError } from '../../src/model/error.ts'
import type { Image, Message, ToolCall } from '../../src/model/message.ts'
import { argumentsOf } from '../shared/wire/call-arguments.ts'

interface Content {
  readonly role: 'user' | 'model'
  readonly parts: readonly object[]
}

/**
 * A conversation as the API takes it, without what goes to `systemInstruction`.
 * https://ai.google.dev/api/caching#Content
 * @throws AssayError for what the API does not have
 */
export function toContents(messages: readonly Message[]): Content[] {
  const contents: Content[] = []
  const names = new Map<string, string>()
  let results: object[] | undefined
  for (const message of messages) {
    if (message.role === 'system') continue
    for (const { id, name } of message.toolCalls ?? []) names.set(id, name)
    if (message.role !== 'tool') {
      results = undefined
      contents.push({ role: message.role === 'user' ? 'user' : 'model', parts: toParts(message) })
      continue
    }
    // the results of one turn's calls have to come back in one turn
    if (!results) contents.push({ role: 'user', parts: (results = []) })
    results.push(toResult(message, names))
  }
  return contents
}

function toParts({ content: text, images = [], toolCalls = [] }: Message): object[] {
  const parts = [...images.map(toImage), ...(text ? [{ text }] : []), ...toolCalls.map(toCall)]
  return parts.length > 0 ? parts : [{ text }]
}

/** The API wants the name of the function, which a result does not know: its call does. */
function toResult({ toolCallId: id = '', content }: Message, names: ReadonlyMap<string, string>) {
  const name = names.get(id)
  if (name === undefined) {
    throw invalid(
      `the conversation holds a result of the call '${id}', which no message before it asks for.`,
    )
  }
  return { functionResponse: { id, name, response: { output: content } } }
}

function toCall(call: ToolCall): object {
  const { id, name, signature } = call
  return {
    functionCall: { id, name, args: argumentsOf(call, 'google') },
    // models from Gemini 3 on refuse a call that comes back without it
    ...(signature && { thoughtSignature: signature }),
  }
}

function toImage(image: Image): object {
  if ('data' in image) {
    const data = Buffer.from(image.data).toString('base64')
    return { inlineData: { mimeType: image.mediaType, data } }
  }
  const [, mimeType, data] = /^data:([^;,]+);base64,(.+)$/s.exec(image.url) ?? []
  return mimeType && data ? { inlineData: { mimeType, data } } : { fileData: toFile(image.url) }
}

/** A file that the API fetches. Its type is sent where the address shows it. */
function toFile(url: string): object {
  const ending = /\.(\w+)$/.exec(URL.parse(url)?.pathname ?? '')?.[1]?.toLowerCase() ?? ''
  const mimeType = mimeTypes.get(ending)
  return { ...(mimeType && { mimeType }), fileUri: url }
}

/** Images that the models take. https://ai.google.dev/gemini-api/docs/image-understanding */
const mimeTypes: ReadonlyMap<string, string> = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['webp', 'image/webp'],
  ['heic', 'image/heic'],
  ['heif', 'image/heif'],
])

function invalid(problem: string): AssayError {
  return new AssayError(`google: ${problem}`, { kind: 'invalid_request', provider: 'google' })
}
