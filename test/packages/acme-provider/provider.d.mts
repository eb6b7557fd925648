import type { ModelProvider } from 'vitest-assay'

export interface AcmeOptions {
  /** Where the server is. @default ACME_API_BASE of the environment, else the vendor's own */
  readonly baseURL?: string
  /** Whether the model answers in capitals. @default false */
  readonly shout?: boolean
}

declare module 'vitest-assay' {
  interface ProviderOptions {
    acme: AcmeOptions
  }
}

declare const acme: ModelProvider
export default acme
