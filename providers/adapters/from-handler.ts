import { adapt, type AdaptedModel, type AdapterOptions } from './adapt.ts'
import type { Accepted } from './model-of.ts'
import { handlerStyle } from './styles/handler.ts'

const handlers: Accepted = {
  caller: 'fromHandler',
  styles: [handlerStyle],
  methods: 'method `test_prompt(prompt)` (or `testPrompt`), which every handler must have',
}

/**
 * A model of a handler: `test_prompt(prompt)` returns `{ success, response, model, provider, version }`, and
 * `list_models()`, on it or static on its class, tells what there is. Give a handler, its class or a function that
 * makes one: `models: [fromHandler(MyHandler, { params: { endpoint_url } })]`.
 *
 * @throws AssayError `config` for a handler without `test_prompt`
 */
export function fromHandler(handler: object, options: AdapterOptions = {}): AdaptedModel {
  return adapt(handler, options, handlers)
}
