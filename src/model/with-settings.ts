import { batch, streamBatch } from './batch.ts'
import type { Message } from './message.ts'
import type { Capabilities, Model, ModelInput } from './model.ts'

/** What is set for a model beside its options. */
export interface SetOfModel {
  /** Instruction that goes into the system message of each conversation. */
  readonly system?: string | undefined
  /** Whether it stands before or after the conversation's own. @default 'prepend' */
  readonly systemPosition?: 'prepend' | 'append' | undefined
  readonly capabilities?: Capabilities | undefined
}

/** The same model with an instruction of its own, and with what is said of its capabilities. */
export function withSettings(model: Model, given: SetOfModel): Model {
  const { system, systemPosition = 'prepend', capabilities } = given
  if (!system && !capabilities) return model
  const instructed = (input: ModelInput): ModelInput =>
    system ? withSystem(input, system, systemPosition) : input
  const { contextWindow = model.info.contextWindow } = capabilities ?? {}
  const set: Model = {
    info: {
      ...model.info,
      ...(capabilities && { capabilities }),
      ...(contextWindow !== undefined && { contextWindow }),
    },
    get metrics() {
      return model.metrics
    },
    generate: (input, options) => model.generate(instructed(input), options),
    stream: (input, options) => model.stream(instructed(input), options),
    batch: (inputs, options) => batch(set, inputs, options),
    streamBatch: (inputs, options) => streamBatch(set, inputs, options),
    health: () => model.health(),
    ...(model.embed && { embed: (texts, options) => model.embed!(texts, options) }),
  }
  return set
}

/** Puts an instruction into the first system message; there is one before the conversation where it has none. */
function withSystem(
  input: ModelInput,
  system: string,
  position: 'prepend' | 'append',
): readonly Message[] {
  const messages: readonly Message[] =
    typeof input === 'string' ? [{ role: 'user', content: input }] : input
  const own = messages.findIndex(({ role }) => role === 'system')
  if (own < 0) return [{ role: 'system', content: system }, ...messages]
  const { content } = messages[own]!
  const texts = position === 'prepend' ? [system, content] : [content, system]
  return messages.with(own, { ...messages[own]!, content: texts.join('\n\n') })
}
