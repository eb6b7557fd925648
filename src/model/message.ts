export interface Message {
  readonly role: 'system' | 'user' | 'assistant' | 'tool'
  readonly content: string
  /** Pictures beside the text of a user's message. */
  readonly images?: readonly Image[]
  /** The calls that an assistant's message asked for. */
  readonly toolCalls?: readonly ToolCall[]
  /** The call whose result a message of the role `tool` is. */
  readonly toolCallId?: string
}

/** A picture by its address, `https:` or `data:`, or as its bytes. */
export type Image =
  | { readonly url: string }
  | { readonly data: Uint8Array; readonly mediaType: string }

/** A function that the model may ask to be called. */
export interface Tool {
  readonly name: string
  readonly description?: string
  /** JSON Schema of its arguments, an object. */
  readonly parameters: Readonly<Record<string, unknown>>
}

/** A call that the model asks for. */
export interface ToolCall {
  readonly id: string
  readonly name: string
  /** JSON as the model wrote it, which may be malformed. */
  readonly arguments: string
  /** What the provider wants to see again, unchanged, when the call is sent back, where it does. */
  readonly signature?: string
}
