import type { ModelProvider } from '../src/provider/provider.ts'
import { openaiCompatible, type OpenAICompatibleOptions } from './openai-compatible.ts'

declare module 'vitest-assay' {
  interface ProviderOptions {
    cloudru: OpenAICompatibleOptions
  }
}

/** The foundation models of Cloud.ru, once Sber Cloud: `cloudru/openai/gpt-oss-120b`. */
const provider: ModelProvider = openaiCompatible({
  name: 'cloudru',
  aliases: ['sbercloud', 'sber_cloud'],
  baseURL: 'https://foundation-models.api.cloud.ru/v1',
  domains: ['cloud.ru'],
})

export default provider
