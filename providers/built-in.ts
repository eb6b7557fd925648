import type { ModelProvider } from '../src/provider/provider.ts'
import * as all from './index.ts'

/** The built-in providers. */
export const builtIn: readonly ModelProvider[] = Object.values(all).flat()
