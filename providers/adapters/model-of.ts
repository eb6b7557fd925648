import { createModel } from '../../src/model/create-model.ts'
import { AssayError } from '../../src/model/error.ts'
import type { Model } from '../../src/model/model.ts'
import { beginLife } from './life.ts'
import { clientStyle } from './styles/client.ts'
import { handlerStyle } from './styles/handler.ts'
import { invokedStyle } from './styles/invoked.ts'
import { responderStyle } from './styles/responder.ts'
import type { Style } from './styles/style.ts'
import type { Subject } from './subject.ts'

/** What an adapter takes, and how it says so. */
export interface Accepted {
  /** The function that the user calls. */
  readonly caller: string
  readonly styles: readonly Style[]
  /** What an object must have, as in "has no …". */
  readonly methods: string
  /** Whether somebody else connects it and cleans up. @default false */
  readonly isManaged?: boolean
}

/** All that a model may be asked by; the first that it has is taken. */
export const modelStyles: Pick<Accepted, 'styles' | 'methods'> = {
  styles: [responderStyle, invokedStyle, handlerStyle, clientStyle],
  methods:
    'method of a model: `generate_response(prompt, parameters)`, `ainvoke(input)` or `invoke(input)`, ' +
    '`test_prompt(prompt)`, `generate(prompt)`, in snake_case or camelCase',
}

/** A model of somebody's object, and how it ends. */
export interface Adapted {
  readonly model: Model
  close(): Promise<void>
}

/** Whether an object, or the prototype of a class, has the methods of a model. */
export function canAnswer(object: object, subject: Subject): boolean {
  const life = beginLife(object, subject, true)
  return modelStyles.styles.some((style) => style(object, { subject, life, parameters: {} }))
}

/** @throws AssayError `config` for an object without the methods */
export function modelOf(
  object: object,
  subject: Subject,
  { caller, styles, methods, isManaged = false }: Accepted,
  parameters: Readonly<Record<string, unknown>> = {},
): Adapted {
  const life = beginLife(object, subject, isManaged)
  for (const style of styles) {
    const answering = style(object, { subject, life, parameters })
    if (!answering) continue
    const { provider, name } = subject
    const { health, close } = life
    return {
      model: createModel({ provider, name, ...answering, ...(health && { health }) }),
      close,
    }
  }
  throw new AssayError(`${caller}: \`${subject.name}\` has no ${methods}.`, {
    kind: 'config',
    provider: subject.provider,
  })
}
