import { isRecord } from '../../../src/request/is-record.ts'
import { type Fields, wrongAnswer } from '../fields.ts'
import type { Method } from '../methods.ts'
import type { Subject } from '../subject.ts'

/**
 * The `content` of a message as LangChain has it: a text, or a list of texts and parts. Of the parts those of the type
 * `text` are its text, and what the model thinks, say, is not. Nothing where there is no content.
 */
export function contentOf(answer: Fields, method: Method, subject: Subject): string | undefined {
  const { content } = answer.all
  if (!Array.isArray(content)) return answer.optional('content', 'string')
  const texts = content.map((part: unknown, index) => {
    const [text, path] = isRecord(part)
      ? [textOf(part), `content.${index}.text`]
      : [part, `content.${index}`]
    if (typeof text === 'string') return text
    throw wrongAnswer(method, subject, { path, expected: 'a text', got: text })
  })
  return texts.join('')
}

function textOf({ type, text }: Readonly<Record<string, unknown>>): unknown {
  return type === 'text' ? text : ''
}
