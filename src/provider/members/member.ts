import { currentCall } from '../../model/call.ts'
import { AssayError } from '../../model/error.ts'
import { createMeter, type ModelMetrics } from '../../model/metrics.ts'
import type { Capabilities, Model } from '../../model/model.ts'
import { observed } from '../../model/observed.ts'
import { createHealth, type Health } from '../health/health.ts'
import type { HealthSettings } from '../health/options.ts'
import { askOf } from '../health/probe.ts'
import { type Probes, startProbes } from '../health/probes.ts'
import { outcomeOfError, outcomeOfResponse } from '../health/result.ts'
import type { AboutModel, OtherModel } from './other-model.ts'
import type { Price } from '../pricing.ts'
import type { ModelHandle } from '../provider.ts'

/** One of several models, which is set up when it is first taken. What its calls come to tells how it is. */
export interface Member {
  readonly name: string
  /** `provider/model-name` */
  readonly spec: string
  readonly isLocal: boolean
  /** As it is said of it, and as it says itself once it was set up. */
  readonly capabilities: Capabilities
  readonly price: Price
  readonly metrics: ModelMetrics
  readonly health: Health
  /** Finds out what can be said of it before it is set up, once. @throws AssayError `config` for wrong options */
  learn(): Promise<void>
  /** Sets the model up, once; a set-up that failed is tried again. @throws AssayError `setup` after the teardown */
  setup(): Promise<Model>
  /** Lets go of the model, if it was set up, for good. */
  teardown(): Promise<void>
}

export interface MemberOptions {
  readonly health: HealthSettings
  /** Is told what a listener of the health has thrown. */
  readonly onError: (error: unknown) => void
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number
}

/** Makes a member of a model that was found. */
export function createMember(
  other: OtherModel,
  { health: settings, onError, now = Date.now }: MemberOptions,
): Member {
  let about: AboutModel = { capabilities: {}, isLocal: false, price: () => null }
  let learning: Promise<void> | undefined
  const health = createHealth(settings, { now, onError })
  let setting: Promise<ModelHandle> | undefined
  let model: Model | undefined
  let probes: Probes | undefined
  let isOver = false

  async function create(): Promise<Model> {
    if (isOver) throw tornDown(other.name)
    if (model) return model
    const current = (setting ??= other.setup())
    // the row's clock stands still while a server starts, as it would for a fixture
    const resume = currentCall.getStore()?.clock?.pause()
    try {
      const handle = await current
      if (isOver) throw tornDown(other.name)
      model ??= watched(handle.model, health)
      probes ??= probesOf(model)
      return model
    } catch (error) {
      if (setting === current && !isOver) {
        setting = undefined
        health.record(outcomeOfError(error))
      }
      throw error
    } finally {
      resume?.(0)
    }
  }

  function probesOf(own: Model): Probes | undefined {
    const { intervalMs, timeoutMs, probe } = settings
    if (intervalMs === undefined) return undefined
    const ask = askOf({ model: own, list: other.list }, probe)
    return ask && startProbes({ ask, record: health.record, intervalMs, timeoutMs })
  }

  return {
    name: other.name,
    spec: other.spec,
    health,
    get price() {
      return model?.info.isFree ? () => 0 : about.price
    },
    get isLocal() {
      return about.isLocal || model?.info.isFree === true
    },
    get capabilities() {
      const { contextWindow, capabilities } = model?.info ?? {}
      return { ...(contextWindow && { contextWindow }), ...about.capabilities, ...capabilities }
    },
    get metrics() {
      return model?.metrics ?? noMetrics
    },
    learn() {
      learning ??= other.about().then((known) => void (about = known))
      return learning
    },
    setup: create,
    async teardown() {
      isOver = true
      probes?.stop()
      const handle = await setting?.catch(() => undefined)
      await handle?.teardown()
    },
  }
}

function tornDown(name: string): AssayError {
  return new AssayError(`The model "${name}" was torn down.`, { kind: 'setup' })
}

const noMetrics = createMeter().snapshot()

/** The same model, whose health hears what comes of its calls. */
function watched(model: Model, { record }: Health): Model {
  return observed(model, () => ({
    settle({ cached = false, latencyMs = 0 }) {
      record(outcomeOfResponse({ cached, latencyMs }))
    },
    fail: (error) => record(outcomeOfError(error)),
  }))
}
